"""Asynchronous notifications of payments: is it Alipay's, for us, and what does it say. Source: Alipay's documents."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal
from urllib.parse import parse_qsl

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from desk.alipay import signing
from desk.alipay.answers import PAID, TradeStatus, Yuan, china_time
from desk.alipay.credentials import Credentials
from desk.contract.errors import DeskError

SUCCESS = "success"  # the whole body, after the commit: it will not be sent again
FAILURE = "failure"  # anything else: it is sent again after 4, 10, 10 min, 1, 2, 6 and 15 h
MOST_FIELDS = 100

type Reason = Literal["malformed", "unsigned", "forged", "other_app", "other_seller"]
MEANING: dict[Reason, str] = {
    "malformed": "It is no form with the fields of a notification.",
    "unsigned": "It has no signature of type RSA2.",
    "forged": "Its signature is not Alipay's.",
    "other_app": "It is for another application.",
    "other_seller": "The money is another seller's.",
}


class NotificationRefused(DeskError):
    """A notification is not to be believed; `reason` says why, and nothing of what it claims."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(f"The notification is refused: {MEANING[reason]}")
        self.reason = reason


@dataclass(frozen=True)
class Notification:
    """What Alipay says of a trade.

    After a refund `refund_request` is its number and `refunded` all that was paid back so far, in yuan.
    """

    notify_id: str
    order: str
    trade_no: str
    status: TradeStatus
    amount: str
    paid_at: datetime | None
    refund_request: str | None
    refunded: str | None

    @property
    def says_paid(self) -> bool:
        """Whether the money is there. After a partial refund it says so again."""
        return self.status in PAID


type Moment = Annotated[datetime, BeforeValidator(china_time)]


class _Form(BaseModel):
    """The fields that are read; others are signed too, and ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    notify_id: Annotated[str, Field(min_length=1, max_length=128)]
    app_id: str
    seller_id: str
    out_trade_no: Annotated[str, Field(min_length=1, max_length=64)]
    trade_no: Annotated[str, Field(min_length=1, max_length=64)]
    trade_status: TradeStatus
    total_amount: Yuan
    gmt_payment: Moment | None = None
    out_biz_no: Annotated[str, Field(max_length=64)] | None = None
    refund_fee: Yuan | None = None


def read_notification(body: bytes, credentials: Credentials) -> Notification:
    """Read the body of a POST to our notify address (`application/x-www-form-urlencoded`, UTF-8).

    Raises:
        NotificationRefused: it is not Alipay's, not for us, or none at all.
    """
    form = _fields(body)
    if form.get("sign_type") != "RSA2" or not form.get("sign"):
        raise NotificationRefused("unsigned")
    texts = signing.notification_texts(form)
    if not any(signing.verify(text, form["sign"], credentials.alipay_key) for text in texts):
        raise NotificationRefused("forged")
    if form.get("app_id") != credentials.app_id:
        raise NotificationRefused("other_app")
    if form.get("seller_id") != credentials.seller_id:
        raise NotificationRefused("other_seller")
    try:
        read = _Form.model_validate({name: value for name, value in form.items() if value != ""})
    except ValidationError as exc:
        raise NotificationRefused("malformed") from exc
    return Notification(
        notify_id=read.notify_id,
        order=read.out_trade_no,
        trade_no=read.trade_no,
        status=read.trade_status,
        amount=read.total_amount,
        paid_at=read.gmt_payment,
        refund_request=read.out_biz_no,
        refunded=read.refund_fee,
    )


def _fields(body: bytes) -> dict[str, str]:
    try:
        pairs = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=True,
            encoding="utf-8",
            errors="strict",
            max_num_fields=MOST_FIELDS,
        )
    except ValueError as exc:
        raise NotificationRefused("malformed") from exc
    form = dict(pairs)
    if len(form) != len(pairs):  # one name, two values: which of them was signed cannot be told
        raise NotificationRefused("malformed")
    return form
