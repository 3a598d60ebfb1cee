"""Whom an appointment is for: the resident or a relative; and a guardian's consent for a child."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from pydantic import JsonValue

from actions.dialogue.ports import Step
from actions.dialogue.state.session import Frame, Question
from actions.dialogue.state.turn import Turn
from actions.fields.identity import parted
from actions.forms import summary
from actions.forms.field import FormField
from actions.forms.filling import Filling
from actions.forms.given import Given
from actions.forms.replies import HUMAN, agency_name
from actions.phrases import phrases, plain
from actions.schema import AppointmentService
from actions.schema.appointment import DATE
from desk.city.files import Relative
from desk.contract.messages import Button, Reply, Row, Text
from values.types.id_number import age_on

WHOM, SELF = "whom", "self"
"""Remembered beside the values, and what buttons give: whose appointment it is."""
GUARDIAN = "guardian"
"""The consent, and under this name in `shown` the numbers of the children that it was given for."""
AGREES = (
    Button(title=Text(key="button.guardian_agrees"), payload="/affirm"),
    Button(title=Text(key="button.guardian_refuses"), payload="/deny"),
)


def heard(turn: Turn, declared: AppointmentService) -> str | None:
    """Whom a turn says that the appointment is for: a relative, or the resident after all."""
    if declared.for_others is None:
        return None
    if turn.kind == "payload":
        return turn.first(WHOM)
    if turn.kind != "text":
        return None
    said = plain(turn.text)
    found = [one for one in declared.for_others.relatives if phrases(f"for_a_{one}").within(said)]
    return found[0] if found else SELF if phrases("for_oneself").within(said) else None


def meant(turn: Turn, frame: Frame, declared: AppointmentService) -> str | None:
    """The same, where it is another than before."""
    whom = heard(turn, declared)
    return None if whom is None or whom == frame.values.get(WHOM, SELF) else whom


def taken(turn: Turn, service: str, declared: AppointmentService) -> Sequence[Relative]:
    """The relatives that the city's agency books for."""
    here = turn.city.services[service].relatives
    every = () if declared.for_others is None else declared.for_others.relatives
    return [one for one in every if here is None or one in here]


def asked_of(fields: Sequence[FormField], whom: str | None, declared: AppointmentService) -> list[FormField]:
    """The fields with the questions for a relative's name and number."""
    if whom in (None, SELF):
        return list(fields)
    person = declared.persons[0]
    asks = {
        person.name: {"ask": f"appointment.ask_name_of_{whom}"},
        person.id_number: {
            "ask": f"appointment.ask_id_of_{whom}",
            "ask_with_documents": f"appointment.ask_identity_of_{whom}",
        },
    }
    return [
        replace(one, declared=one.declared.model_copy(update=asks[one.name])) if one.name in asks else one
        for one in fields
    ]


def offered(step: Step, relatives: Sequence[Relative], declared: AppointmentService) -> Step:
    """The step with buttons for whom it may be, where the resident's own name would be asked for."""
    question = step.question
    if question is None or question.field != declared.persons[0].name or WHOM in step.values:
        return step
    buttons = [
        Button(title=Text(key=f"button.for_a_{one}"), payload=f'/inform{{"{WHOM}": "{one}"}}') for one in relatives
    ]
    reply = question.reply.model_copy(update={"buttons": [*buttons, *question.reply.buttons]})
    return replace(step, question=replace(question, reply=reply))


def rows(filling: Filling) -> list[Row]:
    """Whose appointment it is, in the summary; nothing where it is the resident's."""
    whom = filling.values.get(WHOM, SELF)
    said: JsonValue = {"text": Text(key=f"appointment.is_a_{whom}").model_dump()}
    return [] if whom == SELF else [summary.row(WHOM, said)]


def asks_guardian(frame: Frame) -> bool:
    """Whether a guardian's consent is what is asked for."""
    return frame.question is not None and frame.question.field == GUARDIAN


@dataclass(frozen=True, slots=True)
class Heard:
    """A turn and its form with what was heard of whose appointment it is. `named`: by a relative, maybe by no name."""

    turn: Turn
    frame: Frame
    said: tuple[Reply, ...] = ()
    consents: tuple[str, ...] = ()
    named: bool = False

    def without_kin(self, found: Given, declared: AppointmentService) -> Given:
        """What a turn gives, but for a name that only says whose appointment it is ("for my mother")."""
        if not self.named or self.turn.values("person_name"):
            return found
        name = declared.persons[0].name
        return replace(found, readings={field: one for field, one in found.readings.items() if field != name})

    def told(self, filling: Filling) -> Filling:
        """The form with what is said of it, and the consent that was given."""
        return replace(filling.say(*self.said), consents=(*filling.consents, *self.consents))


def heard_in(turn: Turn, frame: Frame, service: str, declared: AppointmentService) -> Heard:
    """The form for the person that a turn means, or with the consent that it gives."""
    if asks_guardian(frame) and turn.intent == "affirm":
        numbers: list[JsonValue] = [frame.values[one.id_number] for one in declared.persons]
        agreed = replace(frame, shown={**frame.shown, GUARDIAN: numbers})
        return Heard(replace(turn, intent="inform"), agreed, consents=(GUARDIAN,))
    whom = meant(turn, frame, declared)
    if whom is None:
        return Heard(turn, frame)
    if whom not in (SELF, *taken(turn, service, declared)):
        agency = turn.city.agency(turn.city.services[service].agency)
        args: dict[str, JsonValue] = {"agency": agency_name(agency), "phone": agency.phone}
        return Heard(turn, frame, (Reply(key="appointment.not_for_others", args=args),), named=True)
    person = declared.persons[0]
    values = {name: value for name, value in frame.values.items() if name not in (person.name, person.id_number)}
    said = (Reply(key=f"appointment.for_a_{whom}"),)
    turn = turn if frame.question is None else replace(turn, intent="inform")
    return Heard(turn, replace(frame, values={**values, WHOM: whom}), said, named=True)


def ask_guardian(filling: Filling, declared: AppointmentService) -> Step | None:
    """Ask for a guardian's consent; None where nobody who comes is a child, or it was given.

    Who has no identity card is one where a child was said to come: other numbers tell no age.
    """
    if declared.for_others is None:
        return None
    day, below = date.fromisoformat(filling.values[DATE]), declared.for_others.guardian_below
    numbers = [filling.values[one.id_number] for one in declared.persons]
    known = filling.shown.get(GUARDIAN)
    given = known if isinstance(known, list) else []
    if not any(_is_child(one, day, below, filling.values.get(WHOM)) and one not in given for one in numbers):
        return None
    args: dict[str, JsonValue] = {"agency": agency_name(filling.agency), "age": below}
    question = Question(
        None, Reply(key="appointment.guardian", args=args, buttons=list(AGREES)), field=GUARDIAN, confirms="book"
    )
    shown: dict[str, JsonValue] = {**filling.shown, summary.SUMMED_UP: False}  # a yes to this books nothing
    return Step(filling.said, dict(filling.values), shown, question, consents=filling.consents)


def no_guardian(filling: Filling) -> Step:
    """Nothing is booked without that consent: who can do it, and whom to call."""
    args: dict[str, JsonValue] = {"agency": agency_name(filling.agency), "phone": filling.agency.phone}
    return Step((*filling.said, Reply(key="appointment.no_guardian", args=args, buttons=[HUMAN])), finished=True)


def _is_child(number: str, day: date, below: int, whom: str | None) -> bool:
    return age_on(number, day) < below if parted(number)[0] is None else whom == "child"
