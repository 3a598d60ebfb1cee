"""Client of a city's traffic police, whose contract is docs/reference/traffic-police.openapi.yaml."""

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from actions.backends.http import Endpoint
from actions.backends.wire import Contract, Money, Names, Payment

type NoticeNumber = Annotated[str, Field(pattern=r"^[0-9]{15,16}$")]


class Act(Contract):
    """A kind of violation, by its national code."""

    code: str
    names: Names


class Violation(Contract):
    """One violation. `amount` in yuan."""

    notice: NoticeNumber
    act: Act
    place: Names
    at: AwareDatetime
    points: Annotated[int, Field(ge=0, le=12)]
    amount: Money
    status: Literal["unpaid", "paid"]


class Violations(Contract):
    """All violations on record of one vehicle, the newest first; `as_of` is how fresh the record is."""

    plate: str
    as_of: AwareDatetime
    violations: Annotated[list[Violation], Field(max_length=500)]


class Notice(Contract):
    """A penalty notice as it stands."""

    notice: NoticeNumber
    amount: Money
    status: Literal["unpaid", "paid"]
    paid_at: AwareDatetime | None
    receipt: str | None


class _VehicleProof(Contract):
    plate: str
    vin_last6: str


class TrafficPolice:
    """The traffic police of one city. All calls raise the `BackendError`s of `Endpoint.call`."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint

    async def violations(self, plate: str, vin_last6: str) -> Violations:
        """Look up a vehicle.

        Raises:
            BackendRefused: `unknown-vehicle` or `vin-mismatch`.
        """
        proof = _VehicleProof(plate=plate, vin_last6=vin_last6)
        return await self._endpoint.call("POST", "/violations/query", Violations, body=proof, repeatable=True)

    async def notice(self, number: str) -> Notice:
        """Ask how a notice stands.

        Raises:
            BackendRefused: `not-found`.
        """
        return await self._endpoint.call("GET", f"/notices/{number}", Notice)

    async def pay(self, number: str, payment: Payment, *, key: str) -> Notice:
        """Report a payment. `key` is the idempotency key: the same key and payment may be sent any number of times.

        Raises:
            BackendRefused: `already-paid`, `key-reused`, `wrong-amount` or `not-found`.
        """
        return await self._endpoint.call(
            "PUT",
            f"/notices/{number}/payment",
            Notice,
            body=payment,
            headers={"Idempotency-Key": key},
            repeatable=True,
        )
