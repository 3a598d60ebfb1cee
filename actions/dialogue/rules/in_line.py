"""A clerk is waited for: ordinary wishes are served meanwhile, and leaving works in any words.

What else is said (hello?, thanks, how long yet) is answered with the place in the queue, by the desk.
"""

from dataclasses import replace

from actions.dialogue.ports import Claim
from actions.dialogue.reading import negation, remainder
from actions.dialogue.reading.intents import IN_PROGRESS
from actions.dialogue.rules.rule import At, Ran
from actions.dialogue.state.outcome import Outcome
from actions.dialogue.state.turn import Turn
from desk.contract.commands import Command
from desk.contract.messages import LeaveLine, StayInLine

WISHES = frozenset({None, "start", "list", "language", "city", "erase", "what_i_have", "subscribe", "unsubscribe"})
"""What is surely another command (why is it so little, how long yet) is for the clerk."""
ANSWERED: tuple[Command, ...] = ("ask_phone", "ask_hours", "ask_account", "pay_all", "pay_some", "repeat", "language")
GIVES: tuple[Command, ...] = ("provide", "choose", "confirm", "refuse", "skip", "change", "pay_all", "pay_some")
"""Commands that answer a question."""
WISHED: tuple[Command, ...] = ("start", "list", "language", "city", "what_i_have", "subscribe", "unsubscribe")
HEARD = 0.4
"""So likely the situation must hear a wish that it is not sure of: else it is a letter to the clerk."""
LIKELY = 0.7
"""So likely a wish is served; else what was said is for the clerk."""
LEAVES, ASKS = 0.8, 0.5
ERASES = "delete_my_data"
PERSON = "human_agent"
WANTS: tuple[Command, ...] = ("person",)
WANTED, HINTED = 0.6, 0.3
"""So likely by its words, and in its situation, a clause wants the person who is waited for."""


async def run(at: At) -> Ran:
    turn = at.turn
    if not turn.context.in_line or turn.kind in ("payload", "location"):
        return None
    if turn.kind == "text":
        if await _answers(at) or _ends_the_order(at):
            return None
        if (erasing := _erases(turn)) is not None:
            return at.but(erasing)  # what is not wanted any more is what is kept; the place in the queue stays
        if (rest := remainder.beside(turn, _leaves)) is not None:
            return replace(at, turn=rest, done_first=(*at.done_first, LeaveLine()))
        if _is_answered_by_a_guide(turn):
            return None
        if _leaves(turn):
            return Outcome(at.session, turn.locale, effects=(LeaveLine(),))
        if _is_a_letter(turn):
            return Outcome(at.session, turn.locale, effects=(StayInLine(),))
        if await _is_of_the_account(at) or any(_wishes(at, turn.only(part)) for part in turn.parts):
            return None
        if (asked := _asked_in_a_clause(at)) is not None:
            return at.but(asked)
    return Outcome(at.session, turn.locale, effects=(StayInLine(),))


def _erases(turn: Turn) -> Turn | None:
    """The message, or the clause of it, whose words surely want all erased: that is asked about, whatever is open."""
    asks = turn.inquiry is not None and turn.inquiry.asks >= ASKS
    clauses = [] if asks else [turn, *(turn.only(part) for part in turn.parts)]
    return next((one for one in clauses if one.intent == ERASES and one.confidence >= LEAVES), None)


def _is_a_letter(turn: Turn) -> bool:
    """Whether a clause wants the person who is waited for ("…, tell him to ring"): what stands beside is theirs."""
    clauses = [turn.only(part) for part in turn.parts]
    return any(
        one.intent == PERSON and one.confidence >= WANTED and one.reading.probability(WANTS) >= HINTED
        for one in clauses
    )


def _leaves(turn: Turn) -> bool:
    """Whether somebody will not wait; who asks about it ("do I lose my place?") stays."""
    if turn.inquiry is not None and turn.inquiry.asks >= ASKS:
        return False
    refuses = turn.intent == "human_agent" and negation.refuses_a_person(turn)
    return refuses or turn.means("cancel_this") or (turn.intent == "cancel" and turn.confidence >= LEAVES)


async def _answers(at: At) -> bool:
    """Whether it is what the open form asks for; a letter to the clerk is none, whatever number stands in it."""
    turn, question = at.turn, None if at.front is None else at.front.question
    if question is None or await at.claim() is not Claim.SURE:
        return False
    return not turn.reading.of_model or turn.means(*GIVES)


def _is_answered_by_a_guide(turn: Turn) -> bool:
    return turn.inquiry is not None and turn.inquiry.is_question and turn.inquiry.likeliest_guide >= LIKELY


def _ends_the_order(at: At) -> bool:
    """Whether the payment that was just offered is called off, and not the waiting."""
    just_said = {reply.key.partition(".")[0] for reply in at.session.said}
    ends = at.turn.means("cancel_this") or at.turn.intent == "cancel"
    return ends and at.turn.open_order is not None and "payments" in just_said


async def _is_of_the_account(at: At) -> bool:
    """Whether it is a wish, a question that is answered here, or goes on with what was shown."""
    if _wishes(at, at.turn) or at.turn.means(*ANSWERED):
        return True
    return await at.handlers.follow_up(at.turn, at.session, Claim.SURE) is not None


def _asked_in_a_clause(at: At) -> Turn | None:
    """The clause that surely asks or wishes what is answered here, beside a letter to the clerk ("…; when do they
    open?").
    """
    clauses = (at.turn.only(part) for part in at.turn.parts)
    return next((one for one in clauses if one.means(*ANSWERED)), None)


def _wishes(at: At, turn: Turn) -> bool:
    """Whether something is wished that is done here; how things stand only where there are any."""
    if turn.confidence < LIKELY or (turn.reading.of_model and turn.reading.sure not in WISHES):
        return False
    if turn.reading.of_model and turn.reading.sure is None and turn.reading.probability(WISHED) < HEARD:
        return False
    if at.front is not None and turn.intent == at.front.service:
        return False  # it is told to the clerk, not to the form
    if turn.inquiry is not None and turn.inquiry.is_question and turn.inquiry.service is None:
        return False  # what is asked of nobody here is asked of the clerk
    if turn.intent in IN_PROGRESS:
        return bool(turn.context.cases or turn.context.orders or turn.has(("reference",)))
    return turn.intent in remainder.SERVED or at.offer.is_wish(turn.intent)
