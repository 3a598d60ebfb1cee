"""A report is taken back at the agency, after a yes."""

import structlog
from pydantic import JsonValue

from actions.dialogue.ports import Step
from actions.dialogue.state.session import Frame, Question
from actions.dialogue.state.turn import Turn
from actions.forms.replies import HUMAN
from actions.kinds.report import replies as say
from actions.kinds.report.agency import Agency
from desk.contract.errors import BackendError, BackendRefused
from desk.contract.messages import Button, CaseNote, KeepCase, Reply, Text
from desk.contract.situation import Confirmed

WITHDRAWS = "withdraws"
"""Shown, of a frame that is nothing but this: which case is taken back."""
WITHDRAWN = "withdrawn"
LEAVES = frozenset({"deny", "cancel"})
CONFIRMS: Confirmed = "cancel_booking"
"""What the model knows such a question by: a yes, or the thing itself ("call it off"), calls off what was made."""
YES_NO = (
    Button(title=Text(key="button.withdraw"), payload="/affirm"),
    Button(title=Text(key="button.let_stand"), payload="/deny"),
)

log = structlog.get_logger(__name__)


async def withdrawn(turn: Turn, frame: Frame, agency: Agency) -> Step:
    """Ask whether it is meant, and tell the agency on a yes."""
    case = next((one for one in turn.context.cases if one.case == frame.shown[WITHDRAWS] and not one.over), None)
    if case is None:
        return Step((Reply(key="report.withdraw_over", buttons=[HUMAN]),), finished=True)
    args: dict[str, JsonValue] = {"about": {"text": case.about.model_dump()}, "reference": case.reference}
    args |= say.called(turn.city_of(case).agency(case.agency))
    question = Question(None, Reply(key="report.withdraw", args=args, buttons=list(YES_NO)), confirms=CONFIRMS)
    if turn.intent in LEAVES and frame.question is not None:
        return Step((Reply(key="report.withdraw_not", args=args),), finished=True)
    if turn.intent != "affirm" or frame.question is None:
        return Step(shown=frame.shown, question=question)
    try:
        await agency.server.withdraw(case.reference)
    except BackendRefused as exc:
        log.warning("report_not_withdrawn", service=frame.service, status=exc.status)
        return Step((Reply(key="report.withdraw_refused", args=args, buttons=[HUMAN]),), finished=True)
    except BackendError as exc:
        return Step((Reply(key=exc.text_key),), shown=frame.shown, question=question)
    return Step((Reply(key="report.withdrawn", args=args),), finished=True, effects=(_over(case),))


def _over(case: CaseNote) -> KeepCase:
    return KeepCase.model_validate({**case.model_dump(), "status": WITHDRAWN, "over": True})
