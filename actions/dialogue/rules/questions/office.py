"""When an office is open, and which number to call: of the agency whose matter is talked about.

Buses and guides tell of their own hours, guides of their own numbers.
"""

from actions.dialogue.answers import office_hours
from actions.dialogue.rules.rule import CODE, GUIDE, Answer, Question
from actions.dialogue.state.outcome import Outcome


def _hours(at: Question) -> Outcome | None:
    if at.matter is None or at.matter.declared.kind in (CODE, GUIDE):
        return None
    reply = office_hours.told(at.turn, at.session, at.offer)
    return None if reply is None else at.answered(reply)


def _telephone(at: Question) -> Outcome | None:
    if at.matter is not None and at.matter.declared.kind == GUIDE:
        return None
    reply = office_hours.telephone(at.turn, at.session, at.offer)
    return None if reply is None else at.answered(reply)


HOURS, TELEPHONE = Answer(("ask_hours",), _hours), Answer(("ask_phone",), _telephone)
