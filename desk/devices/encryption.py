"""Encrypts what a device is told, so that its push service carries it and reads nothing (RFC 8291, by RFC 8188)."""

import base64
import binascii
from typing import cast

import http_ece
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey, generate_private_key

POINT_BYTES, AUTH_BYTES = 65, 16
LARGEST = 3_000  # bytes before: push services take 4,096 in all (RFC 8030, 7.2)


class Malformed(ValueError):
    """These are no keys of a browser."""


def decoded(value: str, length: int) -> bytes:
    """Bytes of base64 for addresses, with or without padding.

    Raises:
        Malformed: it is none, or not so long.
    """
    try:
        read = base64.b64decode(value + "=" * (-len(value) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as exc:
        raise Malformed from exc
    if len(read) != length:
        raise Malformed
    return read


def insist_on_keys(p256dh: str, auth: str) -> None:
    """See to it that these are a browser's keys: a point of P-256, and a secret.

    Raises:
        Malformed: they are not.
    """
    decoded(auth, AUTH_BYTES)
    try:
        EllipticCurvePublicKey.from_encoded_point(SECP256R1(), decoded(p256dh, POINT_BYTES))
    except ValueError as exc:
        raise Malformed from exc


def encrypt(plain: bytes, p256dh: str, auth: str) -> bytes:
    """Encrypt for a browser's keys; a fresh key and salt each time, one record."""
    if len(plain) > LARGEST:
        raise ValueError(f"{len(plain)} bytes are more than push services take.")
    return cast(
        bytes,
        http_ece.encrypt(
            plain,
            private_key=generate_private_key(SECP256R1()),
            dh=decoded(p256dh, POINT_BYTES),
            auth_secret=decoded(auth, AUTH_BYTES),
            version="aes128gcm",
        ),
    )
