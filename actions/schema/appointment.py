"""Office, day, slot, persons; confirm; then reminded, changed, given up."""

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from actions.schema.eligibility import Rule, judged
from actions.schema.field import FormService
from actions.schema.file import Key, ServiceModel
from actions.schema.further import Further
from desk.city.files import Relative
from desk.contract.refunds import RefundRule
from desk.contract.wire import Slug

OFFICE, DEPARTMENT, DATE, TIME, PHONE = "office", "department", "date", "time", "phone"
"""Names of fields that the kind itself knows. All but the department are needed."""


STATUS_TEXTS = {
    "booked": "appointment.status_booked",
    "cancelled": "appointment.status_cancelled",
    "kept": "appointment.status_kept",
    "missed": "appointment.status_missed",
    "not_booked": "appointment.status_not_booked",
}
"""How an appointment stands, by the agency's word for it."""


class PersonFields(ServiceModel):
    """The fields that name one of the persons who come."""

    name: Slug
    id_number: Slug


class ForOthers(ServiceModel):
    """Whom a resident may book for beside themselves."""

    relatives: Annotated[list[Relative], Field(min_length=1)] = Field(description="`parent`, `child`, `spouse`.")
    guardian_below: Annotated[int, Field(ge=1, le=18)] = Field(
        14, description="Whoever is younger on the day is booked for with a guardian's consent, which is kept."
    )


class AppointmentService(FormService):
    """The kind `appointment`."""

    kind: Literal["appointment"]
    takes_documents: ClassVar[bool] = True
    backend: Slug = Field("appointments", description="The city file's name for the address of the agency's system.")
    persons: Annotated[list[PersonFields], Field(min_length=1, max_length=4)] = Field(description="Who comes.")
    eligibility: list[Rule] = Field(default_factory=list, description="Rules on id numbers, on the day that is booked.")
    for_others: ForOthers | None = Field(
        None, description="Whom it can be booked for; a city may name fewer (`relatives`). None: nothing is asked."
    )
    requirements: Key | None = Field(None, description="What is needed; said on request.")
    bring: Key | None = Field(None, description="What to bring; said once it is booked.")
    bring_with_document: Key | None = Field(
        None, description="The same for who is known by another document than the identity card, its {document}."
    )
    requirements_words: list[str] = Field(
        default_factory=list, description="Words by which a sentence asks what is needed."
    )
    further: list[Further] = Field(default_factory=list, description="What is needed in special cases.")
    refund: RefundRule | None = Field(
        None,
        description="What of a fee that was paid here goes back when it is given up; cities may differ.",
    )
    minutes: Annotated[int, Field(ge=5, le=480)] = Field(30, description="How long an appointment is, for calendars.")

    @model_validator(mode="after")
    def _has_its_fields(self) -> Self:
        names = {field.name for field in self.fields}
        wanted = {OFFICE, DATE, TIME, PHONE, *(name for one in self.persons for name in (one.name, one.id_number))}
        wanted |= judged(self.eligibility)
        if missing := sorted(wanted - names):
            raise ValueError(f"an appointment needs the fields {', '.join(missing)}")
        if may := sorted(wanted & self.optional):
            raise ValueError(f"an appointment is not made without {', '.join(may)}: not `optional`")
        if read := sorted(name for name in judged(self.eligibility) if self.field(name).documents):
            raise ValueError(f"who may come is read from {', '.join(read)}: it takes no other `documents`")
        if self.for_others is not None and len(self.persons) > 1:
            raise ValueError("one person comes where it may be booked for another (`for_others`)")
        if self.requirements_words and self.requirements is None:
            raise ValueError("there are requirements_words and no `requirements`")
        return self

    def texts(self, name: str) -> frozenset[str]:
        own = {key for key in (self.requirements, self.bring, self.bring_with_document) if key is not None}
        own |= {"appointment.booked_bring"} if self.bring is not None else set()
        own |= set() if self.for_others is None else texts_for(self.for_others.relatives)
        return super().texts(name) | own | {rule.text for rule in self.eligibility} | {one.text for one in self.further}


def texts_for(relatives: list[Relative]) -> set[str]:
    """Keys of what is said where one may book for relatives."""
    of_each = ("ask_name_of", "ask_id_of", "ask_identity_of", "for_a", "is_a")
    return {f"appointment.{name}_{one}" for one in relatives for name in of_each} | {
        *(f"button.for_a_{one}" for one in relatives),
        *("appointment.for_a_self", "appointment.not_for_others", "appointment.guardian", "appointment.no_guardian"),
        *("button.guardian_agrees", "button.guardian_refuses", "card.whom"),
    }
