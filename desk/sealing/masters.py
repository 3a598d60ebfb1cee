"""Master keys, which wrap the keys of conversations, and where they are kept.

Several are valid at once; the first is the current one, with which new keys are wrapped. Where they come from is a port
(`Custody`): the environment, a file, or a command that asks a key management system.
"""

import base64
import binascii
import contextlib
import hashlib
import hmac
import os
import re
import secrets
import shlex
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol
from uuid import UUID

from desk.contract.errors import ConfigurationError
from desk.store.keys import Keys, Unsealable

FILE = "master.keys"
KEY_BYTES = 32
NAME = re.compile(r"[A-Za-z0-9._-]{1,40}")
COMMAND_SECONDS = 20.0
OF_SECRET = "secret"  # the key that follows from the installation's secret
PURPOSE = "master of data keys"
RECEIPT = "session of a receipt of consent"
AUDIT = "audit"

WRONG = (
    "{where} is no list of master keys: line {line} is not NAME:KEY, with a name of letters, digits, . _ - and a key of"
    " 32 bytes in base64. Make one with: desk keys make"
)


@dataclass(frozen=True, slots=True)
class MasterKey:
    """A master key. Its name stands beside each key that it wraps."""

    name: str
    secret: bytes

    def __repr__(self) -> str:
        return f"MasterKey({self.name!r})"

    @property
    def line(self) -> str:
        """The line of a file of keys."""
        return f"{self.name}:{base64.urlsafe_b64encode(self.secret).decode()}"


class Custody(Protocol):
    """Who keeps the master keys."""

    @property
    def where(self) -> str:
        """For people: where they are."""
        ...

    def read(self) -> list[MasterKey]:
        """Read them, the current one first.

        Raises:
            ConfigurationError: they cannot be read.
        """
        ...

    def changed(self) -> bool:
        """Whether they may be others than were read last."""
        ...


class Given:
    """Keys of a setting: fixed while the process lives."""

    where = "DESK_MASTER_KEYS"

    def __init__(self, lines: str) -> None:
        self._lines = lines

    def read(self) -> list[MasterKey]:
        return parse(self._lines, self.where)

    def changed(self) -> bool:
        return False


class FromCommand:
    """Keys that a command prints: the port to a key management system, as `vault kv get -field=keys secret/desk`."""

    def __init__(self, command: str) -> None:
        self._command = command

    @property
    def where(self) -> str:
        return f"what {shlex.split(self._command)[0]} prints (DESK_MASTER_KEYS_COMMAND)"

    def read(self) -> list[MasterKey]:
        try:
            done = subprocess.run(
                shlex.split(self._command), capture_output=True, text=True, timeout=COMMAND_SECONDS, check=True
            )
        except (OSError, subprocess.SubprocessError) as exc:
            raise ConfigurationError(
                f"DESK_MASTER_KEYS_COMMAND failed: {type(exc).__name__}. No key was read."
            ) from exc
        return parse(done.stdout, self.where)

    def changed(self) -> bool:
        return False


class InFile:
    """Keys of a file that only its owner reads. All processes that see it learn of a change at once."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._seen: tuple[int, int] | None = None

    @property
    def where(self) -> str:
        return str(self.path)

    def read(self) -> list[MasterKey]:
        self._seen = self._mark()
        try:
            return parse(self.path.read_text(encoding="ascii"), self.where)
        except FileNotFoundError:
            return []
        except (OSError, UnicodeDecodeError) as exc:
            raise ConfigurationError(f"The master keys in {self.path} cannot be read: {exc}.") from exc

    def changed(self) -> bool:
        return self._mark() != self._seen

    def write(self, keys: Sequence[MasterKey]) -> None:
        """Replace the file, in one step."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self.path.with_name(f"{self.path.name}.{os.getpid()}")
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
            file.write("# The first key is the current one. docs/how-to/keep-keys.md\n")
            file.writelines(f"{key.line}\n" for key in keys)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self.path)

    def _mark(self) -> tuple[int, int] | None:
        with contextlib.suppress(OSError):
            found = self.path.stat()
            return found.st_mtime_ns, found.st_ino
        return None


class Masters:
    """The master keys of this process. Beside those in custody, the one of the secret stays valid, as the last.

    Raises:
        ConfigurationError: they cannot be read, or two have one name.
    """

    def __init__(self, custody: Custody, keys: Keys) -> None:
        self.custody = custody
        self._of_secret = MasterKey(OF_SECRET, keys.derived(PURPOSE))
        self._receipts = keys.derived(RECEIPT)
        self.audit_key = keys.derived(AUDIT)
        self._all: dict[str, MasterKey] = {}
        self._read()

    def session_hash(self, conversation_id: UUID) -> bytes:
        """What a receipt has in place of its session: a keyed hash, by a key that follows from the secret alone."""
        return hmac.digest(self._receipts, conversation_id.bytes, hashlib.sha256)

    @property
    def current(self) -> MasterKey:
        """The key that wraps."""
        return next(iter(self.all))

    @property
    def all(self) -> list[MasterKey]:
        """All that are valid, the current one first."""
        if self.custody.changed():
            self._read()
        return list(self._all.values())

    def of(self, name: str) -> MasterKey:
        """Find one by its name; where it is unknown, custody is asked anew.

        Raises:
            Unsealable: there is none of this name.
        """
        if name not in self._all:
            self._read()
        try:
            return self._all[name]
        except KeyError:
            raise Unsealable(f"The master key {name} is not in {self.custody.where}.") from None

    def _read(self) -> None:
        found = [*self.custody.read(), self._of_secret]
        self._all = {key.name: key for key in found}
        if len(self._all) < len(found):
            raise ConfigurationError(f"Two master keys in {self.custody.where} have one name.")


def fresh(at: datetime) -> MasterKey:
    """A new random master key, named by the day."""
    return MasterKey(f"{at:%Y-%m-%d}-{secrets.token_hex(2)}", secrets.token_bytes(KEY_BYTES))


def parse(lines: str, where: str) -> list[MasterKey]:
    """Read keys: one a line, or separated by commas; lines that begin with # say something to people.

    Raises:
        ConfigurationError: names the line, and never its content.
    """
    found = []
    for number, line in enumerate(re.split(r"[\n,]", lines), 1):
        said = line.strip()
        if not said or said.startswith("#"):
            continue
        name, _, encoded = said.partition(":")
        try:
            secret = base64.b64decode(encoded, altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            secret = b""
        if not NAME.fullmatch(name) or len(secret) != KEY_BYTES:
            raise ConfigurationError(WRONG.format(where=where, line=number))
        found.append(MasterKey(name, secret))
    return found
