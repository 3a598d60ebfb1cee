"""Calling off a report or an application: an agency has it in hand, and who takes it back is said."""

from actions.dialogue import replies as say
from actions.dialogue.outcome import Outcome
from actions.dialogue.rules.rule import Answer, Question
from desk.messages import Reply


def _run(at: Question) -> Outcome | None:
    live = [case for case in at.turn.context.cases if not case.over]
    if not live or live[0].kind == "appointment" or (at.matter is not None and at.matter.is_open):
        return None
    case = live[0]
    args = {"about": say.nested(case.about), "reference": case.reference}
    agency = say.agency_args(at.turn.city_of(case).agency(case.agency))
    return at.answered(Reply(key="cases.withdraw_at_agency", args=args | agency, buttons=[say.HUMAN]))


RULE = Answer(("withdraw",), _run)
