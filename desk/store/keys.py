"""The secret of an installation, and what is made with it: sealed data and unguessable codes.

A secret, from which a key for each purpose is derived (HKDF, RFC 5869). It signs, and may be rotated: several are valid
meanwhile. What is kept (sealed values, keyed look-ups) hangs on a secret that stays, which is the same one unless
another is given. What is sealed with AES-256-GCM can only be opened as what it was sealed for. Losing that secret loses
what was sealed: keep it with the backups, not in them.
"""

import base64
import contextlib
import hashlib
import hmac
import os
import secrets
from collections.abc import Sequence
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


UNSAID = (
    "DESK_SECRET_KEYS_VALID is set without DESK_DATA_KEY. Set it to the secret that this installation began with, or"
    " what it sealed cannot be read any more; docs/how-to/keep-keys.md says how a secret is rotated."
)


class Unsealable(DeskError):
    """What was sealed cannot be opened: the secret has changed, or the data were."""


class Keys:
    """The keys that follow from a secret.

    Args:
        secret: signs.
        valid: further secrets, by which something may be signed too: older ones, and one that is to come.
        data: seals and looks up what is kept; None: `secret` does, unless it is being rotated.

    Raises:
        ConfigurationError: a secret is too short; or, once what is kept is asked for, several are valid and it is not
            said which of them stays. Who only signs (the actions) need not know.
    """

    def __init__(self, secret: str, *, valid: Sequence[str] = (), data: str | None = None) -> None:
        named = {"DESK_SECRET_KEY": [secret], "DESK_SECRET_KEYS_VALID": valid, "DESK_DATA_KEY": [data] if data else []}
        for name, given in named.items():
            if any(len(one) < SHORTEST for one in given):
                raise ConfigurationError(f"{name} is too short: it needs {SHORTEST} random characters or more.")
        self._valid = [one.encode() for one in (secret, *valid)]
        self._data = data.encode() if data else None if valid else secret.encode()
        self._made: dict[str, bytes] = {}

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

    def digest(self, value: str, *, purpose: str) -> bytes:
        """A keyed hash of what is kept: equal values can be found by it, and not be read. It does not rotate."""
        return _mac(self._key(purpose), value)

    def lasting_code(self, value: str, *, purpose: str, length: int) -> str:
        """As `code`, for what stands on paper or in the store for years: it does not rotate."""
        return _letters(self.digest(value, purpose=purpose), length)

    def is_lasting_code(self, given: str, value: str, *, purpose: str, length: int) -> bool:
        """Whether a lasting code is that of a value; as `is_code`."""
        made = self.lasting_code(value, purpose=purpose, length=length)
        return secrets.compare_digest(given.upper().encode(), made.encode())

    def derived(self, purpose: str) -> bytes:
        """The key of a purpose itself, 32 bytes, for what is kept: it does not rotate."""
        return self._key(purpose)

    def code(self, value: str, *, purpose: str, length: int) -> str:
        """A code that belongs to a value and nobody can guess: `length` characters of A-Z and 2-7."""
        return _letters(_mac(self.signing(purpose)[0], value), length)

    def is_code(self, given: str, value: str, *, purpose: str, length: int) -> bool:
        """Whether a code is that of a value, by any secret that is valid; case and the time it takes say nothing."""
        codes = [_letters(_mac(key, value), length) for key in self.signing(purpose)]
        return any(secrets.compare_digest(given.upper().encode(), one.encode()) for one in codes)

    def signature(self, value: str, *, purpose: str, length: int) -> bytes:
        """A keyed hash that is given out: its first `length` bytes, of 32."""
        return _mac(self.signing(purpose)[0], value)[:length]

    def is_signature(self, given: bytes, value: str, *, purpose: str, length: int) -> bool:
        """Whether this is the signature of a value, by any secret that is valid."""
        return any(secrets.compare_digest(given, _mac(key, value)[:length]) for key in self.signing(purpose))

    def signing(self, purpose: str) -> tuple[bytes, ...]:
        """The keys of a purpose, 32 bytes each, by which something may be signed; the first is the one to sign by."""
        return tuple(_derived(secret, purpose) for secret in self._valid)

    def _key(self, purpose: str) -> bytes:
        if self._data is None:
            raise ConfigurationError(UNSAID)
        found = self._made.get(purpose)
        if found is None:  # purposes are few, and deriving takes longer than what a key is used for
            found = self._made[purpose] = _derived(self._data, purpose)
        return found


def _derived(secret: bytes, purpose: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=f"citydesk {purpose}".encode()).derive(secret)


def _mac(key: bytes, value: str) -> bytes:
    return hmac.digest(key, value.encode(), hashlib.sha256)


def _letters(made: bytes, length: int) -> str:
    return base64.b32encode(made).decode()[:length]


def load(data_dir: Path, given: str | None, *, valid: Sequence[str] = (), data: str | None = None) -> Keys:
    """The keys of the given secret, else of the one that `desk run` keeps in its data directory; others as `Keys`.

    Raises:
        ConfigurationError: there is neither, one is too short, or it is not said which stays.
    """
    if given is not None:
        return Keys(given, valid=valid, data=data)
    path = data_dir / FILE
    try:
        return Keys(path.read_text(encoding="ascii").strip(), valid=valid, data=data)
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
