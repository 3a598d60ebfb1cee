"""All trades: kept in the state, each change in one write together with the notification of it."""

import heapq
import secrets
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal

from sandbox.alipay.clock import Clock, wire_time
from sandbox.alipay.identity import BUYER_ID, BUYER_LOGIN
from sandbox.alipay.mischief import Mischief
from sandbox.alipay.notices import Notice, Notices, new_notice
from sandbox.alipay.trades import Trade, TradeError
from sandbox.state import Body, State

SYSTEM, TRADE, CODE = "alipay", "trade", "code"


class Ledger:
    """The trades. `changed` is called after each change, so that what is due is sent."""

    def __init__(
        self, state: State, clock: Clock, notices: Notices, mischief: Mischief, changed: Callable[[], None]
    ) -> None:
        self._state, self._clock, self._notices, self._mischief = state, clock, notices, mischief
        self._changed = changed
        self.reload()

    def reload(self) -> None:
        """Read the state again: at the start, and after it was cleared."""
        self._expiries = [(trade.expires_at, trade.order) for trade in self.all() if trade.status == "WAIT_BUYER_PAY"]
        heapq.heapify(self._expiries)

    def all(self) -> list[Trade]:
        """Every trade, and every code that nobody has scanned, in the order in which they came."""
        return [Trade.model_validate(body) for _, body in self._state.all(SYSTEM, None, TRADE)]

    def known(self, order: str) -> Trade | None:
        """The trade of an order, also when nobody has scanned its code yet."""
        self.expire()
        body = self._state.get(SYSTEM, "", TRADE, order)
        return None if body is None else Trade.model_validate(body)

    def of_code(self, code: str) -> Trade | None:
        """The trade that an address speaks of."""
        body = self._state.get(SYSTEM, "", CODE, code)
        return None if body is None else self.known(body["order"])

    def trade(self, order: str | None, trade_no: str | None) -> Trade:
        """The trade by either number. Raises TradeError: there is none."""
        if order is None and trade_no is not None:
            order = next((one.order for one in self.all() if one.trade_no == trade_no), None)
        found = None if order is None else self.known(order)
        if found is None or found.status == "UNSCANNED" or trade_no not in (None, found.trade_no):
            raise TradeError("ACQ.TRADE_NOT_EXIST", "交易不存在")
        return found

    def offer(
        self,
        order: str,
        amount: Decimal,
        subject: str,
        expires_at: datetime,
        *,
        notify_url: str | None,
        return_url: str | None = None,
        quit_url: str | None = None,
    ) -> Trade:
        """Make an order payable, by a code that nobody has scanned yet; again for the same order: the same code.

        Raises:
            TradeError: it was paid or closed, or it is over another amount.
        """
        before = self.known(order)
        if before is None:
            number = secrets.randbelow(10**15)
            fresh = Trade(
                order=order,
                trade_no=f"{self._clock.now():%Y%m%d}22001{number:015d}",
                code=f"bax{secrets.token_hex(10)}",
                amount=amount,
                subject=subject,
                notify_url=notify_url,
                return_url=return_url,
                quit_url=quit_url,
                status="UNSCANNED",
                expires_at=expires_at,
            )
            self._state.put(_record(fresh), (SYSTEM, "", CODE, fresh.code, {"order": order}))
            return fresh
        if before.status not in ("UNSCANNED", "WAIT_BUYER_PAY"):
            before.paid(self._clock.now())  # says what is wrong with it
        if before.amount != amount:
            raise TradeError("ACQ.CONTEXT_INCONSISTENT", "交易信息被篡改")
        again = before.changed(
            subject=subject,
            notify_url=notify_url,
            return_url=return_url or before.return_url,
            quit_url=quit_url or before.quit_url,
            expires_at=expires_at if before.status == "UNSCANNED" else before.expires_at,
        )
        self._write(again)
        return again

    def scan(self, trade: Trade, *, tell: bool = True) -> Trade:
        """Somebody scanned the code, or opened the pay page (which is not told). Raises TradeError."""
        scanned = trade.scanned(self._clock.now())
        if scanned is not trade:
            heapq.heappush(self._expiries, (scanned.expires_at, scanned.order))
            self._write(scanned, self._notice(scanned) if tell else None)
        return scanned

    def pay(self, trade: Trade) -> Trade:
        """Raises TradeError: it was paid before, or closed."""
        paid = trade.paid(self._clock.now())
        self._write(paid, self._notice(paid))
        return paid

    def close(self, trade: Trade) -> Trade:
        """Raises TradeError: it is not open."""
        closed = trade.closed()
        self._write(closed, self._notice(closed))
        return closed

    def refund(self, trade: Trade, request: str, amount: Decimal) -> Trade:
        """The trade with the refund; itself when it was carried out before. Raises TradeError."""
        after = trade.refund(request, amount, self._clock.now())
        if after is not trade:
            self._write(after, self._notice(after, request))
        return after

    def expire(self) -> datetime | None:
        """Close what was not paid in time; when the next one will be."""
        while self._expiries and self._expiries[0][0] <= self._clock.now():
            _, order = heapq.heappop(self._expiries)
            body = self._state.get(SYSTEM, "", TRADE, order)
            if body is not None and body["status"] == "WAIT_BUYER_PAY":
                self.close(Trade.model_validate(body))
        return self._expiries[0][0] if self._expiries else None

    def claim(self, trade: Trade) -> Notice | None:
        """A notification that says the trade is paid, whether it is or not: what a forger would send."""
        return self._notice(trade.changed(status="TRADE_SUCCESS", paid_at=trade.paid_at or self._clock.now()))

    def _notice(self, trade: Trade, refund: str | None = None) -> Notice | None:
        if trade.notify_url is None:
            return None
        return new_notice(order=trade.order, url=trade.notify_url, at=self._clock.now(), fields=_fields(trade, refund))

    def _write(self, trade: Trade, notice: Notice | None = None) -> None:
        sent = [] if notice is None else self._mischief.done_to(notice)
        self._state.put(_record(trade), *(one.record() for one in sent))
        self._notices.took(sent)
        self._changed()


def _record(trade: Trade) -> tuple[str, str, str, str, Body]:
    return (SYSTEM, "", TRADE, trade.order, trade.model_dump(mode="json"))


def _fields(trade: Trade, refund: str | None) -> dict[str, str]:
    """What a notification says of a trade, and of the refund that is the reason for it."""
    fields = {
        "trade_no": trade.trade_no,
        "out_trade_no": trade.order,
        "trade_status": trade.status,
        "total_amount": f"{trade.amount:.2f}",
        "subject": trade.subject,
        "buyer_id": BUYER_ID,
        "buyer_logon_id": BUYER_LOGIN,
    }
    if trade.created_at is not None:
        fields["gmt_create"] = wire_time(trade.created_at)
    if trade.paid_at is not None:
        fields |= {
            "gmt_payment": wire_time(trade.paid_at),
            "receipt_amount": f"{trade.amount:.2f}",
            "buyer_pay_amount": f"{trade.amount:.2f}",
            "fund_bill_list": f'[{{"amount":"{trade.amount:.2f}","fundChannel":"ALIPAYACCOUNT"}}]',
        }
    if refund is not None:
        fields |= {
            "out_biz_no": refund,
            "refund_fee": f"{trade.refunded:.2f}",
            "gmt_refund": wire_time(trade.refunds[refund].at) + ".000",
        }
    return fields
