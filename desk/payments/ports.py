"""What payments need of others: a gateway that takes money, agencies that are told of it.

`desk.alipay.client.AlipayClient` is a gateway; `desk.payments.agencies.ActionsAgencies` reaches agencies.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Literal, Protocol

from desk.contract.agency_commands import BookAnswer, BookCommand


class Trade(Protocol):
    """What the gateway knows of an order. `paid_at` is set once it was paid, also when it was refunded since."""

    @property
    def trade_no(self) -> str: ...
    @property
    def trade_status(self) -> Literal["WAIT_BUYER_PAY", "TRADE_SUCCESS", "TRADE_FINISHED", "TRADE_CLOSED"]: ...
    @property
    def total_amount(self) -> str: ...
    @property
    def paid_at(self) -> datetime | None: ...


class QrCode(Protocol):
    @property
    def qr_code(self) -> str: ...


class BillLine(Protocol):
    """One line of a day's bill; the amount of a refund is negative."""

    @property
    def order(self) -> str: ...
    @property
    def trade_no(self) -> str: ...
    @property
    def kind(self) -> Literal["payment", "refund"]: ...
    @property
    def amount(self) -> str: ...
    @property
    def refund_request(self) -> str | None: ...


class Gateway(Protocol):
    """A payment provider. Amounts are yuan with two decimals. All calls raise `BackendError`."""

    async def precreate(self, order: str, amount: str, subject: str, *, minutes: int) -> QrCode:
        """Make a QR code to pay by."""

    async def create(
        self, order: str, amount: str, subject: str, *, minutes: int, buyer: str, mini_program: str
    ) -> str:
        """Open the trade of an order for a buyer in a mini program; answers the provider's number of it."""
        ...

    def page_url(
        self,
        method: Literal["alipay.trade.wap.pay", "alipay.trade.page.pay"],
        order: str,
        amount: str,
        subject: str,
        *,
        minutes: int,
        return_url: str,
        quit_url: str | None = None,
    ) -> str:
        """Make the address of the provider's pay page; who pays comes to `return_url`, who does not to `quit_url`."""

    async def query(self, order: str) -> Trade | None:
        """Ask for the trade of an order; None while there is none."""

    async def close(self, order: str) -> bool:
        """Close an unpaid trade; False when it cannot be closed."""

    async def refund(self, order: str, amount: str, request: str, reason: str) -> object:
        """Pay money back; the same request is carried out once."""

    async def refund_done(self, order: str, request: str) -> bool:
        """Say whether a refund was carried out."""

    async def bill(self, day: date) -> Sequence[BillLine]:
        """Fetch the bill of a day that is over."""


class Agencies(Protocol):
    """The agencies whose fines and bills are paid."""

    async def book(self, command: BookCommand) -> BookAnswer:
        """Tell an agency that the money has arrived; the same command may be sent any number of times.

        Raises:
            BackendUnavailable: nothing was changed, unless it is a `BackendTimeout`.
            BackendError: whether it was told is unknown.
        """
