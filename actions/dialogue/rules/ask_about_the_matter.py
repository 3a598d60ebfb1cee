"""What the matter costs, needs, takes, where it is done, who may, what comes next: from what its service declares.

What is not declared is said not to be known here, with who knows; what is open is asked again. Never another service.
"""

from actions.dialogue import office_hours
from actions.dialogue import replies as say
from actions.dialogue.outcome import Outcome
from actions.dialogue.rules.rule import CODE, GUIDE, Answer, Question
from actions.services import ApplicationService, AppointmentService
from desk.messages import Reply

DECLARED = frozenset({"ask_fee", "ask_papers", "ask_duration", "ask_who"})
"""Questions that the requirements of a service answer."""


def _run(at: Question) -> Outcome | None:
    if at.matter is None or at.matter.declared.kind in (CODE, GUIDE):
        return None
    declared = at.matter.declared
    args = say.agency_args(at.agency)
    needs = declared.requirements if isinstance(declared, AppointmentService | ApplicationService) else None
    if at.command in DECLARED and needs is not None:
        return at.answered(Reply(key=needs, args=args))
    hours = say.nested(office_hours.of_office(at.agency))
    key = "facts.not_known" if at.agency.hours else "facts.not_known_alone"
    return at.answered(Reply(key=key, args={**args, "hours": hours}, buttons=[say.HUMAN]))


RULE = Answer(("ask_fee", "ask_papers", "ask_duration", "ask_place", "ask_who", "ask_why", "ask_next"), _run)
