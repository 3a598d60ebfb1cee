"""Calling off a report or an application: an agency has it in hand, and who takes it back is said."""

from actions.dialogue import replies as say
from actions.dialogue.outcome import Outcome
from actions.dialogue.rules.rule import Answer, Question
from desk.messages import Reply
from values.types.reference import normal


def _run(at: Question) -> Outcome | None:
    given = {normal(value) for value in at.turn.values("reference")}
    live = [case for case in at.turn.context.cases if not case.over]
    named = [case for case in live if normal(case.reference) in given]
    in_the_middle = at.matter is not None and at.matter.is_open
    if not live or (named or live)[0].kind == "appointment" or (in_the_middle and not named):
        return None
    case = (named or live)[0]
    args = {"about": say.nested(case.about), "reference": case.reference}
    agency = say.agency_args(at.turn.city_of(case).agency(case.agency))
    return at.answered(Reply(key="cases.withdraw_at_agency", args=args | agency, buttons=[say.HUMAN]))


RULE = Answer(("withdraw",), _run)
