"""What was begun wrongly ends at a word ("not a stop, the office!"), and the rest goes on with what stood before it.

Nothing was given for it, so nothing is lost. What was shown before is kept, and a question that follows is about that;
where nothing was, another service must be wished beside the word ("I have no car: the permit!"). What was ended wrongly
is taken up in the same way.
"""

from dataclasses import replace

from actions.dialogue.answers import replies as say
from actions.dialogue.ports import Claim
from actions.dialogue.reading import remainder
from actions.dialogue.reading.misheard import heard_again, words_of
from actions.dialogue.reading.reading import ASKS
from actions.dialogue.rules.rule import At, Ran
from actions.dialogue.state.session import Frame
from actions.dialogue.state.turn import Turn
from desk.contract.commands import Command
from desk.contract.messages import Reply

REJECTS: tuple[Command, ...] = ("change", "cancel_this", "refuse")
LACKS: tuple[Command, ...] = (*REJECTS, "skip")
"""Where nothing stood before, and another service is wished: also that there is none of it ("I have no car")."""
IN_WORDS = frozenset({"deny", "correct", "cancel"})
HEARD, SURE, SAYS_MORE = 0.5, 0.6, 0.3
"""So likely what was begun is rejected, in its situation or, where it was doubted, by the words of a clause; and so
likely something is asked beside it."""

BACK = frozenset({"go_back", "correct"})
"""Intents of words that undo what was just done."""
ALL_BUT_SURE = 0.9
MOVES = "change_appointment"
RATHER, OF_A_CLAUSE = 0.5, 0.4
"""So sure words of the whole, or of a clause, take up what was ended."""


async def run(at: At) -> Ran:
    turn, front = at.turn, at.front
    if turn.kind != "text" or not turn.reading.of_model or at.session.pending is not None or front is None:
        return None
    if (front.values and words_of(front) is None) or front.question is None or front.question.asks_for is None:
        return None  # of a report its own first words are no loss
    if not _rejects(at, turn) or turn.has((front.question.asks_for,)) or await at.claim() is Claim.SURE:
        return None
    rest = _rest(at, front)
    if rest is None or not (_has_shown(at) or _wishes_another(at, rest, front)):
        return None
    rest = heard_again(rest, front, at.offer)
    args = {"service": say.nested(front.named or at.offer.title(front.service))}
    session = replace(at.session, open=at.session.open[:-1], doubted=False)
    said = Reply(key="common.set_aside", args=args)
    return replace(at.but(rest, session), said_first=(*at.said_first, said))


def _has_shown(at: At) -> bool:
    return bool(at.session.finished or at.turn.context.orders or at.turn.context.cases) or len(at.session.open) > 1


def _wishes_another(at: At, rest: Turn, front: Frame) -> bool:
    wishes = at.offer.is_wish(rest.intent) and rest.intent != front.service
    return wishes and rest.confidence >= SURE


def _rejects(at: At, turn: Turn) -> bool:
    """Whether the whole or a clause says that this was not meant."""
    clauses = [turn, *(turn.only(part) for part in turn.parts)]
    rejects = REJECTS if _has_shown(at) else LACKS
    heard = any(one.reading.probability(rejects) >= HEARD for one in clauses)
    in_words = any(one.intent in IN_WORDS and one.confidence >= SURE for one in clauses)
    return heard or ((at.session.doubted or _wishes_what_waits(at)) and in_words)


def _wishes_what_waits(at: At) -> bool:
    """Whether a clause surely wishes what waits behind what was begun ("no, not a lamp: the doctor")."""
    waiting = {frame.service for frame in at.session.open[:-1]}
    return any(part.intent in waiting and part.confidence >= ALL_BUT_SURE for part in at.turn.parts)


def _rest(at: At, front: Frame) -> Turn | None:
    """What is said beside the rejection, without the service that was begun; None where nothing more is."""
    turn = at.turn
    rest = remainder.beside(turn, lambda part: _is_rejection(at, part), front.service)
    asks = turn.reading.probability(ASKS) >= SAYS_MORE or (turn.inquiry is not None and turn.inquiry.is_question)
    return remainder.without(rest or (turn if asks else None), front.service)


def _is_rejection(at: At, part: Turn) -> bool:
    return _rejects(at, part) and part.reading.probability(ASKS) < SAYS_MORE


async def taken_up(at: At) -> Ran:
    """What a press of "cancel" ended by mistake goes on with its values; the message after the press is the last that
    can say so, and nothing of it is kept longer.
    """
    ended = at.session.ended
    if ended is None or at.front is not None or at.session.pending is not None:
        return None
    if not (_pressed(at.turn) or _says_so(at, ended)):
        return None
    session = replace(at.understood, open=(*at.session.open, ended), ended=None)
    said = Reply(key="common.taken_up", args={"service": say.nested(at.offer.title(ended.service))})
    if not at.turn.entities:
        return at.but(session=session).answered(said)
    gives = replace(at.turn, intent="inform", parts=())
    outcome = await at.but(gives, session).hand(ended)
    return outcome.after([said])


def _pressed(turn: Turn) -> bool:
    return turn.kind == "payload" and turn.intent == "go_back"


def _says_so(at: At, ended: Frame) -> bool:
    """Whether words say that it was a mistake, or wish the same again, and ask nothing else."""
    turn = at.turn
    if (
        turn.kind != "text"
        or (turn.inquiry is not None and turn.inquiry.is_question)
        or turn.means("thanks", "goodbye")
    ):
        return False
    clauses = [turn.only(part) for part in turn.parts]
    if any(one.intent in BACK and one.confidence >= OF_A_CLAUSE for one in clauses):
        return True
    stands = any(case.kind == "appointment" and not case.over for case in turn.context.cases)
    meant = BACK | {ended.service} | (frozenset() if stands else {MOVES})
    return turn.intent in meant and turn.confidence >= RATHER
