"""A clerk is waited for: ordinary wishes are served meanwhile, and leaving works in any words.

What else is said (hello?, thanks, how long yet) is answered with the place in the queue, by the desk; who asks for that
is told that it is kept.
"""

from collections.abc import Callable
from dataclasses import replace

from actions.dialogue.ports import Claim
from actions.dialogue.reading import arbiter, negation, remainder
from actions.dialogue.reading.declining import declines
from actions.dialogue.reading.inquiry import GUIDE, UNSAID
from actions.dialogue.reading.intents import IN_PROGRESS
from actions.dialogue.rules import about_us, account
from actions.dialogue.rules.rule import At, Ran
from actions.dialogue.state.outcome import Outcome
from actions.dialogue.state.turn import Turn
from actions.phrases import plain
from desk.contract.commands import Command
from desk.contract.messages import LeaveLine, StayInLine
from values.lexicon import lexicon

_WORDS = lexicon(__file__)
_WAITING, _PLACE, _WHICH = _WORDS.pattern("waiting"), _WORDS.pattern("place"), _WORDS.pattern("which")

WISHES = frozenset({None, "start", "list", "language", "city", "erase", "what_i_have", "subscribe", "unsubscribe"})
"""What is surely another command (why is it so little, how long yet) is for the clerk."""
ANSWERED: tuple[Command, ...] = ("ask_phone", "ask_hours", "ask_account", "pay_all", "pay_some", "repeat", "language")
GIVES: tuple[Command, ...] = ("provide", "choose", "confirm", "refuse", "skip", "change", "pay_all", "pay_some")
"""Commands that answer a question."""
WISHED: tuple[Command, ...] = ("start", "list", "language", "city", "what_i_have", "subscribe", "unsubscribe")
HEARD = 0.4
"""So likely the situation must hear a wish that it is not sure of: else it is a letter to the clerk."""
LIKELY, UNNAMED = 0.7, 0.8
"""So likely a wish is served, and so likely one that names nothing of its service; else it is for the clerk."""
LEAVES, ASKS = 0.8, 0.5
ERASES = "delete_my_data"
DECIDES = frozenset({"affirm", "deny", "cancel"})
PERSON, CANCELS, TELEPHONE = "human_agent", "cancel", "phone"
ENDS: tuple[Command, ...] = ("cancel_this", "withdraw", "refuse")
MAY_END = 0.3
"""So likely the whole message must end something, where only a clause of it leaves."""
CALLS = ("account", "do_you_call")
"""The fact on whether the account calls anybody, which says nothing of the clerk who is waited for."""
NOES, RATHER = frozenset({CANCELS, "deny"}), 0.5
"""Intents of a no, and so sure of one its words leave out what was asked for."""
UNDOES = frozenset({PERSON, CANCELS, "deny"})
OFFERS = frozenset({"payments.order", "payments.status_open"})
"""What is said where a payment is offered."""
WANTS: tuple[Command, ...] = ("person",)
SHORT = 40
"""Who asks for the place in the queue says no more than so many characters."""
WANTED, HINTED = 0.6, 0.3
"""So likely by its words, and in its situation, a clause wants the person who is waited for."""


async def run(at: At) -> Ran:
    turn = at.turn
    if not turn.context.in_line or turn.kind in ("payload", "location"):
        return None
    if turn.kind == "text":
        if await _answers(at) or _answers_the_dialogue(at) or account.own_data_to_erase(at) is not None:
            return None
        if _asks_its_place(at):
            return Outcome(at.session, turn.locale, effects=(StayInLine(asks_place=True),))
        if _leaves_no_contact(turn):
            return _without_contact(at)
        if _asks_whether_called(at):
            return Outcome(at.session, turn.locale, effects=(StayInLine(asks_call=True),))
        if (decided := _of_the_line(at)) is not None:
            return decided
        if _ends_the_order(at) or _is_answered_by_a_guide(turn) or _asks_a_fact(at) or await _is_of_the_account(at):
            return None
        if any(_wishes(at, turn.only(part)) for part in turn.parts):
            return None
        if (asked := _asked_in_a_clause(at)) is not None:
            return at.but(asked)
    return Outcome(at.session, turn.locale, effects=(StayInLine(),))


def _answers_the_dialogue(at: At) -> bool:
    """Whether it is a yes or a no to a question of the dialogue itself: whether to erase, where to move."""
    return at.session.pending is not None and at.turn.intent in DECIDES


def _asks_a_fact(at: At) -> bool:
    """Whether something of the account itself is asked that is told here: who reads along, what is kept. Whether it
    calls anybody is a question to the line.
    """
    asks = any(one.inquiry is not None and one.inquiry.is_question for one in _clauses(at.turn))
    return asks and any((one.service, one.name) != CALLS for one in about_us.asked(at))


def _of_the_line(at: At) -> Ran:
    """What a message says of the waiting itself: it ends, it is a letter to whom is waited for, all is to be erased."""
    turn = at.turn
    if any(_refuses_a_person(one) for one in _clauses(turn)):
        return _left(at, _refuses_a_person)
    if _ends_the_order(at):
        return None
    if (erasing := _erases(turn)) is not None:
        return at.but(erasing)  # what is not wanted any more is what is kept; the place in the queue stays
    if _is_a_letter(at):
        return Outcome(at.session, turn.locale, effects=(StayInLine(),))
    if not _may_leave(turn):
        return None
    beside = remainder.beside(turn, _leaves) is not None
    leaves = _leaves(turn) or _names_the_waiting(turn)
    return _left(at, _leaves) if beside or (leaves and not _is_answered_by_a_guide(turn)) else None


def _leaves_no_contact(turn: Turn) -> bool:
    """Whether who was asked for a telephone leaves none, and says of the waiting itself nothing."""
    if not turn.context.asks_contact or turn.has((TELEPHONE,)):
        return False
    if _names_the_waiting(turn) or any(_refuses_a_person(one) for one in _clauses(turn)):
        return False
    return any(_gives_none(one) for one in _clauses(turn))


def _gives_none(turn: Turn) -> bool:
    """Whether a text leaves out what is asked for, or ends something, by its words or in its situation."""
    in_words = turn.intent in NOES and turn.confidence >= RATHER
    return in_words or declines(turn) or turn.means("refuse", "skip", "cancel_this")


def _without_contact(at: At) -> Ran:
    """The place stays, without a telephone; what else is said is heard by its words: the situation knows nothing of
    the question, and hears an end of the waiting in all of it.
    """
    kept = StayInLine(leaves_no_contact=True)
    parts = tuple(replace(part, commands=()) for part in at.turn.parts)
    rest = remainder.beside(replace(at.turn, parts=parts), _gives_none)
    if rest is None:
        return Outcome(at.session, at.turn.locale, effects=(kept,))
    return replace(at, turn=arbiter.of_a_rest(rest, at.offer), done_first=(*at.done_first, kept))


def _asks_whether_called(at: At) -> bool:
    """Whether it is asked if, or how, somebody calls back, or what happens next, and of no other matter: the clerk who
    is waited for is meant, and the desk knows.
    """
    turn = at.turn
    if any(_asks_for_a_call(one) for one in _clauses(turn)):
        return not any(_wishes(at, one) for one in _clauses(turn))
    inquiry = turn.inquiry
    if at.front is not None or inquiry is None or not (inquiry.is_question and turn.means("ask_next")):
        return False
    return inquiry.service in (None, UNSAID) and inquiry.likeliest_guide < HINTED and not _wishes(at, turn)


def _asks_for_a_call(turn: Turn) -> bool:
    inquiry = turn.inquiry
    if inquiry is None or inquiry.asks < ASKS:
        return False
    return any((one.service, one.name) == CALLS and one.probability >= ASKS for one in inquiry.facts)


def _asks_its_place(at: At) -> bool:
    """Whether it is asked which place in the queue it is, or whether it is kept; whose words name a guide, or wish
    something else, do not. How sure a question it is says little: "where am I" is asked in a word or two.
    """
    turn, said = at.turn, plain(at.turn.text)
    if len(turn.text) > SHORT or not (_PLACE.search(said) and _WHICH.search(said)):
        return False
    if turn.means(*ENDS) or any(_leaves(one) or _wishes(at, one) for one in _clauses(turn)):
        return False
    matters = () if turn.inquiry is None else turn.inquiry.matters
    guides = (name.removeprefix(GUIDE) for name, likely in matters if name.startswith(GUIDE) and likely >= LIKELY)
    return not any(at.offer.finder.names(turn.text, slug) for slug in guides)


def _erases(turn: Turn) -> Turn | None:
    """The message, or the clause of it, whose words surely want all erased: that is asked about, whatever is open."""
    wishes = (one for one in _clauses(turn) if one.inquiry is None or one.inquiry.asks < ASKS)
    return next((one for one in wishes if one.intent == ERASES and one.confidence >= LEAVES), None)


def _clauses(turn: Turn) -> list[Turn]:
    """The message, and each of its clauses by itself."""
    return [turn, *(turn.only(part) for part in turn.parts)]


def _left(at: At, leaves: Callable[[Turn], bool]) -> Ran:
    """The place is given up; what else is said is heard by itself."""
    rest = remainder.beside(at.turn, leaves)
    if rest is None:
        return Outcome(at.session, at.turn.locale, effects=(LeaveLine(),))
    return replace(at, turn=arbiter.of_a_rest(rest, at.offer), done_first=(*at.done_first, LeaveLine()))


def _is_a_letter(at: At) -> bool:
    """Whether a clause wants the person who is waited for ("…, tell him to ring"), or a telephone is left that no wish
    needs: what stands beside is theirs, a "never mind" before it, too.
    """
    clauses = [one for one in _clauses(at.turn)[1:] if not _leaves(one)]
    wants = any(
        one.intent == PERSON and one.confidence >= WANTED and one.reading.probability(WANTS) >= HINTED
        for one in clauses
    )
    wished = any(_wishes(at, one) for one in _clauses(at.turn))
    ends = at.turn.reading.probability(ENDS) >= LEAVES and at.turn.reading.probability(WANTS) < HINTED
    wants = wants and not ends  # "do not trouble anybody, take me off"
    return wants or (at.turn.has((TELEPHONE,)) and not wished)


def _refuses_a_person(turn: Turn) -> bool:
    """Whether a text names the person who is waited for only to refuse one; who asks about it stays."""
    asks = turn.inquiry is not None and turn.inquiry.asks >= ASKS
    undoes = turn.intent in UNDOES or turn.reading.probability(ENDS) >= MAY_END
    return undoes and not asks and negation.refuses_a_person(turn)


def _may_leave(turn: Turn) -> bool:
    """Whether the whole message may leave, too, or the clause that does names the waiting; half a sentence does not
    leave ("never mind, which number is it?").
    """
    if len(turn.parts) < 2 or not turn.reading.of_model:
        return True
    if _names_the_waiting(turn):
        return True
    return turn.reading.probability(ENDS) >= MAY_END or turn.intent == CANCELS


def _names_the_waiting(turn: Turn) -> bool:
    """Whether the message, or a clause of it, ends what it names: the waiting."""
    return any(_leaves(one) and _WAITING.search(plain(one.text)) for one in _clauses(turn))


def _leaves(turn: Turn) -> bool:
    """Whether somebody will not wait; who asks about it ("do I lose my place?") stays."""
    if turn.inquiry is not None and turn.inquiry.asks >= ASKS:
        return False
    return turn.means("cancel_this") or (turn.intent == CANCELS and turn.confidence >= LEAVES)


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
    offered = any(reply.key in OFFERS for reply in at.session.said)
    ends = at.turn.means("cancel_this") or at.turn.intent == CANCELS
    return ends and at.turn.open_order is not None and offered


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


def _least(at: At, turn: Turn) -> float:
    """How sure the words of a wish must be: how many wait before somebody sounds like the wait for a bus."""
    declared = at.offer.declared.get(turn.intent)
    return UNNAMED if declared is not None and not turn.has(declared.entities) else LIKELY


def _wishes(at: At, turn: Turn) -> bool:
    """Whether something is wished that is done here; how things stand only where there are any."""
    if turn.confidence < _least(at, turn) or (turn.reading.of_model and turn.reading.sure not in WISHES):
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
