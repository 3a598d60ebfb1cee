"""Signatures of declared channels, in and out."""

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping

from desk.contract.channel import Delivery, Forged
from desk.platforms.declared.declaration import Signature
from desk.platforms.declared.template import joined

LONGEST_MOMENT = 16  # digits
NONCE = re.compile(r"[A-Za-z0-9_.=+/-]{8,128}")


def verify(declared: Signature, key: str, delivery: Delivery, path: str) -> None:
    """Refuse a request that is not the platform's, or too old.

    Raises:
        Forged: so it is.
    """
    given = delivery.headers.get(declared.header.lower(), "")
    said: dict[str, str] = {"method": delivery.method, "path": path}
    if declared.timestamp is not None:
        said["timestamp"] = _moment(declared, delivery)
    if declared.nonce is not None:
        said["nonce"] = delivery.headers.get(declared.nonce.lower(), "")
        if not NONCE.fullmatch(said["nonce"]):
            raise Forged("There is no nonce.")
    expected = signed(declared, key, said, delivery.body)
    if not hmac.compare_digest(given.encode(), expected.encode()):
        raise Forged("The signature is not the platform's.")


def signed(declared: Signature, key: str, said: Mapping[str, str], body: bytes) -> str:
    """What stands in the header: the HMAC of `of`, with what is `said` and the body in it."""
    content = joined(declared.of, {**{name: value.encode() for name, value in said.items()}, "body": body})
    mac = hmac.new(key.encode(), content, getattr(hashlib, declared.algorithm)).digest()
    written = mac.hex() if declared.encoding == "hex" else base64.b64encode(mac).decode()
    return declared.prefix + written


def now_in(declared: Signature, seconds: float) -> str:
    """A moment as the declaration writes it."""
    in_milliseconds = declared.timestamp is not None and declared.timestamp.unit == "milliseconds"
    return str(int(seconds * 1000) if in_milliseconds else int(seconds))


def _moment(declared: Signature, delivery: Delivery) -> str:
    assert declared.timestamp is not None
    given = delivery.headers.get(declared.timestamp.header.lower(), "")
    if not (given.isascii() and given.isdigit() and len(given) <= LONGEST_MOMENT):
        raise Forged("There is no time.")
    seconds = int(given) / (1000 if declared.timestamp.unit == "milliseconds" else 1)
    if abs(delivery.at.timestamp() - seconds) > declared.window.total_seconds():
        raise Forged("It is too old, or a clock is wrong.")
    return given
