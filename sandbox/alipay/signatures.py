"""RSA2 as Alipay does it: SHA-256 with RSA (PKCS#1 v1.5) over text in UTF-8, in base64. Alipay's documents."""

import binascii
from base64 import b64decode, b64encode
from collections.abc import Mapping

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256


def text_of(params: Mapping[str, str], *, without: frozenset[str]) -> str:
    """The text that is signed: `name=value` in the order of names, joined by `&`, raw, without empty values.

    A request's is without `sign`, a notification's without `sign` and `sign_type`.
    """
    names = sorted(name for name, value in params.items() if value and name not in without)
    return "&".join(f"{name}={params[name]}" for name in names)


def sign(text: str, key: RSAPrivateKey) -> str:
    return b64encode(key.sign(text.encode("utf-8"), PKCS1v15(), SHA256())).decode("ascii")


def is_signed(text: str, signature: str, key: RSAPublicKey) -> bool:
    try:
        key.verify(b64decode(signature, validate=True), text.encode("utf-8"), PKCS1v15(), SHA256())
    except (InvalidSignature, binascii.Error, ValueError):
        return False
    return True
