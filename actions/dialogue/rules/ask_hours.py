"""When an office is open: that whose matter is talked about. Buses and guides tell of their own hours."""

from actions.dialogue.answers import office_hours
from actions.dialogue.rules.rule import CODE, GUIDE, Answer, Question
from actions.dialogue.state.outcome import Outcome


def _run(at: Question) -> Outcome | None:
    if at.matter is None or at.matter.declared.kind in (CODE, GUIDE):
        return None
    reply = office_hours.told(at.turn, at.session, at.offer)
    return None if reply is None else at.answered(reply)


RULE = Answer(("ask_hours",), _run)
