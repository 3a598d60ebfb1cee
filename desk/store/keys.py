"""The secret of an installation, and what is made with it: sealed data and unguessable codes.

One secret, from which a key for each purpose is derived (HKDF, RFC 5869). What is sealed with AES-256-GCM can only be
opened as what it was sealed for. Losing the secret loses what was sealed: keep it with the backups, not in them.
"""

import base64
import contextlib
import hashlib
import hmac
import os
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from desk.contract.errors import ConfigurationError, DeskError

FILE = "secret.key"
SHORTEST = 32  # characters
NONCE_BYTES = 12

MISSING = (
    "There is no secret: {path} does not exist and DESK_SECRET_KEY is not set. Set it, the same for every process, to"
    " what this prints: python3 -c 'import secrets; print(secrets.token_urlsafe(48))'"
)


class Unsealable(DeskError):
    """What was sealed cannot be opened: the secret has changed, or the data were."""


class Keys:
    """The keys that follow from a secret.

    Raises:
        ConfigurationError: the secret is too short.
    """

    def __init__(self, secret: str) -> None:
        if len(secret) < SHORTEST:
            raise ConfigurationError(f"DESK_SECRET_KEY is too short: it needs {SHORTEST} random characters or more.")
        self._secret = secret.encode()

    def seal(self, plain: bytes, *, purpose: str, of: str) -> bytes:
        """Encrypt; `of` names the one thing that it belongs to."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + AESGCM(self._key(purpose)).encrypt(nonce, plain, of.encode())

    def open(self, sealed: bytes, *, purpose: str, of: str) -> bytes:
        """Decrypt what was sealed for the same purpose and thing.

        Raises:
            Unsealable: it was not, or not with this secret.
        """
        try:
            return AESGCM(self._key(purpose)).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], of.encode())
        except (InvalidTag, ValueError) as exc:
            raise Unsealable from exc

    def code(self, value: str, *, purpose: str, length: int) -> str:
        """A code that belongs to a value and nobody can guess: `length` characters of A-Z and 2-7."""
        return base64.b32encode(self.digest(value, purpose=purpose)).decode()[:length]

    def digest(self, value: str, *, purpose: str) -> bytes:
        """A keyed hash: equal values can be found by it, and not be read."""
        return hmac.digest(self._key(purpose), value.encode(), hashlib.sha256)

    def is_code(self, given: str, value: str, *, purpose: str, length: int) -> bool:
        """Whether a code is that of a value; case and the time it takes say nothing."""
        return secrets.compare_digest(given.upper().encode(), self.code(value, purpose=purpose, length=length).encode())

    def derived(self, purpose: str) -> bytes:
        """The key of a purpose itself, 32 bytes: for who may hold this one and not the secret."""
        return self._key(purpose)

    def _key(self, purpose: str) -> bytes:
        return HKDF(algorithm=SHA256(), length=32, salt=None, info=f"citydesk {purpose}".encode()).derive(self._secret)


def load(data_dir: Path, given: str | None) -> Keys:
    """The keys of the given secret, else of the one that `desk run` keeps in its data directory.

    Raises:
        ConfigurationError: there is neither, or it is too short.
    """
    if given is not None:
        return Keys(given)
    path = data_dir / FILE
    try:
        return Keys(path.read_text(encoding="ascii").strip())
    except OSError as exc:
        raise ConfigurationError(MISSING.format(path=path)) from exc


def make(data_dir: Path) -> None:
    """Make a secret for this data directory, unless there is one. Only its owner can read it."""
    path = data_dir / FILE
    if path.exists():
        return
    data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = data_dir / f"{FILE}.{os.getpid()}"
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        file.write(secrets.token_urlsafe(48) + "\n")
        file.flush()
        os.fsync(file.fileno())
    with contextlib.suppress(FileExistsError):  # another process was faster: its secret counts
        os.link(fresh, path)
    fresh.unlink()
