"""A trade and what may become of it.

`UNSCANNED` is ours: a QR code was made and nobody has scanned it. To the gateway there is no trade then.
"""

from datetime import datetime
from decimal import Decimal
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict

type Status = Literal["UNSCANNED", "WAIT_BUYER_PAY", "TRADE_SUCCESS", "TRADE_CLOSED"]


class TradeError(Exception):
    """A method cannot be carried out. `code` is the gateway's `sub_code`, `says` its `sub_msg`."""

    def __init__(self, code: str, says: str) -> None:
        super().__init__(f"{code} {says}")
        self.code = code
        self.says = says


class Refunded(BaseModel):
    """One refund that was carried out."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    amount: Decimal
    at: AwareDatetime


class Trade(BaseModel):
    """One order at Alipay. `code` names it in addresses: unlike the order number it cannot be guessed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    order: str
    trade_no: str
    code: str
    amount: Decimal
    subject: str
    notify_url: str | None
    return_url: str | None
    quit_url: str | None
    status: Status
    expires_at: AwareDatetime
    created_at: AwareDatetime | None = None
    paid_at: AwareDatetime | None = None
    refunds: dict[str, Refunded] = {}

    @property
    def refunded(self) -> Decimal:
        return sum((refund.amount for refund in self.refunds.values()), Decimal("0.00"))

    def changed(self, **changes: object) -> "Trade":
        return self.model_copy(update=changes)

    def scanned(self, at: datetime) -> "Trade":
        """With somebody before the cashier. Raises TradeError: the code is no longer good."""
        if self.status == "UNSCANNED":
            if at >= self.expires_at:
                raise TradeError("ACQ.TRADE_HAS_CLOSE", "交易已经关闭")
            return self.changed(status="WAIT_BUYER_PAY", created_at=at)
        return self

    def paid(self, at: datetime) -> "Trade":
        """Paid now. Raises TradeError: it was, or can no longer be."""
        if self.status != "WAIT_BUYER_PAY":
            closed = self.status == "TRADE_CLOSED"
            raise TradeError(
                "ACQ.TRADE_HAS_CLOSE" if closed else "ACQ.TRADE_HAS_SUCCESS",
                "交易已经关闭" if closed else "交易已被支付",
            )
        return self.changed(status="TRADE_SUCCESS", paid_at=at)

    def closed(self) -> "Trade":
        """Closed unpaid. Raises TradeError: it is not open."""
        if self.status != "WAIT_BUYER_PAY":
            raise TradeError("ACQ.TRADE_STATUS_ERROR", "交易状态不合法")
        return self.changed(status="TRADE_CLOSED")

    def refund(self, request: str, amount: Decimal, at: datetime) -> "Trade":
        """With a refund; itself when this request was carried out before. Raises TradeError."""
        before = self.refunds.get(request)
        if before is not None:
            if before.amount != amount:
                raise TradeError("ACQ.DISCORDANT_REPEAT_REQUEST", "请求信息不一致")
            return self
        if self.status != "TRADE_SUCCESS":
            raise TradeError("ACQ.TRADE_STATUS_ERROR", "交易状态不合法")
        if self.refunded + amount > self.amount:
            raise TradeError("ACQ.REFUND_AMT_NOT_EQUAL_TOTAL", "退款金额超限")
        whole = self.refunded + amount == self.amount
        return self.changed(
            status="TRADE_CLOSED" if whole else "TRADE_SUCCESS",
            refunds={**self.refunds, request: Refunded(amount=amount, at=at)},
        )
