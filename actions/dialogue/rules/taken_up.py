"""What a press of "cancel" ended by mistake is taken up by the next message, with its values.

Nothing of it is kept longer: the message after the press is the last that can.
"""

from dataclasses import replace

from actions.dialogue.answers import replies as say
from actions.dialogue.rules.rule import At, Ran
from actions.dialogue.state.session import Frame
from actions.dialogue.state.turn import Turn
from desk.contract.messages import Reply

BACK = frozenset({"go_back", "correct"})
"""Intents of words that undo what was just done."""
MOVES = "change_appointment"
SURE, OF_A_CLAUSE = 0.5, 0.4
"""So sure words of the whole, or of a clause, take up what was ended."""


async def run(at: At) -> Ran:
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
    return turn.intent in meant and turn.confidence >= SURE
