"""Web Push without a push service: which addresses are called, how it is encrypted, and who signs."""

import base64
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, derive_private_key
from joserfc import jwt

from desk.devices.encryption import LARGEST, Malformed, encrypt, insist_on_keys
from desk.devices.services import PushServices, origin_of, push_services
from desk.devices.signing import signer
from desk.store.keys import Keys
from sandbox.push import Browser

NOW = datetime(2026, 12, 1, 9, tzinfo=UTC)
SERVICES = push_services("fcm.googleapis.com, *.notify.windows.com", "http://127.0.0.1:9000")
OLD, NEW = "o" * 40, "n" * 40


def decoded(value: str) -> bytes:
    return base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://fcm.googleapis.com/fcm/send/abc:def",
        "https://fcm.googleapis.com:443/fcm/send/abc",
        "https://FCM.googleapis.com/fcm/send/abc",
        "https://wns2-am3p.notify.windows.com/w/?token=a%2bb",
        "http://127.0.0.1:9000/push/abc",
    ],
)
def test_push_services_of_the_settings_are_called(endpoint: str) -> None:
    """By https, at the usual port; and the pretend one."""
    assert SERVICES.takes(endpoint)


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://fcm.googleapis.com/fcm/send/abc",
        "https://fcm.googleapis.com:8443/x",
        "https://fcm.googleapis.com.evil.example/x",
        "https://evil.example/fcm.googleapis.com",
        "https://fcm.googleapis.com@evil.example/x",
        "https://user:word@fcm.googleapis.com/x",
        "https://fcm.googleapis.com\\@evil.example/x",
        "https://fcm.googleapis.com#@evil.example/x",
        "https://notify.windows.com/x",
        "https://evilnotify.windows.com/x",
        "https://169.254.169.254/latest/meta-data",
        "https://127.0.0.1/push/abc",
        "http://127.0.0.1:9000/_sandbox/reset",
        "http://127.0.0.1:90001/push/abc",
        "http://127.0.0.1:9001/push/abc",
        "http://localhost:9000/push/abc",
        "https://[::1]/x",
        "https://[broken/x",
        "https://fcm.googleapis.com:port/x",
        "file:///etc/passwd",
        "https://fcm.googleapis.com/a b",
        "https://fcm.googleapis.com/\r\nHost: evil",
        "https://ｆcm.googleapis.com/x",
        "https://fcm.googleapis.com/" + "a" * 1_000,
        "",
    ],
)
def test_no_other_address_is_called(endpoint: str) -> None:
    """A browser names the address: what is no push service of the settings is nowhere."""
    assert not SERVICES.takes(endpoint)


def test_nobody_is_asked_where_no_push_service_is_named() -> None:
    """The pretend one is none that a browser has."""
    assert not PushServices((), "http://127.0.0.1:9000").any
    assert not push_services(" , ", None).any
    assert SERVICES.any


def test_the_pretend_service_reads_the_message_of_the_standard() -> None:
    """RFC 8291, 5: so what it reads of ours is what any browser reads."""
    private = derive_private_key(int.from_bytes(decoded("q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94")), SECP256R1())
    browser = Browser(None, private, decoded("BTBZMqHH6r4Tts7J_aSIgg"))
    body = decoded(
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3j"
        "l7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )
    assert browser.read(body) == b"When I grow up, I want to be a watermelon"


def test_what_is_encrypted_is_read_by_that_browser_alone() -> None:
    """Each time otherwise; another browser reads nothing."""
    browser, other = Browser(None), Browser(None)
    keys = [base64.urlsafe_b64encode(one).decode().rstrip("=") for one in (browser.point, browser.auth)]
    first, second = (encrypt("您有新消息".encode(), *keys) for _ in range(2))
    assert first != second
    assert browser.read(first).decode() == "您有新消息"
    with pytest.raises(Exception, match="not for this browser"):
        other.read(first)
    with pytest.raises(ValueError, match="more than"):
        encrypt(b"x" * (LARGEST + 1), *keys)


@pytest.mark.parametrize(
    ("p256dh", "auth"),
    [("", "a" * 22), ("B" * 87, "a" * 22), ("A" * 87, "a" * 22), ("!" * 87, "a" * 22), ("钥" * 20, "a" * 22)],
)
def test_keys_that_are_no_browsers_are_refused(p256dh: str, auth: str) -> None:
    """Also a point that is not on the curve."""
    with pytest.raises(Malformed):
        insist_on_keys(p256dh, auth)


def test_who_sends_is_signed_by_a_key_of_the_secret() -> None:
    """The same in every process; for one push service, and less than a day."""
    ours, again = signer(Keys(NEW), "mailto:it@city.example"), signer(Keys(NEW), "mailto:it@city.example")
    assert ours.public == again.public != signer(Keys(OLD), "").public
    assert (decoded(ours.public)[0], len(decoded(ours.public))) == (4, 65)
    said = ours.authorization(ours.public, origin_of("https://push.example:443/a/b?c"), NOW)
    token, key = said.removeprefix("vapid t=").split(", k=")
    read = jwt.decode(token, ours.pairs[0].private, algorithms=["ES256"])
    assert (read.claims["aud"], read.claims["sub"]) == ("https://push.example:443", "mailto:it@city.example")
    assert timedelta() < datetime.fromtimestamp(read.claims["exp"], UTC) - NOW < timedelta(days=1)
    assert (key, read.header["alg"]) == (ours.public, "ES256")
    assert "private" not in repr(ours.pairs[0])


def test_a_browser_of_the_secret_before_is_told_while_that_is_valid() -> None:
    """New browsers are asked for the new key; a key that is none of ours signs nothing."""
    before = signer(Keys(OLD), "")
    meanwhile, after = signer(Keys(NEW, valid=[OLD], data=OLD), ""), signer(Keys(NEW), "")
    assert meanwhile.knows(before.public)
    assert meanwhile.public == after.public != before.public
    assert not after.knows(before.public)
    with pytest.raises(KeyError):
        after.authorization(before.public, "https://push.example", NOW)
    token = meanwhile.authorization(before.public, "https://push.example", NOW).removeprefix("vapid t=").split(",")[0]
    assert jwt.decode(token, before.pairs[0].private, algorithms=["ES256"]).claims["aud"] == "https://push.example"
