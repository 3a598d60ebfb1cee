"""What the matter costs, needs, takes, where it is done, who may, what comes next: from what its service declares.

What is not declared is said not to be known here, with who knows; what is open is asked again. Never another service.
"""

from collections.abc import Sequence

from actions.dialogue.answers import facts
from actions.dialogue.answers import replies as say
from actions.dialogue.rules import fact
from actions.dialogue.rules.rule import CODE, GUIDE, Answer, Matter, Question
from actions.dialogue.state.outcome import Outcome
from actions.schema import ApplicationService, AppointmentService
from desk.contract.commands import Command
from desk.contract.messages import Reply

DOUBTS: tuple[Command, ...] = ("ask_account",)
DOUBTED = 0.15
"""So likely a question doubts the account."""
DECLARED = frozenset({"ask_fee", "ask_papers", "ask_duration", "ask_who"})
"""Questions that the requirements of a service answer."""


def _run(at: Question) -> Outcome | None:
    if at.matter is None or at.matter.declared.kind == GUIDE:
        return None
    if at.matter.declared.kind == CODE and at.turn.intent == at.matter.service:
        return None  # it tells of its own
    if at.command != "ask_why" and (told := fact.told(at.at)) is not None:
        return told
    declared = at.matter.declared
    args = say.agency_args(at.agency)
    if at.command == "ask_why" and (why := _why(at, at.matter)) is not None:
        return at.answered(Reply(key=why, args=args), *_doubted(at))
    needs = declared.requirements if isinstance(declared, AppointmentService | ApplicationService) else None
    if at.command in DECLARED and needs is not None:
        return at.answered(Reply(key=needs, args=args))
    if at.command != "ask_why" and (some := fact.offered(at.at)) is not None:
        return some
    if (told := fact.of_an_aspect(at.at)) is not None:
        return told
    return at.answered(facts.not_known(at.turn.text, args, at.agency.hours, [say.HUMAN]))


def _why(at: Question, matter: Matter) -> str | None:
    """Why what is asked for is asked."""
    question = None if matter.frame is None else matter.frame.question
    field = None if question is None or question.field is None else at.offer.field(matter.service, question.field)
    return None if field is None else field.why


def _doubted(at: Question) -> Sequence[Reply]:
    """Who speaks here, where the question may be a doubt of that (“what for, are you swindlers?”)."""
    if at.turn.reading.probability(DOUBTS) < DOUBTED:
        return ()
    agency = at.offer.account_agency(at.turn.city, at.turn.context.channel)
    return (Reply(key="common.about_us", args={"city": say.named(at.turn.city), **say.agency_args(agency)}),)


RULE = Answer(("ask_fee", "ask_papers", "ask_duration", "ask_place", "ask_who", "ask_why", "ask_next"), _run)
