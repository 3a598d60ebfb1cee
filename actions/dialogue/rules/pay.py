"""A sentence that wants nothing but to pay: of what was shown as due, or the order that is open."""

from collections.abc import Sequence
from dataclasses import replace

from actions.dialogue.answers import office_hours, orders
from actions.dialogue.reading import against_paying, pay_intent
from actions.dialogue.reading.reading import ASKS
from actions.dialogue.rules import fact, knowing
from actions.dialogue.rules.rule import At, Ran
from actions.dialogue.state.outcome import Outcome
from actions.dialogue.state.session import Frame
from actions.dialogue.state.turn import Turn
from desk.contract.commands import Command

PAYS: frozenset[Command] = frozenset({"pay_all", "pay_some", "confirm", "choose"})
STATUS = "payment_status"
STANDS: tuple[Command, ...] = ("status",)
HEARD, SURELY = 0.3, 0.8
"""So likely the situation must find a wish to pay; and so likely in a last clause, that alone counts."""


async def due(at: At) -> Ran:
    owing = _owing(at)
    return await _paid(at, owing) if owing else None


async def asked(at: At) -> Ran:
    """What sounds like the state of a payment, where there is none but what is due: that is what is asked about."""
    turn, shown = at.turn, at.session.finished[-1] if at.session.finished else None
    if turn.intent != STATUS or turn.kind != "text" or not turn.reading.of_model or turn.context.orders:
        return None
    if shown is None or at.front is not None or not at.handlers.owes(shown) or turn.has(("reference",)):
        return None
    if turn.reading.probability(STANDS) >= HEARD:
        return None
    if (told := fact.told(at)) is not None:
        return told
    if against_paying.speaks_against(turn) and turn.reading.probability(ASKS) < HEARD:
        return await at.but(replace(turn, intent="deny")).hand(shown)
    return knowing.unknown(at.but(session=at.understood), office_hours.concerned(turn, at.session, at.offer))


async def order(at: At) -> Ran:
    turn = at.turn
    if (
        not _may_pay(turn)
        or at.front is not None
        or turn.open_order is None
        or turn.kind != "text"
        or not pay_intent.wants_to_pay(turn.text)
    ):
        return None
    return orders.shown_again(turn, at.understood, at.offer, turn.open_order)


def _may_pay(turn: Turn) -> bool:
    """Whether the situation hears a wish to pay, too: words alone order nothing (“not to pay: I leave you a word”)."""
    return not turn.reading.of_model or turn.reading.probability(PAYS) >= HEARD


def _said_last(turn: Turn) -> str:
    """The last clause where it surely pays: a wish after a refusal is the wish ("on second thought, pay it")."""
    last = turn.only(turn.parts[-1]) if turn.parts else turn
    surely = last.reading.of_model and last.reading.probability(PAYS - {"confirm", "choose"}) >= SURELY
    return last.text if surely else turn.text


def _owing(at: At) -> Sequence[Frame]:
    """What was shown as due last, where the turn wants nothing but to pay of it; with all, all that was shown."""
    turn, session = at.turn, at.session
    if by_ear := _by_ear(at):
        return by_ear
    if not _may_pay(turn):
        return []
    named = {one.entity for one in turn.entities} - {"ordinal", "amount"}
    said = _said_last(turn)
    if turn.kind != "text" or named or not pay_intent.wants_which(said):
        return []
    shown = [*session.open[-1:], *reversed(session.finished)]
    owing = [one for one in shown if at.handlers.owes(one)]
    if not owing or not (pay_intent.wants_to_pay(said) or owing[0] is shown[0]):
        return []
    return owing if session.front is None and pay_intent.wants_all(said) else owing[:1]


def _by_ear(at: At) -> Sequence[Frame]:
    """What was shown last and is due, where nothing is asked, and a short text sounds like paying and names nothing."""
    turn, session = at.turn, at.session
    shown = [*session.open[-1:], *session.finished[-1:]][:1]
    owing = [one for one in shown if one.question is None and at.handlers.owes(one)]
    sounds = turn.kind == "text" and not turn.entities and pay_intent.sounds_like_paying(turn.text)
    return owing if sounds else []


async def _paid(at: At, owing: Sequence[Frame]) -> Outcome:
    """Hand a wish to pay to each that is meant, in the order in which they were shown."""
    turn = replace(at.turn, intent="affirm")
    outcome = await at.handlers.hand(turn, at.understood, owing[-1])
    for frame in reversed(owing[:-1]):
        after = await at.handlers.hand(turn, outcome.session, frame)
        effects = (*outcome.effects, *after.effects)
        outcome = replace(after.after(outcome.replies), effects=effects)
    return outcome
