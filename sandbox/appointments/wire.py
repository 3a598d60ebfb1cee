"""Requests of the contract `docs/reference/appointments.openapi.yaml`."""

from datetime import date
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

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


class Person(WireModel):
    name: Annotated[str, Field(min_length=1, max_length=60)]
    id_number: Annotated[str, Field(pattern=r"^[0-9]{17}[0-9X]$")]


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
