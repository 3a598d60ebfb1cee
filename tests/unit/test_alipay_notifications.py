"""A notification is believed only if it is Alipay's, ours, and whole."""

from datetime import datetime
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from desk.alipay import signing
from desk.alipay.credentials import Credentials
from desk.alipay.notifications import NotificationRefused, read_notification

ALIPAY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
STRANGER = rsa.generate_private_key(public_exponent=65537, key_size=2048)
WE = Credentials("http://127.0.0.1:1/", "2021000000000001", "2088000000000001", STRANGER, ALIPAY.public_key())
PAID = {
    "notify_time": "2026-11-24 10:01:00",
    "notify_type": "trade_status_sync",
    "notify_id": "2026112400222100100000000000000001",
    "app_id": WE.app_id,
    "seller_id": WE.seller_id,
    "charset": "utf-8",
    "version": "1.0",
    "trade_no": "2026112422001400000000000001",
    "out_trade_no": "202611240000000001",
    "trade_status": "TRADE_SUCCESS",
    "total_amount": "200.00",
    "gmt_payment": "2026-11-24 10:00:58",
    "subject": "违章罚款 A&B=C %2B +",
    "fund_bill_list": '[{"amount":"200.00","fundChannel":"ALIPAYACCOUNT"}]',
}


def body(form: dict[str, str], *, key: rsa.RSAPrivateKey = ALIPAY, text: int = 0, **after: str) -> bytes:
    """A form signed over the text with (0) or without (1) empty values, and changed `after` that."""
    sign = signing.sign(signing.notification_texts(form)[text], key)
    return urlencode(form | {"sign_type": "RSA2", "sign": sign} | after).encode()


def reason(raw: bytes) -> str:
    """Why a body is refused."""
    with pytest.raises(NotificationRefused) as caught:
        read_notification(raw, WE)
    return caught.value.reason


def test_payment_is_read() -> None:
    """With its amount, its time in Shanghai, and no refund."""
    read = read_notification(body(PAID), WE)
    assert (read.order, read.trade_no, read.amount) == (PAID["out_trade_no"], PAID["trade_no"], "200.00")
    assert read.paid_at == datetime(2026, 11, 24, 10, 0, 58, tzinfo=ZoneInfo("Asia/Shanghai"))
    assert (read.says_paid, read.refund_request, read.refunded) == (True, None, None)


@pytest.mark.parametrize(
    ("status", "paid"),
    [("WAIT_BUYER_PAY", False), ("TRADE_SUCCESS", True), ("TRADE_FINISHED", True), ("TRADE_CLOSED", False)],
)
def test_paid_is_success_or_finished(status: str, paid: bool) -> None:
    """A trade that can no longer be refunded is paid too."""
    assert read_notification(body(PAID | {"trade_status": status}), WE).says_paid is paid


def test_refund_is_read() -> None:
    """Its request number, and the sum so far; parts of seconds in its time do no harm."""
    form = PAID | {"out_biz_no": "r1", "refund_fee": "50.0", "gmt_refund": "2026-11-24 11:00:00.123"}
    read = read_notification(body(form), WE)
    assert (read.refund_request, read.refunded) == ("r1", "50.00")


@pytest.mark.parametrize("text", [0, 1], ids=["signed with them", "signed without them"])
def test_empty_values_are_signed_or_not(text: int) -> None:
    """Documents say that there are none; both ways of signing them are understood, and they are read as absent."""
    read = read_notification(body(PAID | {"out_biz_no": "", "body": ""}, text=text), WE)
    assert read.refund_request is None


@pytest.mark.parametrize("field", sorted(PAID))
def test_any_changed_field_is_a_forgery(field: str) -> None:
    """Also those that nobody reads."""
    assert reason(body(PAID, **{field: PAID[field] + "0"})) == "forged"


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        pytest.param(body(PAID, key=STRANGER), "forged", id="signed by another"),
        pytest.param(body(PAID, sign="AA=="), "forged", id="no signature"),
        pytest.param(body(PAID, sign=""), "unsigned", id="empty signature"),
        pytest.param(urlencode(PAID).encode(), "unsigned", id="without signature"),
        pytest.param(body(PAID, sign_type="RSA"), "unsigned", id="SHA-1"),
        pytest.param(body(PAID, extra="1"), "forged", id="one more field"),
        pytest.param(body(PAID) + b"&total_amount=0.01", "malformed", id="one field twice"),
        pytest.param(body(PAID | {"app_id": "2021000000000002"}), "other_app", id="another app"),
        pytest.param(body(PAID | {"seller_id": "2088000000000002"}), "other_seller", id="another seller"),
        pytest.param(body({k: v for k, v in PAID.items() if k != "seller_id"}), "other_seller", id="no seller"),
        pytest.param(body(PAID | {"trade_status": "TRADE_PENDING"}), "malformed", id="unknown status"),
        pytest.param(body(PAID | {"total_amount": "NaN"}), "malformed", id="no amount"),
        pytest.param(body(PAID | {"total_amount": "200.005"}), "malformed", id="half a cent"),
        pytest.param(body(PAID | {"gmt_payment": "yesterday"}), "malformed", id="no time"),
        pytest.param(body({k: v for k, v in PAID.items() if k != "out_trade_no"}), "malformed", id="no order"),
        pytest.param(b"", "unsigned", id="nothing"),
        pytest.param(b'{"out_trade_no":"1"}', "malformed", id="JSON"),
        pytest.param("a=水费".encode(), "malformed", id="bare UTF-8"),
        pytest.param(b"a=%ff&sign_type=RSA2&sign=AA", "malformed", id="not UTF-8"),
        pytest.param("&".join(f"f{n}=1" for n in range(101)).encode(), "malformed", id="too many fields"),
    ],
)
def test_what_is_not_believed_says_why(raw: bytes, why: str) -> None:
    """Each has its reason."""
    assert reason(raw) == why


def test_refusals_repeat_nothing_of_what_was_claimed() -> None:
    """The message may be logged: it holds no number, no amount and no name."""
    with pytest.raises(NotificationRefused) as caught:
        read_notification(body(PAID, key=STRANGER), WE)
    assert not any(value in str(caught.value) for value in PAID.values())


def test_credentials_do_not_show_their_keys() -> None:
    """What is printed of them names app and seller alone."""
    assert "RSA" not in repr(WE)
