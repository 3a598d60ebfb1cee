"""Which number to call: that of the agency whose matter is talked about."""

from actions.dialogue.answers import office_hours
from actions.dialogue.rules.rule import GUIDE, Answer, Question
from actions.dialogue.state.outcome import Outcome


def _run(at: Question) -> Outcome | None:
    if at.matter is not None and at.matter.declared.kind == GUIDE:  # it has its own
        return None
    reply = office_hours.telephone(at.turn, at.session, at.offer)
    return None if reply is None else at.answered(reply)


RULE = Answer(("ask_phone",), _run)
