"""Ciphers that data are sealed with: authenticated, 128 bits or more. A key is of one of them for good.

AES-256-GCM is the default; SM4-GCM (GB/T 32907-2016, RFC 8998) is for who must use the national algorithms.
"""

from collections.abc import Callable
from typing import Literal, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher as Primitive
from cryptography.hazmat.primitives.ciphers import algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

type CipherName = Literal["aes-256-gcm", "sm4-gcm"]

NONCE_BYTES = 12
TAG_BYTES = 16


class Cipher(Protocol):
    """One key of one algorithm. A nonce is never used twice with a key."""

    def encrypt(self, nonce: bytes, plain: bytes, about: bytes) -> bytes:
        """Encrypt; the tag comes last. `about` is authenticated too, and not kept."""
        ...

    def decrypt(self, nonce: bytes, sealed: bytes, about: bytes) -> bytes:
        """Decrypt.

        Raises:
            cryptography.exceptions.InvalidTag: it was sealed with another key, about something else, or changed.
        """
        ...


class Aes256Gcm:
    """AES-256-GCM (NIST SP 800-38D)."""

    def __init__(self, key: bytes) -> None:
        self._primitive = AESGCM(key)

    def encrypt(self, nonce: bytes, plain: bytes, about: bytes) -> bytes:
        return self._primitive.encrypt(nonce, plain, about)

    def decrypt(self, nonce: bytes, sealed: bytes, about: bytes) -> bytes:
        return self._primitive.decrypt(nonce, sealed, about)


class Sm4Gcm:
    """SM4 in GCM, with tags of 16 bytes."""

    def __init__(self, key: bytes) -> None:
        self._algorithm = algorithms.SM4(key)

    def encrypt(self, nonce: bytes, plain: bytes, about: bytes) -> bytes:
        worker = Primitive(self._algorithm, modes.GCM(nonce)).encryptor()
        worker.authenticate_additional_data(about)
        return worker.update(plain) + worker.finalize() + worker.tag

    def decrypt(self, nonce: bytes, sealed: bytes, about: bytes) -> bytes:
        if len(sealed) < TAG_BYTES:
            raise InvalidTag
        worker = Primitive(self._algorithm, modes.GCM(nonce, sealed[-TAG_BYTES:])).decryptor()
        worker.authenticate_additional_data(about)
        return worker.update(sealed[:-TAG_BYTES]) + worker.finalize()


# By name: the byte that stands for it in what is kept, the length of a key, and how one is used.
CIPHERS: dict[CipherName, tuple[int, int, Callable[[bytes], Cipher]]] = {
    "aes-256-gcm": (1, 32, Aes256Gcm),
    "sm4-gcm": (2, 16, Sm4Gcm),
}
NAMES: dict[int, CipherName] = {code: name for name, (code, _, _) in CIPHERS.items()}
