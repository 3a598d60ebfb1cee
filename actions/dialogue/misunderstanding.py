"""What is said when a message means nothing that is done here: first ask, then whom to call. Knows no service."""

from dataclasses import replace

from actions.dialogue import office_hours, stack
from actions.dialogue import replies as say
from actions.dialogue.moves import MOVES
from actions.dialogue.offer import Offer
from actions.dialogue.outcome import Outcome
from actions.dialogue.session import Session
from actions.dialogue.turn import Turn
from desk.messages import Reply, Text

PATIENCE = 2
"""From the so-manieth failure in a row on a telephone is named."""
MEANINGS = 3
LEAST_CONFIDENCE = 0.05
"""What is less likely is no meaning worth asking about."""

ASKABLE = frozenset({"list_services", "human_agent", "cancel", "restart", "change_language", "delete_my_data"})
"""Moves that may be offered as a meaning; their titles are `button.<intent>`."""
OF_WHAT_IS_OPEN = frozenset({"cancel", "restart"})
"""Those that mean nothing where no service is in progress."""


def not_understood(turn: Turn, session: Session, offer: Offer, *, too_long: bool) -> Outcome:
    """Ask with the likeliest meanings; from the second time in a row on also with whom to call.

    Nobody is handed over who did not ask for it.
    """
    failures = session.failures + 1
    session = replace(session, failures=failures)
    reply = say.meanings(session.turns, likeliest(turn, session, offer))
    if failures >= PATIENCE:
        args = say.agency_args(office_hours.concerned(turn, session, offer))
        reply = Reply(key="common.not_understood_again", args=args, buttons=reply.buttons)
    elif too_long:
        reply = Reply(key="common.too_long_to_understand", buttons=reply.buttons)
    return stack.returned(session, turn, (reply,), offer)


def likeliest(turn: Turn, session: Session, offer: Offer) -> dict[str, Text]:
    """Two or three intents that may be meant, with their titles; what the city does not offer is not asked about.

    Where none stands out and nothing is open, all that is done here.
    """
    titles = dict[str, Text]()
    for ranked in turn.ranking:
        if ranked.confidence < LEAST_CONFIDENCE or len(titles) == MEANINGS:
            break
        if offer.offers(turn.city, ranked.name):
            titles[ranked.name] = offer.title(ranked.name)
        elif ranked.name in ASKABLE and ranked.name in MOVES and (session.open or ranked.name not in OF_WHAT_IS_OPEN):
            titles[ranked.name] = Text(key=f"button.{ranked.name}")
    if len(titles) < 2 and not session.open:
        titles |= offer.titles(turn.city)
    return titles


def out_of_scope(turn: Turn, session: Session, offer: Offer) -> Outcome:
    """Say that it is not done here, and who knows whose it is."""
    agency = offer.account_agency(turn.city, turn.context.channel)
    key = say.varied("common.out_of_scope", session.turns)
    reply = Reply(key=key, args=say.agency_args(agency), buttons=[say.LIST, say.HUMAN])
    return stack.returned(session, turn, (reply,), offer)
