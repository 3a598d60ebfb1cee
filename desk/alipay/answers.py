"""What Alipay's gateway answers, as far as we read it. Source: Alipay's open-platform documents.

Amounts are yuan as strings with two decimals. Times on the wire are China's, without a zone.
"""

from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

CHINA = ZoneInfo("Asia/Shanghai")

type TradeStatus = Literal["WAIT_BUYER_PAY", "TRADE_SUCCESS", "TRADE_FINISHED", "TRADE_CLOSED"]

PAID: frozenset[TradeStatus] = frozenset({"TRADE_SUCCESS", "TRADE_FINISHED"})


def yuan(text: str) -> str:
    """Write an amount with two decimals: `12.3` is `12.30`.

    Raises:
        ValueError: it is no amount of money.
    """
    try:
        amount = Decimal(text)
        cents = amount.quantize(Decimal("0.01"))
    except InvalidOperation as exc:
        raise ValueError("no amount of yuan") from exc
    if cents != amount:
        raise ValueError("an amount of yuan has at most two decimals")
    return f"{cents:f}"


def china_time(text: object) -> datetime:
    """Read a time such as `2026-11-24 10:00:58`, with or without parts of a second.

    Raises:
        ValueError: it is none.
    """
    if not isinstance(text, str):
        raise ValueError("no time")
    return datetime.fromisoformat(text).replace(tzinfo=CHINA)


type Yuan = Annotated[str, AfterValidator(yuan)]


class Answer(BaseModel):
    """Members of an answer that we read; others are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Trade(Answer):
    """`alipay.trade.query`. `TRADE_CLOSED` is both: never paid in time, and wholly refunded (then `paid_at` is set)."""

    out_trade_no: str
    trade_no: str
    trade_status: TradeStatus
    total_amount: Yuan
    paid_at: Annotated[datetime, BeforeValidator(china_time)] | None = Field(None, alias="send_pay_date")


class QrCode(Answer):
    """`alipay.trade.precreate`: the text of the QR code, which is an address."""

    out_trade_no: str
    qr_code: str


class Created(Answer):
    """`alipay.trade.create`: there is a trade from now on."""

    out_trade_no: str
    trade_no: str


class Token(Answer):
    """`alipay.system.oauth.token`. Applications made since 2023 are given an open_id instead of a user_id."""

    access_token: str
    user_id: str | None = None
    open_id: str | None = None


class Person(Answer):
    """`alipay.user.info.share`. Who is certified (`T`) has proved to Alipay who they are; name and number come only to
    applications that were granted them, and are absent else."""

    user_id: str | None = None
    open_id: str | None = None
    is_certified: str | None = None
    user_name: str | None = None
    cert_type: str | None = None
    cert_no: str | None = None


class Refund(Answer):
    """`alipay.trade.refund`. `refund_fee` is all that has been refunded of the trade, by this request and others;
    `fund_change` N says that no money moved by this call: the request number was carried out before."""

    out_trade_no: str
    trade_no: str
    refund_fee: Yuan
    fund_change: Literal["Y", "N"] = "N"


class RefundState(Answer):
    """`alipay.trade.fastpay.refund.query`: done only if `refund_status` says so; absent is not done."""

    refund_status: str | None = None
    refund_amount: Yuan | None = None


class BillAddress(Answer):
    """`alipay.data.dataservice.bill.downloadurl.query`: an address that is good for 30 seconds."""

    bill_download_url: str
