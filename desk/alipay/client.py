"""A client of Alipay's gateway. Source: Alipay's documents.

Amounts are yuan as strings with two decimals. Every call raises one of these:

- `BackendUnavailable`: not reached, nothing was done;
- `BackendTimeout`: no answer, or one that says that it does not know: whether it acted must be asked;
- `BackendNonsense`: an answer that is not Alipay's, or not of the contract: whether it acted must be asked;
- `BackendRefused`: refused, with the gateway's own code in `code`, such as `ACQ.TRADE_HAS_SUCCESS`.
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any, Literal
from urllib.parse import urlencode

import aiohttp

from desk.alipay.answers import BillAddress, Created, QrCode, Refund, RefundState, Trade
from desk.alipay.bill import BillLine, read_bill
from desk.alipay.credentials import Credentials
from desk.alipay.gateway import Gateway, wire_time
from desk.contract.errors import BackendNonsense, BackendRefused

DOWNLOAD = aiohttp.ClientTimeout(total=60, sock_connect=2)

type PageMethod = Literal["alipay.trade.wap.pay", "alipay.trade.page.pay"]
PAGE_PRODUCTS: dict[PageMethod, str] = {
    "alipay.trade.wap.pay": "QUICK_WAP_WAY",
    "alipay.trade.page.pay": "FAST_INSTANT_TRADE_PAY",
}
NO_SUCH_BILL = {"BILL_NOT_EXIST", "isp.bill_not_exist"}
NO_SUCH_TRADE = "ACQ.TRADE_NOT_EXIST"
NOT_IN_SUBJECTS = str.maketrans("/=&", "   ")
LONGEST_SUBJECT = 256  # characters


class AlipayClient:
    """Speaks to the gateway. The session is opened once and owned by the caller; `now` gives the time, aware."""

    def __init__(
        self, credentials: Credentials, session: aiohttp.ClientSession, *, now: Callable[[], datetime], notify_url: str
    ) -> None:
        self._credentials = credentials
        self._gateway = Gateway(credentials, session, now=now)
        self._now = now
        self._notify_url = notify_url

    async def precreate(self, order: str, amount: str, subject: str, *, minutes: int) -> QrCode:
        """Make a QR code to pay an order by, good for so many minutes; asking again gives a code again.

        There is no trade to query or close until somebody scans the code.
        """
        content = self._order(order, amount, subject, minutes) | {"qr_code_timeout_express": f"{minutes}m"}
        return self._of(order, QrCode, await self._gateway.call("alipay.trade.precreate", content, self._notified))

    def page_url(
        self,
        method: PageMethod,
        order: str,
        amount: str,
        subject: str,
        *,
        minutes: int,
        return_url: str,
        quit_url: str | None = None,
    ) -> str:
        """Make the signed address of Alipay's own pay page, good for so many minutes; nothing is called.

        A browser that comes back to `return_url` proves nothing. On a phone, who leaves without paying comes to
        `quit_url`; None: to the same address.
        """
        content = self._order(order, amount, subject, minutes) | {"product_code": PAGE_PRODUCTS[method]}
        if method == "alipay.trade.wap.pay":
            content["quit_url"] = quit_url or return_url
        params = self._gateway.signed(method, content, {**self._notified, "return_url": return_url})
        return f"{self._credentials.gateway}?{urlencode(params)}"

    async def query(self, order: str) -> Trade | None:
        """Ask for the trade of an order; None while there is none (nobody has scanned the code)."""
        try:
            answer = await self._gateway.call("alipay.trade.query", {"out_trade_no": order})
        except BackendRefused as exc:
            if exc.code == NO_SUCH_TRADE:
                return None
            raise
        return self._of(order, Trade, answer)

    async def close(self, order: str) -> bool:
        """Close an unpaid trade. False: there is none, or it can no longer be closed: query it.

        Without a trade the QR code stays good until its minutes are over.
        """
        try:
            await self._gateway.call("alipay.trade.close", {"out_trade_no": order})
        except BackendRefused as exc:
            if exc.code.startswith("ACQ."):
                return False
            raise
        return True

    async def refund(self, order: str, amount: str, request: str, reason: str) -> Refund:
        """Pay money back. The same `request` with the same amount is carried out once."""
        content = {"out_trade_no": order, "refund_amount": amount, "out_request_no": request, "refund_reason": reason}
        return self._of(order, Refund, await self._gateway.call("alipay.trade.refund", content))

    async def refund_done(self, order: str, request: str) -> bool:
        """Say whether a refund was carried out. To be asked ten seconds after the refund, not sooner."""
        content = {"out_trade_no": order, "out_request_no": request}
        answer = await self._gateway.call("alipay.trade.fastpay.refund.query", content)
        return self._gateway.read(RefundState, answer).refund_status == "REFUND_SUCCESS"

    async def bill(self, day: date) -> list[BillLine]:
        """Fetch the bill of a day, which is made by 9 o'clock of the next one.

        Empty when nothing was traded, and also when the bill is not made yet: Alipay says the same of both.
        """
        content = {"bill_type": "trade", "bill_date": day.isoformat()}
        try:
            answer = await self._gateway.call("alipay.data.dataservice.bill.downloadurl.query", content)
        except BackendRefused as exc:
            if exc.code in NO_SUCH_BILL:
                return []
            raise
        address = self._gateway.read(BillAddress, answer).bill_download_url
        return read_bill(await self._gateway.fetch("GET", address, within=DOWNLOAD))

    async def create(
        self, order: str, amount: str, subject: str, *, minutes: int, buyer: str, mini_program: str
    ) -> str:
        """Open the trade of an order for a buyer in a mini program (JSAPI_PAY); answers Alipay's number of it.

        Asking again gives the same. `buyer` is a user_id (2088…) or an open_id, `mini_program` its application: an
        open_id is that application's own (`op_buyer_open_id`), which the product centre binds to ours.
        """
        whose = {"buyer_id" if buyer.isdigit() else "op_buyer_open_id": buyer}
        content = self._order(order, amount, subject, minutes) | whose
        content |= {"product_code": "JSAPI_PAY", "op_app_id": mini_program}
        answer = await self._gateway.call("alipay.trade.create", content, self._notified)
        return self._of(order, Created, answer).trade_no

    @property
    def _notified(self) -> dict[str, str]:
        return {"notify_url": self._notify_url}

    def _order(self, order: str, amount: str, subject: str, minutes: int) -> dict[str, str]:
        until = self._now() + timedelta(minutes=minutes)
        return {
            "out_trade_no": order,
            "total_amount": amount,
            "subject": subject.translate(NOT_IN_SUBJECTS)[:LONGEST_SUBJECT],
            "seller_id": self._credentials.seller_id,
            "time_expire": wire_time(until),
        }

    def _of[T: QrCode | Trade | Refund | Created](self, order: str, model: type[T], answer: dict[str, Any]) -> T:
        read = self._gateway.read(model, answer)
        if read.out_trade_no != order:
            raise BackendNonsense("The gateway's answer is about another order.")
        return read
