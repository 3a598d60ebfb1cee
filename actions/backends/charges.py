"""Client of an agency that charges for something; the contract is docs/reference/charges.openapi.yaml."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from actions.backends.http import Endpoint
from actions.backends.wire import Contract, Money, Names, Payment

type ChargeNumber = Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{4,40}$")]
type ChargeStatus = Literal["unpaid", "overdue", "paid"]


class Charge(Contract):
    """One charge. `amount` is what is owed today; `due` the last day to pay it by, if there is one."""

    number: ChargeNumber
    title: Names
    amount: Money
    due: date | None
    status: ChargeStatus


class Statement(Contract):
    """All charges of a subject, the newest first. `about` says of whom or what they are, masked."""

    about: Names
    as_of: AwareDatetime
    charges: Annotated[list[Charge], Field(max_length=100)]


class Standing(Contract):
    """A charge as it stands."""

    number: ChargeNumber
    amount: Money
    status: ChargeStatus
    paid_at: AwareDatetime | None
    receipt: Annotated[str, Field(min_length=1, max_length=64)] | None


class _Query(Contract):
    values: dict[str, str]


class Charges:
    """One agency. All calls raise the `BackendError`s of `Endpoint.call`."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint

    async def of(self, values: Mapping[str, str]) -> Statement:
        """Look up a subject by the values of the service's fields.

        Raises:
            BackendRefused: `unknown-subject`.
        """
        return await self._endpoint.call(
            "POST", "/charges/query", Statement, body=_Query(values=dict(values)), repeatable=True
        )

    async def standing(self, number: str) -> Standing:
        """Ask how a charge stands.

        Raises:
            BackendRefused: `not-found`.
        """
        return await self._endpoint.call("GET", f"/charges/{number}", Standing)

    async def pay(self, number: str, payment: Payment, *, key: str) -> Standing:
        """Report a payment. `key` is the idempotency key: the same key and payment may be sent any number of times.

        Raises:
            BackendRefused: `already-paid`, `key-reused`, `wrong-amount` or `not-found`.
        """
        return await self._endpoint.call(
            "PUT",
            f"/charges/{number}/payment",
            Standing,
            body=payment,
            headers={"Idempotency-Key": key},
            repeatable=True,
        )
