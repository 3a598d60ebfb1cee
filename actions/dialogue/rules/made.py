"""What was made already: news of it, when it is, another time for it, what "call it off" means of it."""

from dataclasses import replace

from actions.dialogue.answers import cases, orders, unpaid
from actions.dialogue.answers.reference_proof import PAYMENTS
from actions.dialogue.ports import Claim
from actions.dialogue.reading import appointments_meant
from actions.dialogue.reading.polar import is_asked, is_polar
from actions.dialogue.reading.refusing import speaks_of_charging
from actions.dialogue.rules.questions import what_i_have
from actions.dialogue.rules.rule import At, Question, Ran
from actions.dialogue.state.turn import Turn
from desk.contract.commands import Command
from desk.contract.messages import Reply

HERE: tuple[Command, ...] = ("what_i_have", "status")
ELSE: tuple[Command, ...] = ("confirm", "ask_next")
"""What such a question sounds like just after something ended."""
ENDED = frozenset({"common.cancelled", "common.set_aside", "common.look_ups_dropped", "ended.nothing_booked"})
HEARD, SURE = 0.3, 0.7
"""So likely the situation must hear it, and so sure a clause is of a yes."""


async def news(at: At) -> Ran:
    turn = at.turn
    if not (cases.asks_news(turn) or appointments_meant.asks_when(turn, at.offer.declared.get(turn.intent))):
        return None
    asking = replace(turn, intent="request_status")
    return await at.handlers.in_progress.answer(asking, at.understood, Claim.NO)


async def anything(at: At) -> Ran:
    """Whether anything was booked or sent, where nothing was: what there is here says so ("nothing is reserved,
    right?"). What stands elsewhere is another question.
    """
    turn, context = at.turn, at.turn.context
    if turn.kind != "text" or not turn.reading.of_model or at.front is not None or at.session.pending is not None:
        return None
    if context.cases or context.orders or turn.has(("reference",)):
        return None
    wants = turn.reading.probability(HERE)
    just_ended = any(reply.key in ENDED for reply in at.session.said)
    asks = (turn.inquiry is not None and turn.inquiry.is_question) or _wants_a_yes(turn)
    surely = turn.reading.first.command == "what_i_have" and wants >= HEARD
    if not asks or not (surely or (just_ended and wants + turn.reading.probability(ELSE) >= HEARD)):
        return None
    return what_i_have.RULE.run(Question(at.but(session=at.understood), "what_i_have", None))


async def charged(at: At) -> Ran:
    """Whether money was or will be taken, asked where something can be paid and is not: nothing is taken by itself."""
    turn, order = at.turn, at.turn.open_order
    if turn.kind != "text" or at.session.pending is not None or at.front is not None:
        return None
    if turn.context.orders[:1] and order is None:
        return None  # what was paid, or is over, is told by how it stands
    shown = at.session.finished[-1] if at.session.finished else None
    due = order is not None or (shown is not None and at.handlers.owes(shown))
    clauses = [turn, *(turn.only(part) for part in turn.parts)]
    asks = any(speaks_of_charging(one.text) and _asks(one, turn) for one in clauses)
    if not (due and asks):
        return None
    told = orders.not_taken(order, turn) if order is not None else Reply(key="ended.nothing_charged")
    return at.but(session=at.understood).answered(told)


def _asks(clause: Turn, whole: Turn) -> bool:
    """Whether a clause asks, by its grammar or its mark, or as the bot finds it."""
    found = clause.inquiry is not None and clause.inquiry.is_question
    return found or is_asked(clause.text, whole.text)


def _wants_a_yes(turn: Turn) -> bool:
    """Whether it asks for a yes, in its grammar or with a clause that is nothing else ("…, right?")."""
    last = turn.only(turn.parts[-1]) if turn.parts else turn
    return is_polar(turn.text) or (last is not turn and last.intent == "affirm" and last.confidence >= SURE)


async def in_the_making(at: At) -> Ran:
    """A change of the appointment that is only being made is a correction of it."""
    declared = None if at.front is None else at.offer.declared.get(at.front.service)
    return at.but(appointments_meant.of_what_is_made(at.turn, at.front, declared))


async def payment_elsewhere(at: At) -> Ran:
    """A question about the payment of a number that is none of this conversation's."""
    if at.turn.intent not in PAYMENTS or not orders.is_elsewhere(at.turn):
        return None
    return await at.handlers.in_progress.paid_elsewhere(at.turn, at.understood)


async def called_off(at: At) -> Ran:
    """What "cancel" ends, where nothing is in progress."""
    if at.turn.intent != "cancel" or at.front is not None:
        return None
    return unpaid.asked(at.turn, at.session, at.offer) or cases.still_booked(at.turn, at.session)


async def moved(at: At) -> Ran:
    """Another day for what stands booked, though no intent says so; else what a look-up knows of such a change."""
    turn = at.turn
    if at.front is None and cases.moves_appointment(turn):
        turn = replace(turn, intent="change_appointment")
    at = at.but(turn)
    if turn.intent == "change_appointment":
        needing = await at.handlers.follow_up(turn, at.session, Claim.SURE)
        if needing is not None:
            return await at.hand(needing)
    return at
