"""Client of an agency that people make appointments with; its contract is docs/reference/appointments.openapi.yaml."""

from typing import Annotated, Literal
from urllib.parse import urlencode

from pydantic import Field, JsonValue, SerializerFunctionWrapHandler, model_serializer

from actions.backends.http import Endpoint
from actions.backends.wire import Contract, Money, Names, Payment

type OfficeId = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,59}$")]
type Day = Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
type Time = Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]


class Department(Contract):
    """A part of an office that people choose."""

    id: OfficeId
    names: Names
    also: list[str] = Field(default_factory=list)
    fee: Money | None = None


class Office(Contract):
    """A place with appointments. `also` are further words for it; `fee` in yuan, where its department has none."""

    id: OfficeId
    names: Names
    address: Names
    phone: str
    also: list[str] = Field(default_factory=list)
    fee: Money | None = None
    departments: list[Department] = Field(default_factory=list)


class Offices(Contract):
    offices: Annotated[list[Office], Field(min_length=1, max_length=200)]


class OpenDay(Contract):
    """A day that can be asked for. `free` appointments; 0 on a closed day."""

    date: Day
    open: bool
    free: Annotated[int, Field(ge=0)]


class Days(Contract):
    days: Annotated[list[OpenDay], Field(max_length=200)]


class FreeSlot(Contract):
    time: Time
    free: Annotated[int, Field(ge=0)]


class Slots(Contract):
    slots: Annotated[list[FreeSlot], Field(max_length=200)]


class Slot(Contract):
    """One time at one place."""

    office: OfficeId
    department: OfficeId | None = None
    date: Day
    time: Time


class Person(Contract):
    """Who comes. `id_type` is not sent where it is a resident identity card: version 1.0 of the contract has none."""

    name: str
    id_number: str
    id_type: Literal["resident_id", "passport", "hk_macau_permit", "taiwan_permit"] = "resident_id"

    @model_serializer(mode="wrap")
    def _without_the_usual(self, write: SerializerFunctionWrapHandler) -> dict[str, JsonValue]:
        written: dict[str, JsonValue] = write(self)
        return {name: value for name, value in written.items() if (name, value) != ("id_type", "resident_id")}


class Wish(Contract):
    """What is booked, for whom, and where they can be reached."""

    slot: Slot
    persons: Annotated[list[Person], Field(min_length=1, max_length=4)]
    phone: str


class Booking(Contract):
    """A booking as it stands. `fee` in yuan, None where it costs nothing."""

    reference: Annotated[str, Field(pattern=r"^[A-Z0-9]{6,20}$")]
    slot: Slot
    status: Literal["booked", "cancelled", "kept", "missed"]
    fee: Money | None
    paid: bool
    receipt: str | None


class Appointments:
    """One agency of one city. All calls raise the `BackendError`s of `Endpoint.call`, and all may be repeated.

    A booking is addressed by a key of ours: the same key and wish book once.
    """

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint

    async def offices(self) -> list[Office]:
        """Give all offices."""
        return (await self._endpoint.call("GET", "/offices", Offices)).offices

    async def days(self, office: str, department: str | None) -> list[OpenDay]:
        """Give the days from today to the last that can be booked.

        Raises:
            BackendRefused: `unknown-office`.
        """
        return (await self._endpoint.call("GET", f"/days?{_query(office, department)}", Days)).days

    async def slots(self, office: str, department: str | None, date: str) -> list[FreeSlot]:
        """Give the times of a day that are not past, full ones too.

        Raises:
            BackendRefused: `unknown-office`.
        """
        return (await self._endpoint.call("GET", f"/slots?{_query(office, department, date=date)}", Slots)).slots

    async def booking(self, key: str) -> Booking:
        """Say how a booking stands.

        Raises:
            BackendRefused: `not-found`.
        """
        return await self._endpoint.call("GET", f"/bookings/{key}", Booking)

    async def book(self, key: str, wish: Wish) -> Booking:
        """Book.

        Raises:
            BackendRefused: `slot-taken`, `closed`, `already-booked`, `key-reused`, `cancelled`, `unknown-office`,
                `document-not-taken`.
        """
        return await self._endpoint.call("PUT", f"/bookings/{key}", Booking, body=wish, repeatable=True)

    async def move(self, key: str, slot: Slot) -> Booking:
        """Move a booking: the old slot is kept until the new one is taken.

        Raises:
            BackendRefused: `slot-taken`, `closed`, `cancelled`, `past`, `fee-differs`, `not-found`.
        """
        return await self._endpoint.call("PUT", f"/bookings/{key}/slot", Booking, body=slot, repeatable=True)

    async def cancel(self, key: str) -> Booking:
        """Give a slot up; under a key that has no booking nothing can be booked afterwards.

        Raises:
            BackendRefused: `past`, `not-found`.
        """
        return await self._endpoint.call("DELETE", f"/bookings/{key}", Booking, repeatable=True)

    async def pay(self, key: str, payment: Payment) -> Booking:
        """Report that a fee was paid.

        Raises:
            BackendRefused: `already-paid`, `wrong-amount`, `cancelled`, `not-found`.
        """
        return await self._endpoint.call("PUT", f"/bookings/{key}/payment", Booking, body=payment, repeatable=True)


def _query(office: str, department: str | None, **more: str) -> str:
    parts = {"office": office, **({"department": department} if department else {}), **more}
    return urlencode(parts)
