"""RSA2 signatures of Alipay's open platform (gateway v2). Source: Alipay's documents.

RSA2 is RSA-PKCS1v15 with SHA-256 over UTF-8 text, in base64.
"""

import base64
import binascii
import json
from collections.abc import Collection, Mapping

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.serialization import (
    load_der_private_key,
    load_der_public_key,
    load_pem_private_key,
    load_pem_public_key,
)

from desk.contract.errors import ConfigurationError

PEM = "-----BEGIN"
V1, V2 = frozenset({"sign", "sign_type"}), frozenset({"sign"})
"""What the signature of a notification leaves out; payments are V1, messages of the platform either."""


def private_key(text: str) -> RSAPrivateKey:
    """Read a private key: PEM, or the bare base64 that Alipay's key tool writes (PKCS#1 or PKCS#8).

    Raises:
        ConfigurationError: it is none.
    """
    try:
        if PEM in text:
            key = load_pem_private_key(text.encode(), password=None)
        else:
            key = load_der_private_key(base64.b64decode(text), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as exc:  # TypeError: it has a password
        raise ConfigurationError("Alipay's application key is no RSA private key without a password, as PEM.") from exc
    if not isinstance(key, RSAPrivateKey):
        raise ConfigurationError("Alipay's application key is not an RSA key.")
    return key


def public_key(text: str) -> RSAPublicKey:
    """Read a public key: PEM, or the bare base64 that Alipay's console shows.

    Raises:
        ConfigurationError: it is none.
    """
    try:
        key = load_pem_public_key(text.encode()) if PEM in text else load_der_public_key(base64.b64decode(text))
    except (ValueError, UnsupportedAlgorithm) as exc:
        raise ConfigurationError("Alipay's public key is no RSA public key, as PEM.") from exc
    if not isinstance(key, RSAPublicKey):
        raise ConfigurationError("Alipay's public key is not an RSA key.")
    return key


def sign(text: str, key: RSAPrivateKey) -> str:
    """Sign a text; base64."""
    return base64.b64encode(key.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())).decode()


def verify(text: str, signature: str, key: RSAPublicKey, *, charset: str = "utf-8") -> bool:
    """Say whether the signature is the key's over the text. Anything malformed is a no."""
    try:
        key.verify(
            base64.b64decode(signature, validate=True), text.encode(charset), padding.PKCS1v15(), hashes.SHA256()
        )
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return True


def request_text(params: Mapping[str, str]) -> str:
    """Make the text that a request's `sign` covers: all but `sign` and empty values, sorted, raw."""
    return "&".join(f"{name}={value}" for name, value in sorted(params.items()) if name != "sign" and value != "")


def notification_texts(params: Mapping[str, str], *, without: Collection[str] = V1) -> tuple[str, str]:
    """Make the texts that a notification's `sign` may cover: without some names, with all values and without the empty
    ones. The documents say that empty values do not occur; both are tried."""
    signed = {name: value for name, value in params.items() if name not in without}
    every = "&".join(f"{name}={value}" for name, value in sorted(signed.items()))
    filled = "&".join(f"{name}={value}" for name, value in sorted(signed.items()) if value != "")
    return every, filled


def response_node(raw: str, name: str) -> str | None:
    """Cut the JSON value of the first member `name` out of a response, exactly as it was signed; None when absent.

    Read this text and not the envelope: the envelope may have a second member of that name, which nobody signed.

    Raises:
        ValueError: what stands before it is not JSON.
    """
    decoder = json.JSONDecoder()
    position = raw.find("{") + 1
    if position == 0:
        return None
    while True:
        position = _skip(raw, position)
        if position >= len(raw) or raw[position] != '"':
            return None
        member, position = decoder.raw_decode(raw, position)
        position = _skip(raw, position)
        if position >= len(raw) or raw[position] != ":":
            return None
        start = _skip(raw, position + 1)
        _, position = decoder.raw_decode(raw, start)
        if member == name:
            return raw[start:position]
        position = _skip(raw, position)
        if position >= len(raw) or raw[position] != ",":
            return None
        position += 1


def _skip(raw: str, position: int) -> int:
    while position < len(raw) and raw[position] in " \t\r\n":
        position += 1
    return position
