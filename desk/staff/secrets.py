"""What members of staff log in with: passwords (argon2id), codes of authenticator apps (TOTP), random tokens."""

import asyncio
import base64
import hashlib
import secrets
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING

from desk.contract.errors import Conflict
from desk.contract.text import Text

if TYPE_CHECKING:  # loaded by who hashes, or asks for a code: a session that goes on needs neither
    from argon2 import PasswordHasher

SHORTEST, LONGEST = 12, 128  # characters of a password
DISTINCT = 6  # different characters in it, at least
GUESSES = 10**9  # so many tries, at least, by somebody who knows the common ones and how people change them (zxcvbn)
LOOKED_AT = 48  # characters of it that are looked at for that: 15 ms
TOKEN_BYTES = 32
STEP_SECONDS = 30
AT_ONCE = 2
ISSUER = "Citydesk"


@cache
def _hasher() -> "PasswordHasher":
    """argon2id with the second parameters of RFC 9106, 64 MiB."""
    from argon2 import PasswordHasher

    return PasswordHasher()


@cache
def nobody() -> str:
    """A hash that is looked at in place of that of a login that there is not, so that the time it takes says nothing.

    It is made up: to make one of a password would take 200 ms.
    """
    from argon2.low_level import ARGON2_VERSION

    hasher = _hasher()
    lengths = (hasher.salt_len, hasher.hash_len)
    salt, kept = (base64.b64encode(secrets.token_bytes(length)).decode().rstrip("=") for length in lengths)
    costs = f"m={hasher.memory_cost},t={hasher.time_cost},p={hasher.parallelism}"
    return f"$argon2id$v={ARGON2_VERSION}${costs}${salt}${kept}"


def check(password: str, login: str) -> None:
    """Refuse a password that is easily guessed.

    Raises:
        Conflict: it is too short or too long, too uniform, mostly the login, or made of what many people use.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        raise Conflict(
            f"A password has {SHORTEST} to {LONGEST} characters.",
            said=Text(key="console.error_password_length", args={"least": SHORTEST, "most": LONGEST}),
        )
    if len(set(password)) < DISTINCT:
        raise Conflict(
            f"This password is easily guessed: use at least {DISTINCT} different characters.",
            said=Text(key="console.error_password_uniform", args={"least": DISTINCT}),
        )
    if _is_mostly(login.lower(), password.lower()):
        raise Conflict(
            "This password is easily guessed: half of it or more is the login name.",
            said=Text(key="console.error_password_login"),
        )
    from zxcvbn import zxcvbn  # a tenth of a second, which no command needs but the one that sets a password

    if zxcvbn(password[:LOOKED_AT], user_inputs=[login, ISSUER])["guesses"] < GUESSES:
        raise Conflict(
            "This password is easily guessed: it is made of what many people use.",
            said=Text(key="console.error_password_common"),
        )


def _is_mostly(login: str, password: str) -> bool:
    """Whether half of a password or more is the login: one that stands in it among much else tells nobody the rest."""
    return 2 * password.count(login) * len(login) >= len(password)


async def hashed(password: str) -> str:
    """The hash that is kept of a password; computed off the loop, some 50 ms and 64 MiB."""
    async with _at_once():
        return await asyncio.to_thread(_hasher().hash, password)


async def is_password(kept: str | None, given: str) -> bool:
    """Whether a password is the one of a hash; without one, as long is calculated and the answer is no."""
    async with _at_once():
        return await asyncio.to_thread(_verified, kept, given)


@cache
def _of_loop(_: asyncio.AbstractEventLoop) -> asyncio.Semaphore:
    return asyncio.Semaphore(AT_ONCE)


def _at_once() -> asyncio.Semaphore:
    """So many are hashed at once in this process, whoever asks."""
    return _of_loop(asyncio.get_running_loop())


def _verified(kept: str | None, given: str) -> bool:
    from argon2.exceptions import InvalidHashError, VerificationError

    try:
        _hasher().verify(kept or nobody(), given)
    except (VerificationError, InvalidHashError):
        return False
    return kept is not None


def fresh_token() -> str:
    """A token that nobody can guess, of letters and digits: it stands whole in a link and behind an option."""
    return secrets.token_hex(TOKEN_BYTES)


def token_hash(token: str) -> bytes:
    """What is kept of a token."""
    return hashlib.sha256(token.encode(errors="surrogateescape")).digest()  # of a header or cookie, whatever its bytes


def fresh_totp() -> str:
    """A new secret for an authenticator app, in base 32."""
    import pyotp

    return pyotp.random_base32()


def totp_address(secret: str, login: str) -> str:
    """The otpauth:// address that an authenticator app reads from a QR code."""
    import pyotp

    return pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name=ISSUER)


def totp_step(secret: str, code: str, now: datetime, last: int | None) -> int | None:
    """The time step of which a code is; None: it is none of now, the step before or after, or was used already."""
    import pyotp

    given = "".join(code.split())
    current = int(now.timestamp()) // STEP_SECONDS
    for step in (current, current - 1, current + 1):
        expected = pyotp.TOTP(secret).generate_otp(step)
        if secrets.compare_digest(expected.encode(), given.encode()) and (last is None or step > last):
            return step
    return None
