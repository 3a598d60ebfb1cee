"""Client of a city's suppliers of water, electricity and gas; the contract is docs/reference/utilities.openapi.yaml."""

from datetime import date
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from actions.backends.http import Endpoint
from actions.backends.wire import Contract, Money, Names, Payment

type BillNumber = Annotated[str, Field(pattern=r"^[1-3][0-9]{14,19}$")]
type UtilityType = Literal["water", "electricity", "gas"]
type BillStatus = Literal["unpaid", "overdue", "paid"]


class Usage(Contract):
    """What was used."""

    quantity: Annotated[str, Field(pattern=r"^(0|[1-9][0-9]{0,7})(\.[0-9])?$")]
    unit: Literal["m3", "kWh"]


class Bill(Contract):
    """One bill, of the days `from` to `to`. `amount` is what is owed today: charge and, once overdue, late fee."""

    number: BillNumber
    from_: Annotated[date, Field(alias="from")]
    to: date
    usage: Usage
    charge: Money
    late_fee: Money
    amount: Money
    due: date
    status: BillStatus


class Statement(Contract):
    """All bills of a household, the newest first. `address` is masked."""

    utility_type: UtilityType
    account_number: str
    address: Names
    as_of: AwareDatetime
    bills: Annotated[list[Bill], Field(max_length=100)]


class Standing(Contract):
    """A bill as it stands."""

    number: BillNumber
    amount: Money
    status: BillStatus
    paid_at: AwareDatetime | None
    receipt: str | None


class _Account(Contract):
    utility_type: str
    account_number: str


class Utilities:
    """The suppliers of one city. All calls raise the `BackendError`s of `Endpoint.call`."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint

    async def bills(self, utility_type: str, account_number: str) -> Statement:
        """Look up a household.

        Raises:
            BackendRefused: `unknown-account`.
        """
        account = _Account(utility_type=utility_type, account_number=account_number)
        return await self._endpoint.call("POST", "/bills/query", Statement, body=account, repeatable=True)

    async def standing(self, number: str) -> Standing:
        """Ask how a bill stands.

        Raises:
            BackendRefused: `not-found`.
        """
        return await self._endpoint.call("GET", f"/bills/{number}", Standing)

    async def pay(self, number: str, payment: Payment, *, key: str) -> Standing:
        """Report a payment. `key` is the idempotency key: the same key and payment may be sent any number of times.

        Raises:
            BackendRefused: `already-paid`, `key-reused`, `wrong-amount` or `not-found`.
        """
        return await self._endpoint.call(
            "PUT",
            f"/bills/{number}/payment",
            Standing,
            body=payment,
            headers={"Idempotency-Key": key},
            repeatable=True,
        )
