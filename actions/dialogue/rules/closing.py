"""Somebody thanks, ends, or says what they will do elsewhere ("I will ring them myself"), and asks nothing.

It is answered in one line, and nothing begins on it, whatever service its words name; a form that it leaves is set
aside. What is due stays payable: that nothing is paid is said by the service.
"""

from collections.abc import Sequence
from dataclasses import replace

from actions.dialogue.answers import ended, misunderstanding
from actions.dialogue.answers import replies as say
from actions.dialogue.ports import Claim
from actions.dialogue.reading import negation, remainder
from actions.dialogue.reading.against_paying import ORDERS, speaks_against
from actions.dialogue.reading.courteous import is_courteous
from actions.dialogue.reading.intents import NAVIGATION, WISHES
from actions.dialogue.reading.reading import ASKS
from actions.dialogue.rules import beside, fact
from actions.dialogue.rules.rule import At, Ran
from actions.dialogue.rules.several import may_skip
from actions.dialogue.state.outcome import Outcome
from actions.dialogue.state.session import Frame, Session
from actions.dialogue.state.turn import Turn
from actions.schema import BillService
from desk.contract.commands import Command
from desk.contract.messages import Reply

THANKS: tuple[Command, ...] = ("thanks",)
FAREWELL: tuple[Command, ...] = ("goodbye",)
ENDS: tuple[Command, ...] = ("cancel_this",)
UNCLEAR: tuple[Command, ...] = ("unclear",)
COURTESIES = (*THANKS, *FAREWELL)
REMARKS: tuple[Command, ...] = (*COURTESIES, "unclear", "later", "cancel_this", "refuse", "skip")
"""What wants nothing, where nothing is asked."""
GOES_ON: tuple[Command, ...] = ("confirm", "start", "provide", "choose", "move")
STOPS: tuple[Command, ...] = ("cancel_this", "withdraw", "refuse")
PUTS_OFF: tuple[Command, ...] = ("refuse", "cancel_this", "later", "goodbye")
LEAVES: tuple[Command, ...] = ("cancel_this", "goodbye")
DOES: tuple[Command, ...] = ("start", "pay_all", "pay_some", "status", "withdraw", "move", "refund", "erase", "change")
WANTS: tuple[Command, ...] = (
    *("person", "complain", "subscribe", "unsubscribe", "language", "simpler", "list", "city", "repeat", "provide"),
)
"""What is wanted beside thanks, though nothing is done by it."""
GUIDE = "service_guide"
WISHED = WISHES | NAVIGATION | {GUIDE}
"""Intents that wish something beside thanks."""
REFUSES = frozenset({"cancel", "deny"})
UNDOES = frozenset({"cancel", "deny", "change_appointment"})
IN_WORDS = frozenset({"thanks", "goodbye"})
SURE, HARDLY, HINTED = 0.6, 0.15, 0.3
"""So likely it closes; less likely anything is asked or done; and so likely, in words or in its situation, it thanks or
ends: a remark alone (“3 minutes, I will run”) must be as likely as `PLAIN`."""
PLAIN, CERTAIN = 0.8, 0.9
ASKS_NOTHING = 0.5
RATHER = 0.25
"""So likely, and likelier than a wish to pay, what is due is refused."""
LETS_GO: tuple[Command, ...] = (*STOPS, "later", "goodbye")
GOES_ON_IN_WORDS = frozenset({"affirm", "correct", "choose"})
CERTAIN_ENOUGH = 0.85
"""So sure of a no by its words, a clause ends what is open where the whole ends it or puts it off."""
BRIEF = 8
"""A bare word for stopping is of so many characters: what it ends is another rule's."""


async def run(at: At) -> Ran:
    turn = at.turn
    if turn.kind != "text" or not turn.reading.of_model or at.session.pending is not None:
        return None
    goes_on = at.front is None and await beside.carrying_on(at) is not None
    if _only_thanks(at) and not goes_on:
        return Outcome(at.understood, at.turn.locale, (_courtesy(at),))
    if _says_more(at):
        return None
    if at.front is not None:
        return await _in_the_middle(at, at.front)
    return None if goes_on else await _idle(at)


def _only_thanks(at: At) -> bool:
    """Whether words and situation surely thank where nothing is open or due, nothing is named, and nothing is asked by
    its grammar: whatever a clause beside that sounds like by itself.
    """
    turn = at.turn
    surely = turn.intent in IN_WORDS and turn.confidence >= PLAIN <= turn.reading.probability(COURTESIES)
    idle = at.front is None and owing(at) is None and not turn.entities
    return surely and idle and is_courteous(turn.text) and turn.reading.probability(DOES) < HARDLY


async def _idle(at: At) -> Ran:
    """A remark where nothing is asked: a word of courtesy; of what is due, that nothing is paid now."""
    turn = at.turn
    if _ends_what_was_made(turn) or _only_cancels(turn):
        return None
    due = owing(at)
    if due is not None and (_is_refused(turn) or _may_order(turn)):
        meant = "affirm" if _may_pay_after_all(turn) else "deny"  # said to be ordered by a press, or not now
        return fact.told(at) or await at.but(replace(turn, intent=meant)).hand(due)
    if not _closes(turn, REMARKS, shown=_has_shown(at)) or (_is_a_remark(turn) and not _has_shown(at)):
        return None
    if due is not None and not _thanks(turn):
        return await at.but(replace(turn, intent="deny")).hand(due)
    return Outcome(at.understood, at.turn.locale, (_courtesy(at),))


async def _in_the_middle(at: At, front: Frame) -> Ran:
    """The form that is left: kept where something was given for it and only a farewell is said."""
    turn, question = at.turn, front.question
    confirms = question is None or question.asks_for is None
    if confirms and front.values and _ends_it(at):
        return _set_aside(at, front)
    if front.values and _lets_it_go(at, front):
        return _set_aside(at, front)
    if confirms and front.values and (_may_end_it(at) or _goes_on(at)):
        return _asked_back(at, front)
    if question is None or not _leaves(turn) or (len(turn.text.strip()) <= BRIEF and not turn.parts):
        return None
    of_several = isinstance(at.offer.declared[front.service], BillService)
    if negation.heard(turn, at.offer).refused - (set() if of_several else {front.service}):
        return None  # what else is refused by its name is another rule's, and of several bills one may end
    if question.asks_for is None and turn.reading.probability(ENDS) < PLAIN:
        return None  # at a summary only what is surely an end is one
    if question.asks_for is not None and turn.has((question.asks_for,)) and await at.claim() is Claim.SURE:
        return None
    leaves = turn.reading.probability(ENDS) >= turn.reading.probability(FAREWELL)
    if front.values and not leaves:
        return None
    return _set_aside(at, front)


def _ends_it(at: At) -> bool:
    """Whether the last clause at a summary surely ends it, and those before only say no ("do not send it, cancel")."""
    clauses = [at.turn.only(part) for part in at.turn.parts]
    last = clauses[-1] if clauses else at.turn
    surely = len(clauses) > 1 and last.intent == "cancel" and last.confidence >= CERTAIN
    return surely and all(one.intent in ("cancel", "deny") for one in clauses)


def _lets_it_go(at: At, front: Frame) -> bool:
    """Whether a clause ends it by its words, the whole ends or puts it off, and nothing goes on after it ("we leave
    it, I ask him tonight"); what may be left out wants more to be an end.
    """
    clauses = [at.turn.only(part) for part in at.turn.parts]
    places = [place for place, one in enumerate(clauses) if one.intent in REFUSES and one.confidence >= CERTAIN_ENOUGH]
    if not places or not any(clauses[place].intent == "cancel" for place in places):
        return False
    whole = ENDS if may_skip(front) else LETS_GO
    after = clauses[places[-1] + 1 :]
    goes_on = any(one.intent in GOES_ON_IN_WORDS or one.has(_asked(front)) for one in after)
    return at.turn.reading.probability(whole) >= SURE and not goes_on


def _asked(front: Frame) -> tuple[str, ...]:
    asks_for = None if front.question is None else front.question.asks_for
    return () if asks_for is None else (asks_for,)


def _may_end_it(at: At) -> bool:
    """Whether a clause at a summary surely ends it by its words, and the situation may hear that, too."""
    clauses = [at.turn.only(part) for part in at.turn.parts]
    agrees = bool(clauses) and clauses[-1].intent == "affirm"  # "no more changes, that is it"
    ends = (one.intent == "cancel" and one.confidence >= CERTAIN for one in clauses)
    heard = (one.reading.probability(STOPS) >= HINTED for one in clauses)
    return not agrees and any(map(all, zip(ends, heard, strict=True)))


def _goes_on(at: At) -> bool:
    """Whether something is called off, and the last clause goes on ("cancel that one, and book mine")."""
    clauses = [at.turn.only(part) for part in at.turn.parts]
    if len(clauses) < 2 or not (at.turn.intent in UNDOES or at.turn.means(*STOPS)):
        return False
    if clauses[-1].intent in (*REFUSES, *IN_WORDS):
        return False  # a sigh at last ("really, leave it") sounds like a yes in its situation
    last = clauses[-1].reading
    return last.probability(GOES_ON) >= HINTED > last.probability(STOPS)


def _asked_back(at: At, front: Frame) -> Outcome:
    """Ask whether it ends; its summary stands beside that."""
    meant = [misunderstanding.meaning("cancel_this")]
    return at.answered(say.meanings(at.session.turns, meant, {front.service: at.offer.title(front.service)}))


def _set_aside(at: At, front: Frame) -> Outcome:
    session, said = left(at, front)
    return at.but(session=session).answered(*said)


def left(at: At, front: Frame) -> tuple[Session, Sequence[Reply]]:
    """The session without the form in front, and what is said of that: what stands, or that nothing was done."""
    session = replace(at.understood, open=at.session.open[:-1], shelved=None)
    args = {"service": say.nested(front.named or at.offer.title(front.service))}
    said = [Reply(key="common.set_aside", args=args)] if front.values or not at.session.doubted else []
    question = front.question
    if question is not None and question.confirms in ("submit", "apply"):
        said.append(Reply(key="ended.nothing_sent"))
    said = [*said, *ended.beside(at.turn, front, at.offer)] or [_courtesy(at)]
    return session, said


def _leaves(turn: Turn) -> bool:
    """Whether it surely leaves the form: in its situation, or where its words say so, too; thanks alone do not."""
    likely = turn.reading.probability(LEAVES)
    agrees = turn.intent in (*REFUSES, *IN_WORDS) or _in_words(turn) >= HINTED
    return _closes(turn, LEAVES) and (likely >= PLAIN or (likely >= SURE and agrees))


def _closes(turn: Turn, commands: Sequence[Command], *, shown: bool = False) -> bool:
    """Whether it surely is one of these, and neither asks nor does anything.

    `shown`: something was told, after which thanks are no wish for a guide.
    """
    reading, courteous = turn.reading, is_courteous(turn.text)
    if (reading.probability(ASKS) >= HARDLY and not courteous) or reading.probability(DOES) >= HINTED:
        return False
    thanks = courteous and (turn.intent not in WISHED or (shown and turn.intent == GUIDE))
    if thanks and reading.probability(WANTS) < HINTED:
        return True
    courtesy = max(reading.probability(COURTESIES), _in_words(turn))
    likely = reading.probability(commands)
    agrees = courtesy >= HINTED or turn.intent in REFUSES
    return courtesy >= SURE or (likely >= SURE and agrees) or likely >= PLAIN


def _in_words(turn: Turn) -> float:
    return sum(one.confidence for one in turn.ranking if one.name in IN_WORDS)


def _says_more(at: At) -> bool:
    """Whether the whole or a clause asks or wishes something; the clause that ends or thanks is none.

    Nor is one that names what surely ends ("no record, I will ask at the bureau of social insurance").
    """
    turn, front, courteous = at.turn, at.front, is_courteous(at.turn.text)
    asks = turn.inquiry is not None and turn.inquiry.asks >= ASKS_NOTHING and not courteous
    refused = speaks_against(turn)
    ends = front.service if front is not None and turn.reading.probability(ENDS) >= PLAIN else None
    others = (turn.only(part) for part in turn.parts if part.intent != ends or part.entities)
    return asks or any(_wishes(one, refused=refused, courteous=courteous) for one in others)


def _wishes(clause: Turn, *, refused: bool, courteous: bool) -> bool:
    """Whether a clause wishes something; what is refused as a whole is not wished by a clause ("leave it"), and beside
    thanks nothing is asked without a word that asks.
    """
    if clause.means(*REMARKS) or _in_words(clause) >= SURE or (refused and clause.means(*ORDERS)):
        return False
    asks = clause.reading.probability(ASKS) >= SURE and not courteous
    heard = clause.reading.probability(DOES) >= HINTED or asks
    return heard and remainder.says_more(clause)


def _is_a_remark(turn: Turn) -> bool:
    """Whether it neither thanks nor ends: a reaction is one to something."""
    return turn.reading.probability(UNCLEAR) >= HINTED > max(turn.reading.probability(COURTESIES), _in_words(turn))


def _has_shown(at: At) -> bool:
    context = at.turn.context
    return bool(at.session.finished or context.orders or context.cases)


def _may_order(turn: Turn) -> bool:
    """Whether the situation hears paying, and something speaks against it: that is asked, whatever words sound like."""
    return turn.reading.probability(ORDERS) >= SURE and speaks_against(turn)


def _may_pay_after_all(turn: Turn) -> bool:
    """Whether what words end may be a sigh before paying ("so be it, all of it then")."""
    clauses = [turn, *(turn.only(part) for part in turn.parts)]
    denies = any(one.intent == "deny" and one.confidence >= SURE for one in clauses)
    return not denies and turn.reading.probability(ORDERS) > turn.reading.probability(PUTS_OFF)


def _only_cancels(turn: Turn) -> bool:
    surely = turn.intent == "cancel" and turn.reading.probability(ENDS) >= PLAIN
    return surely and len(turn.text.strip()) <= BRIEF


def _thanks(turn: Turn) -> bool:
    return turn.reading.probability(THANKS) >= SURE


def owing(at: At) -> Frame | None:
    """What was shown last, where it is due and neither on order nor paid."""
    shown = at.session.finished[-1] if at.session.finished else None
    return shown if shown is not None and at.handlers.is_unpaid(at.turn, shown) else None


def _is_refused(turn: Turn) -> bool:
    """Whether what is due is surely not paid, by the words or the situation of the whole or of a clause."""
    clauses = [turn, *(turn.only(part) for part in turn.parts)]
    refused = (one.intent in REFUSES and one.confidence >= SURE for one in clauses)
    likely, asks = turn.reading.probability(PUTS_OFF), turn.reading.probability(ASKS)
    rather = likely >= max(RATHER, turn.reading.probability(ORDERS)) and asks < HINTED
    heard = likely >= SURE or rather
    return speaks_against(turn) and (heard or any(refused)) and asks < SURE


def _ends_what_was_made(turn: Turn) -> bool:
    """Whether it may call off what stands: a booking, a payment that is open, the wait for a clerk."""
    stands = turn.open_order is not None or any(not case.over for case in turn.context.cases)
    calls_off = turn.reading.probability(("cancel_this", "withdraw", "refuse")) >= HINTED or turn.intent in UNDOES
    return stands and calls_off


def _courtesy(at: At) -> Reply:
    turn = at.turn
    words = {one.name: one.confidence for one in turn.ranking if one.name in IN_WORDS}
    thanks = max(turn.reading.probability(THANKS), words.get("thanks", 0.0))
    ends = max(turn.reading.probability(FAREWELL), words.get("goodbye", 0.0))
    if thanks >= HINTED and thanks >= ends:
        return Reply(key=say.varied("common.thanks", at.session.turns))
    return Reply(key="common.goodbye" if ends >= HINTED else "common.all_right")
