"""What is said when a message means nothing that is done here: first ask, then whom to call. Knows no service."""

from collections.abc import Sequence
from dataclasses import replace

from actions.dialogue.answers import office_hours
from actions.dialogue.answers import replies as say
from actions.dialogue.answers.global_commands import MOVES
from actions.dialogue.answers.offer import Offer
from actions.dialogue.reading.finder import telephone_args
from actions.dialogue.state import stack
from actions.dialogue.state.outcome import Outcome
from actions.dialogue.state.session import Session
from actions.dialogue.state.turn import Turn
from desk.city.directory import Telephone
from desk.contract.commands import Command
from desk.contract.messages import Button, Reply, Text

PATIENCE = 2
"""From the so-manieth failure in a row on a telephone is named."""
MEANINGS, MEANINGS_OF_THE_SITUATION = 3, 2
"""So many meanings are asked about; so many of them are commands of the situation."""
LEAST_CONFIDENCE = 0.05
"""What is less likely is no meaning worth asking about."""

MEANT = 0.15
"""So likely a command of the situation is asked about."""
MEANINGS_ASKED: tuple[Command, ...] = (
    *("change", "pay_all", "pay_some", "cancel_this", "withdraw", "move", "status", "refund", "ask_fee", "ask_papers"),
    *("ask_hours", "ask_duration", "ask_place", "ask_phone", "ask_who", "ask_why", "ask_what", "ask_payment"),
    *("ask_next", "ask_account", "what_i_have", "repeat", "later", "go_back", "restart", "language", "simpler"),
    *("subscribe", "unsubscribe", "erase"),
)
"""Commands that can be asked about by name, `meant.<command>`; what answers an open question stands beside it."""
COMMAND = "command"
"""The value of a button that is a meaning."""

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
    meant = of_the_situation(turn)
    reply = say.meanings(session.turns, meant, likeliest(turn, session, offer, meant))
    if failures >= PATIENCE:
        args = say.agency_args(office_hours.concerned(turn, session, offer))
        reply = Reply(key="common.not_understood_again", args=args, buttons=reply.buttons)
    elif too_long:
        reply = Reply(key="common.too_long_to_understand", buttons=reply.buttons)
    return stack.returned(session, turn, (reply,), offer)


def of_the_situation(turn: Turn) -> list[Button]:
    """The one or two commands that a message likeliest is where it stands, as buttons that say what they would do."""
    if not turn.reading.of_model:
        return []
    heard = [one.command for one in turn.reading.heard if one.probability >= MEANT and one.command in MEANINGS_ASKED]
    return [meaning(one) for one in heard[:MEANINGS_OF_THE_SITUATION]]


def meaning(command: Command) -> Button:
    """The button by which a command is meant."""
    return Button(title=Text(key=f"meant.{command}"), payload=f'/choose{{"{COMMAND}": "{command}"}}')


def likeliest(turn: Turn, session: Session, offer: Offer, meant: Sequence[Button]) -> dict[str, Text]:
    """Some intents that may be meant beside, with their titles; what the city does not offer is not asked about.

    Where nothing stands out and nothing is open, all that is done here.
    """
    titles = dict[str, Text]()
    for ranked in turn.ranking:
        if ranked.confidence < LEAST_CONFIDENCE or len(titles) + len(meant) >= MEANINGS:
            break
        if offer.offers(turn.city, ranked.name):
            titles[ranked.name] = offer.title(ranked.name)
        elif ranked.name in ASKABLE and ranked.name in MOVES and (session.open or ranked.name not in OF_WHAT_IS_OPEN):
            titles[ranked.name] = Text(key=f"button.{ranked.name}")
    if len(titles) + len(meant) < 2 and not session.open:
        titles |= offer.titles(turn.city)
    return titles


def out_of_scope(turn: Turn, session: Session, offer: Offer, found: Telephone | None) -> Outcome:
    """Say that it is not done here, and whom to call: the telephone that fits, else who knows whose it is."""
    if found is not None:
        said = Reply(key="common.out_of_scope_line", args=telephone_args(found), buttons=[say.HUMAN])
        return stack.returned(session, turn, (said,), offer)
    agency = offer.account_agency(turn.city, turn.context.channel)
    key = say.varied("common.out_of_scope", session.turns)
    reply = Reply(key=key, args=say.agency_args(agency), buttons=[say.LIST, say.HUMAN])
    return stack.returned(session, turn, (reply,), offer)
