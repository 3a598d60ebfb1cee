"""A question about a service that was not begun (“续签要带什么”): it is answered, and nothing is begun.

First by a published guide, else by what the service says that it needs, with a button to begin. Whether it is a
question the model says as if the service had been begun: there it has learnt questions from what residents ask.
"""

from dataclasses import replace

from actions.dialogue.outcome import Outcome
from actions.dialogue.reading import ASKS
from actions.dialogue.rules.rule import GUIDE, At, Ran
from actions.services import ApplicationService, AppointmentService
from desk.dialogue_commands import Command
from desk.messages import Button, Reply, Text

SURE = 0.6
"""So likely it is a question; else what was wished is begun. Of 276 first lines by others seven reach 0.8: all are."""
ASKED: frozenset[Command] = ASKS - {"ask_what", "ask_payment"}
TOLD = "guide"
"""Under this name the service of guides remembers which it told."""


async def run(at: At) -> Ran:
    turn, begun = at.turn, at.turn.begun
    declared = at.offer.declared.get(turn.intent)
    if at.front is not None or begun is None or declared is None or declared.kind == GUIDE:
        return None
    asks = begun.sure in ASKED and begun.probability(ASKED) >= SURE
    if not asks or any(frame.service == turn.intent for frame in at.session.finished):
        return None
    if not at.offer.offers(turn.city, turn.intent):
        return None
    return await _guided(at) or await _needed(at)


async def _guided(at: At) -> Outcome | None:
    """The answer of a guide; None where none was found."""
    name = next((one for one, declared in at.offer.declared.items() if declared.kind == GUIDE), None)
    if name is None or not at.offer.offers(at.turn.city, name):
        return None
    session, frame = at.understood.begin(name, at.turn.now)
    outcome = await at.handlers.hand(replace(at.turn, intent=name), session, frame)
    told = outcome.session.finished[-1:] if outcome.session.finished else ()
    return outcome if any(one.service == name and TOLD in one.shown for one in told) else None


async def _needed(at: At) -> Outcome | None:
    """What the service says that it needs."""
    declared = at.offer.declared[at.turn.intent]
    if not isinstance(declared, ApplicationService | AppointmentService) or declared.requirements is None:
        return None
    session, frame = at.understood.begin(at.turn.intent, at.turn.now)
    own = await at.handlers.hand(at.turn, session, frame)
    if own.session.front is None:  # it has told by itself
        return own
    agency = at.turn.city.agency(at.turn.city.services[at.turn.intent].agency)
    title = "button.apply" if isinstance(declared, ApplicationService) else "button.book"
    begin = Button(title=Text(key=title), payload=f"/{at.turn.intent}")
    args = {"agency": {"name": agency.names.model_dump(exclude_none=True)}, "phone": agency.phone}
    return at.but(session=at.understood).answered(Reply(key=declared.requirements, args=args, buttons=[begin]))
