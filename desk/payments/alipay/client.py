"""A client of Alipay's gateway. May not know orders, residents or the database. Source: Alipay's documents.

Amounts are yuan as strings with two decimals. Every call raises one of these:

- `BackendUnavailable`: not reached, nothing was done;
- `BackendTimeout`: no answer, or one that says that it does not know: whether it acted must be asked;
- `BackendNonsense`: an answer that is not Alipay's, or not of the contract: whether it acted must be asked;
- `BackendRefused`: refused, with the gateway's own code in `code`, such as `ACQ.TRADE_HAS_SUCCESS`.
"""

import json
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any, Literal
from urllib.parse import urlencode

import aiohttp
from pydantic import ValidationError
from yarl import URL

from desk.errors import BackendNonsense, BackendRefused, BackendTimeout, BackendUnavailable
from desk.payments.alipay import bill, signing
from desk.payments.alipay.answers import CHINA, Answer, BillAddress, QrCode, Refund, RefundState, Trade
from desk.payments.alipay.bill import BillLine, read_bill
from desk.payments.alipay.credentials import Credentials

CALL = aiohttp.ClientTimeout(total=8, sock_connect=2)
DOWNLOAD = aiohttp.ClientTimeout(total=60, sock_connect=2)

type PageMethod = Literal["alipay.trade.wap.pay", "alipay.trade.page.pay"]
PAGE_PRODUCTS: dict[PageMethod, str] = {
    "alipay.trade.wap.pay": "QUICK_WAP_WAY",
    "alipay.trade.page.pay": "FAST_INSTANT_TRADE_PAY",
}
SUCCESS, UNKNOWN, BUSINESS = "10000", "20000", "40004"
UNKNOWN_OUTCOME = {"ACQ.SYSTEM_ERROR", "aop.ACQ.SYSTEM_ERROR"}  # of a business failure: query before doing it again
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
        self._session = session
        self._now = now
        self._notify_url = notify_url

    async def precreate(self, order: str, amount: str, subject: str, *, minutes: int) -> QrCode:
        """Make a QR code to pay an order by, good for so many minutes; asking again gives a code again.

        There is no trade to query or close until somebody scans the code.
        """
        content = self._order(order, amount, subject, minutes) | {"qr_code_timeout_express": f"{minutes}m"}
        return self._of(order, QrCode, await self._call("alipay.trade.precreate", content, notify=True))

    def page_url(
        self, method: PageMethod, order: str, amount: str, subject: str, *, minutes: int, return_url: str
    ) -> str:
        """Make the signed address of Alipay's own pay page, good for so many minutes; nothing is called.

        A browser that comes back to `return_url` proves nothing.
        """
        content = self._order(order, amount, subject, minutes) | {"product_code": PAGE_PRODUCTS[method]}
        if method == "alipay.trade.wap.pay":
            content["quit_url"] = return_url
        params = self._params(method, content, notify=True) | {"return_url": return_url}
        return f"{self._credentials.gateway}?{urlencode(self._signed(params))}"

    async def query(self, order: str) -> Trade | None:
        """Ask for the trade of an order; None while there is none (nobody has scanned the code)."""
        try:
            answer = await self._call("alipay.trade.query", {"out_trade_no": order})
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
            await self._call("alipay.trade.close", {"out_trade_no": order})
        except BackendRefused as exc:
            if exc.code.startswith("ACQ."):
                return False
            raise
        return True

    async def refund(self, order: str, amount: str, request: str, reason: str) -> Refund:
        """Pay money back. The same `request` with the same amount is carried out once."""
        content = {"out_trade_no": order, "refund_amount": amount, "out_request_no": request, "refund_reason": reason}
        return self._of(order, Refund, await self._call("alipay.trade.refund", content))

    async def refund_done(self, order: str, request: str) -> bool:
        """Say whether a refund was carried out. To be asked ten seconds after the refund, not sooner."""
        content = {"out_trade_no": order, "out_request_no": request}
        answer = await self._call("alipay.trade.fastpay.refund.query", content)
        return self._read(RefundState, answer).refund_status == "REFUND_SUCCESS"

    async def bill(self, day: date) -> list[BillLine]:
        """Fetch the bill of a day, which is made by 9 o'clock of the next one.

        Empty when nothing was traded, and also when the bill is not made yet: Alipay says the same of both.
        """
        content = {"bill_type": "trade", "bill_date": day.isoformat()}
        try:
            answer = await self._call("alipay.data.dataservice.bill.downloadurl.query", content)
        except BackendRefused as exc:
            if exc.code in NO_SUCH_BILL:
                return []
            raise
        return read_bill(await self._fetch("GET", self._read(BillAddress, answer).bill_download_url, within=DOWNLOAD))

    def _order(self, order: str, amount: str, subject: str, minutes: int) -> dict[str, str]:
        until = self._now() + timedelta(minutes=minutes)
        return {
            "out_trade_no": order,
            "total_amount": amount,
            "subject": subject.translate(NOT_IN_SUBJECTS)[:LONGEST_SUBJECT],
            "seller_id": self._credentials.seller_id,
            "time_expire": _wire_time(until),
        }

    def _params(self, method: str, content: dict[str, str], *, notify: bool) -> dict[str, str]:
        params = {
            "app_id": self._credentials.app_id,
            "method": method,
            "format": "JSON",
            "charset": "utf-8",
            "sign_type": "RSA2",
            "timestamp": _wire_time(self._now()),
            "version": "1.0",
            "biz_content": json.dumps(content, ensure_ascii=False, separators=(",", ":")),
        }
        return params | {"notify_url": self._notify_url} if notify else params

    def _signed(self, params: dict[str, str]) -> dict[str, str]:
        return params | {"sign": signing.sign(signing.request_text(params), self._credentials.key)}

    async def _call(self, method: str, content: dict[str, str], *, notify: bool = False) -> dict[str, Any]:
        params = self._signed(self._params(method, content, notify=notify))
        body = {"biz_content": params.pop("biz_content")}
        url = f"{self._credentials.gateway}?{urlencode(params)}"
        return self._verified(method, (await self._fetch("POST", url, data=body)).decode("utf-8", "replace"))

    def _verified(self, method: str, raw: str) -> dict[str, Any]:
        """Read an answer. What is not signed is neither a success nor a statement about a trade."""
        name = method.replace(".", "_") + "_response"
        try:
            envelope = json.loads(raw)
            name = name if name in envelope else "error_response"
            node = signing.response_node(raw, name)
            answer = json.loads(node or "null")
        except (TypeError, ValueError, RecursionError) as exc:
            raise BackendNonsense(f"{method}: the gateway's answer is not JSON.") from exc
        if node is None or not isinstance(answer, dict):
            raise BackendNonsense(f"{method}: the gateway's answer has no {name}.")
        code = str(answer.get("code", ""))
        sub_code = str(answer.get("sub_code") or code)
        is_signed = signing.verify(node, str(envelope.get("sign", "")), self._credentials.alipay_key)
        if code in (SUCCESS, BUSINESS) and not is_signed:
            raise BackendNonsense(f"{method}: the gateway's answer is not signed by Alipay.")
        if code == UNKNOWN or sub_code in UNKNOWN_OUTCOME:
            raise BackendTimeout(f"{method}: the gateway does not know ({sub_code}).")
        if code != SUCCESS:
            raise BackendRefused(f"{method}: the gateway refused with {code} {sub_code}.", code=sub_code)
        return answer

    def _read[T: Answer](self, model: type[T], answer: dict[str, Any]) -> T:
        try:
            return model.model_validate(answer)
        except ValidationError as exc:
            raise BackendNonsense(f"The gateway's answer is no {model.__name__}.") from exc

    def _of[T: QrCode | Trade | Refund](self, order: str, model: type[T], answer: dict[str, Any]) -> T:
        read = self._read(model, answer)
        if read.out_trade_no != order:
            raise BackendNonsense("The gateway's answer is about another order.")
        return read

    async def _fetch(
        self, verb: str, url: str, *, data: dict[str, str] | None = None, within: aiohttp.ClientTimeout = CALL
    ) -> bytes:
        try:
            async with self._session.request(
                verb, URL(url, encoded=True), data=data, timeout=within, allow_redirects=False
            ) as response:
                if response.status >= 500:
                    raise BackendTimeout(f"Alipay answered with {response.status}.")
                if response.status != 200:
                    raise BackendRefused(f"Alipay answered with {response.status}.", status=response.status)
                return await _all_of(response)
        except aiohttp.ClientConnectorError as exc:
            raise BackendUnavailable("Alipay cannot be reached.") from exc
        except TimeoutError as exc:
            raise BackendTimeout("Alipay did not answer in time.") from exc
        except aiohttp.ClientError as exc:
            raise BackendTimeout(f"Alipay broke off its answer: {type(exc).__name__}.") from exc


async def _all_of(response: aiohttp.ClientResponse) -> bytes:
    """The body, unless it is larger than any bill."""
    read = bytearray()
    async for piece in response.content.iter_any():
        read += piece
        if len(read) > bill.LARGEST:
            raise BackendNonsense("Alipay's answer is larger than any bill.")
    return bytes(read)


def _wire_time(at: datetime) -> str:
    return at.astimezone(CHINA).strftime("%Y-%m-%d %H:%M:%S")
