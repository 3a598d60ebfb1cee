"""Requests of the contract `docs/reference/appointments.openapi.yaml`."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from sandbox.appointments.data import Money, Slug


def _is_a_day(written: str) -> str:
    date.fromisoformat(written)
    return written


type Day = Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"), AfterValidator(_is_a_day)]
type Key = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{8,100}$")]


class WireModel(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Place(WireModel):
    """Where: the query of `days` and `slots`."""

    office: Slug
    department: Slug | None = None


class DayAsked(Place):
    date: Day


class Slot(DayAsked):
    """One time at one place."""

    time: Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]

    @property
    def id(self) -> str:
        return f"{self.office}/{self.department or ''}/{self.date}/{self.time}"


type Document = Literal["resident_id", "passport", "hk_macau_permit", "taiwan_permit"]

NUMBERS: Mapping[str, str] = {
    "resident_id": r"[0-9]{17}[0-9X]",
    "passport": r"(?=(?:[A-Z]*[0-9]){5})[A-Z0-9]{8,10}",
    "hk_macau_permit": r"[HM][0-9]{8}([0-9]{2})?",
    "taiwan_permit": r"[0-9]{8}",
}
"""Numbers of documents."""


class Person(WireModel):
    name: Annotated[str, Field(min_length=1, max_length=60)]
    id_number: Annotated[str, Field(min_length=8, max_length=18)]
    id_type: Document = "resident_id"

    @model_validator(mode="after")
    def _has_the_number_of_its_document(self) -> Self:
        if re.fullmatch(NUMBERS[self.id_type], self.id_number) is None:
            raise ValueError(f"this is no number of a {self.id_type}")
        return self


class Wish(WireModel):
    """`PUT bookings/{key}`."""

    slot: Slot
    persons: Annotated[list[Person], Field(min_length=1, max_length=4)]
    phone: Annotated[str, Field(pattern=r"^1[3-9][0-9]{9}$")]


class Payment(WireModel):
    """`PUT bookings/{key}/payment`."""

    order: Annotated[str, Field(min_length=1, max_length=64)]
    amount: Money
    trade_no: Annotated[str, Field(min_length=1, max_length=64)]
    paid_at: AwareDatetime


class KeyModel(WireModel):
    key: Key
