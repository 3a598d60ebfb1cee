"""What the gateway can be asked to do, each by its `biz_content`."""

import re
import secrets
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from sandbox.alipay.bills import is_ready, rows_of
from sandbox.alipay.clock import SHANGHAI, Clock, wire_time
from sandbox.alipay.identity import BUYER_ID, BUYER_LOGIN, SELLER_ID
from sandbox.alipay.ledger import Ledger
from sandbox.alipay.trades import Trade, TradeError
from sandbox.state import State

URL_SECONDS = 30  # a bill's address is good for so long
DEFAULT_MINUTES = 15 * 24 * 60
CODE_MINUTES = 120
UNITS = {"m": 1, "h": 60, "d": 24 * 60}
BILL = "bill"  # kind of record: by token

type Answer = dict[str, Any]


def _minutes(text: object) -> object:
    """`90m`, `2h`, `15d`, or `1c`: until the end of the day, which here is a whole day."""
    if text == "1c":
        return UNITS["d"]
    found = re.fullmatch(r"([1-9]\d{0,4})([mhd])", text) if isinstance(text, str) else None
    if found is None or int(found[1]) * UNITS[found[2]] > DEFAULT_MINUTES:
        raise ValueError("timeout")
    return int(found[1]) * UNITS[found[2]]


def _plain(subject: str) -> str:
    if set("/=&") & set(subject):
        raise ValueError("subject")
    return subject


type Money = Annotated[Decimal, Field(ge=Decimal("0.01"), le=Decimal("100000000"), decimal_places=2)]
type Minutes = Annotated[int, BeforeValidator(_minutes)]
type Number = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[0-9A-Za-z_-]+$")]


class Content(BaseModel):
    """`biz_content`. What is not known is ignored, as the real one does."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Pay(Content):
    """`alipay.trade.precreate`, `.wap.pay`, `.page.pay`."""

    out_trade_no: Number
    total_amount: Money
    subject: Annotated[str, Field(min_length=1, max_length=256), AfterValidator(_plain)]
    seller_id: Literal["2088000000000001"] | None = None
    product_code: str | None = None
    time_expire: datetime | None = None
    timeout_express: Minutes | None = None
    qr_code_timeout_express: Minutes | None = None
    quit_url: str | None = None


class Create(Pay):
    """`alipay.trade.create` in a mini program: who buys, and where."""

    product_code: Literal["JSAPI_PAY"]
    op_app_id: Annotated[str, Field(pattern=r"^20219\d{11}$")]
    buyer_id: Annotated[str, Field(pattern=r"^2088\d{12}$")] | None = None
    op_buyer_open_id: Annotated[str, Field(min_length=1, max_length=128)] | None = None

    @model_validator(mode="after")
    def _somebody_buys(self) -> Self:
        """An open_id is the mini program's; `buyer_open_id` would be of the application that signs."""
        if (self.buyer_id is None) == (self.op_buyer_open_id is None):
            raise ValueError("buyer_id or op_buyer_open_id")
        return self


class Which(Content):
    """A trade by our number or Alipay's."""

    out_trade_no: str | None = None
    trade_no: str | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if not self.out_trade_no and not self.trade_no:
            raise ValueError("out_trade_no or trade_no")
        return self


class Refund(Which):
    """`alipay.trade.refund`."""

    refund_amount: Money
    out_request_no: Number | None = None


class RefundQuery(Which):
    """`alipay.trade.fastpay.refund.query`."""

    out_request_no: Number


class BillUrl(Content):
    """`alipay.data.dataservice.bill.downloadurl.query`: bills of days; months are not made here."""

    bill_type: Literal["trade", "signcustomer"]
    bill_date: date


class Methods:
    """The methods. Each raises TradeError (refused: 40004) or ValidationError."""

    def __init__(self, ledger: Ledger, state: State, clock: Clock) -> None:
        self._ledger, self._state, self._clock = ledger, state, clock
        self.by_name: dict[str, Callable[[str, str, str | None], Answer]] = {
            "alipay.trade.precreate": self._precreate,
            "alipay.trade.create": self._create,
            "alipay.trade.query": self._query,
            "alipay.trade.close": self._close,
            "alipay.trade.refund": self._refund,
            "alipay.trade.fastpay.refund.query": self._refund_query,
            "alipay.data.dataservice.bill.downloadurl.query": self._bill_url,
        }

    def page(self, method: str, content: str, *, notify_url: str | None, return_url: str | None) -> Trade:
        """Open the pay page of an order: there is a trade from now on."""
        asked = Pay.model_validate_json(content)
        if asked.product_code != {"wap": "QUICK_WAP_WAY", "page": "FAST_INSTANT_TRADE_PAY"}[method.split(".")[2]]:
            raise TradeError("ACQ.INVALID_PARAMETER", "参数无效: product_code")
        trade = self._offered(asked, DEFAULT_MINUTES, notify_url, return_url)
        return self._ledger.scan(trade, tell=False)

    def _offered(self, asked: Pay, minutes: int, notify_url: str | None, return_url: str | None = None) -> Trade:
        if asked.time_expire is not None:
            until = asked.time_expire.replace(tzinfo=SHANGHAI)
        else:
            until = self._clock.now() + timedelta(minutes=asked.timeout_express or minutes)
        if until <= self._clock.now():
            raise TradeError("ACQ.INVALID_PARAMETER", "参数无效: time_expire")
        return self._ledger.offer(
            asked.out_trade_no,
            asked.total_amount,
            asked.subject,
            until,
            notify_url=notify_url,
            return_url=return_url,
            quit_url=asked.quit_url,
        )

    def _precreate(self, content: str, origin: str, notify_url: str | None) -> Answer:
        asked = Pay.model_validate_json(content)
        trade = self._offered(asked, asked.qr_code_timeout_express or CODE_MINUTES, notify_url)
        return {"out_trade_no": trade.order, "qr_code": f"{origin}/alipay/qr/{trade.code}"}

    def _create(self, content: str, _origin: str, notify_url: str | None) -> Answer:
        """Open a trade for a buyer in a mini program: there is one from now on, and Alipay's number of it."""
        asked = Create.model_validate_json(content)
        return _names(self._ledger.scan(self._offered(asked, DEFAULT_MINUTES, notify_url), tell=False))

    def _query(self, content: str, _origin: str, _notify_url: str | None) -> Answer:
        trade = self._found(Which.model_validate_json(content))
        answer = _names(trade) | {
            "trade_status": trade.status,
            "total_amount": f"{trade.amount:.2f}",
            "buyer_user_id": BUYER_ID,
            "buyer_logon_id": BUYER_LOGIN,
        }
        if trade.paid_at is not None:
            paid = f"{trade.amount:.2f}"
            answer |= {"send_pay_date": wire_time(trade.paid_at), "receipt_amount": paid, "buyer_pay_amount": paid}
        return answer

    def _close(self, content: str, _origin: str, _notify_url: str | None) -> Answer:
        return _names(self._ledger.close(self._found(Which.model_validate_json(content))))

    def _refund(self, content: str, _origin: str, _notify_url: str | None) -> Answer:
        asked = Refund.model_validate_json(content)
        before = self._found(asked)
        if asked.out_request_no is None and asked.refund_amount != before.amount:
            raise TradeError("ACQ.INVALID_PARAMETER", "参数无效: out_request_no")
        request = asked.out_request_no or before.order
        after = self._ledger.refund(before, request, asked.refund_amount)
        return _names(after) | {
            "buyer_user_id": BUYER_ID,
            "buyer_logon_id": BUYER_LOGIN,
            "fund_change": "N" if after is before else "Y",
            "refund_fee": f"{after.refunded:.2f}",
            "gmt_refund_pay": wire_time(after.refunds[request].at),
        }

    def _refund_query(self, content: str, _origin: str, _notify_url: str | None) -> Answer:
        asked = RefundQuery.model_validate_json(content)
        trade = self._found(asked)
        refund = trade.refunds.get(asked.out_request_no)
        if refund is None:
            return {}  # 10000 all the same: the query worked
        return _names(trade) | {
            "out_request_no": asked.out_request_no,
            "total_amount": f"{trade.amount:.2f}",
            "refund_amount": f"{refund.amount:.2f}",
            "refund_status": "REFUND_SUCCESS",
        }

    def _bill_url(self, content: str, origin: str, _notify_url: str | None) -> Answer:
        day = BillUrl.model_validate_json(content).bill_date
        now = self._clock.now()
        if day >= now.date():
            raise TradeError("INVALID_ARGUMENTS", "入参不合法")
        if not is_ready(day, now) or not rows_of(day, self._ledger.all()):
            raise TradeError("isp.bill_not_exist", "账单不存在")
        token = secrets.token_hex(16)
        until = now + timedelta(seconds=URL_SECONDS)
        self._state.put(("alipay", "", BILL, token, {"day": day.isoformat(), "until": until.isoformat()}))
        return {"bill_download_url": f"{origin}/alipay/bills/{token}?fileType=csv.zip&bizType=trade&userId={SELLER_ID}"}

    def _found(self, which: Which) -> Trade:
        return self._ledger.trade(which.out_trade_no, which.trade_no)


def _names(trade: Trade) -> Answer:
    return {"out_trade_no": trade.order, "trade_no": trade.trade_no}
