"""Messages of Alipay's platform are believed as it may sign them: with `sign_type` or without, in UTF-8 or GBK."""

import base64
from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pydantic import SecretStr

from channels.alipay import CHANNEL, Secrets
from desk.contract.channel import Account, Delivery, Forged, Unsubscribed

AT = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
KEY = generate_private_key(65537, 2048)
PUBLIC = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
SECRETS = Secrets(
    app_id="2021900000000001", app_key=SecretStr("x"), alipay_public_key=SecretStr(PUBLIC), news_template="t"
)
ACCOUNT = Account(1, "alipay", "city", "hangzhou", SECRETS)


def withdrawal(charset: str, *, leaves_out: set[str], signed_as: str | None = None) -> Delivery:
    """A consent is withdrawn; its reason is Chinese, so that the charset matters."""
    form = {
        "notify_id": "1",
        "utc_timestamp": str(int(AT.timestamp() * 1000)),
        "msg_method": "alipay.open.auth.userauth.cancelled",
        "app_id": SECRETS.app_id,
        "version": "1.1",
        "biz_content": '{"open_id":"somebody","reason":"用户取消授权"}',
        "sign_type": "RSA2",
        "charset": charset,
    }
    text = "&".join(f"{name}={value}" for name, value in sorted(form.items()) if name not in leaves_out)
    sealed = KEY.sign(text.encode(signed_as or charset), PKCS1v15(), SHA256())
    body = urlencode({**form, "sign": base64.b64encode(sealed).decode()}, encoding=charset).encode()
    return Delivery("POST", {}, {}, body, AT)


@pytest.mark.parametrize("charset", ["utf-8", "GBK", "gb2312"])
@pytest.mark.parametrize("leaves_out", [{"sign", "sign_type"}, {"sign"}], ids=["V1", "V2"])
def test_a_withdrawal_is_heard_however_it_is_signed(charset: str, leaves_out: set[str]) -> None:
    """Nothing is sent to somebody who said that they want no more."""
    delivery = withdrawal(charset, leaves_out=leaves_out)
    CHANNEL.verify(ACCOUNT, delivery)
    [happened] = CHANNEL.parse(ACCOUNT, delivery)
    assert (happened.resident, happened.what) == ("somebody", Unsubscribed())


def test_another_charset_than_it_says_is_forged() -> None:
    """What is signed is what is read."""
    with pytest.raises(Forged):
        CHANNEL.verify(ACCOUNT, withdrawal("GBK", leaves_out={"sign"}, signed_as="utf-8"))
