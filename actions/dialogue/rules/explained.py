"""What an open question tells of (a refusal) is asked about or doubted: what is known of it is said, and it stays open.

The question itself says what that is (`Question.explains`). What answers it, ends it or wants another thing is for the
rules that follow.
"""

from actions.dialogue.reading.reading import ASKS
from actions.dialogue.rules.rule import At, Ran
from actions.dialogue.state.turn import NOT_UNDERSTOOD, Turn
from desk.contract.commands import Command
from values.writing import compact

DOUBTS: tuple[Command, ...] = (*sorted(ASKS), "status", "what_i_have", "complain", "unclear", "move", "withdraw")
ELSEWHERE: tuple[Command, ...] = ("person", "cancel_this", "goodbye", "thanks", "later", "start", "language", "repeat")
"""What is surely one of these does not speak of it."""
IN_WORDS = NOT_UNDERSTOOD | {"deny", "request_status", "change_appointment", "complain_about_bot"}
OTHERS = frozenset({"cancel", "human_agent", "goodbye", "thanks", "affirm"})
CODES = frozenset({"account_number", "id_number", "passport", "permit_number", "phone", "plate"})
"""What another one of is given, whatever the words beside it ask."""
HEARD, SURE = 0.5, 0.8
"""So likely it is asked about, by its situation or its words; so sure words want another thing."""


async def run(at: At) -> Ran:
    turn, front = at.turn, at.front
    explains = None if front is None or front.question is None else front.question.explains
    if front is None or explains is None or turn.kind != "text" or _gives(at) or not _speaks_of_it(turn):
        return None
    return at.but(session=at.understood).answered(explains)


def _gives(at: At) -> bool:
    """Whether a value of the form is given: another name, another day; of a number its form is enough."""
    turn, front = at.turn, at.front
    declared = None if front is None else at.offer.declared.get(front.service)
    if front is None or declared is None:
        return False
    known = {compact(value) for value in front.values.values() if isinstance(value, str)}
    numbers = [one for one in turn.entities if one.entity in CODES and one.entity in declared.entities]
    if any(compact(one.value) not in known for one in numbers):
        return True
    named = turn.has(declared.entities)
    return named and (turn.intent in ("inform", "correct", "choose") or turn.means("provide", "change", "choose"))


def _speaks_of_it(turn: Turn) -> bool:
    if turn.means(*ELSEWHERE) or (turn.intent in OTHERS and turn.confidence >= SURE):
        return False
    asks = turn.inquiry is not None and turn.inquiry.asks >= HEARD
    heard = turn.reading.of_model and turn.reading.probability(DOUBTS) >= HEARD
    return asks or heard or turn.intent in IN_WORDS
