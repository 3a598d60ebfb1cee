"""Finds the pretend platforms on which residents write: every `sandbox/<name>/platform.py`.

Such a module has two functions: `open_platform(setting)` makes the server, `account_of(city, identity)` says with what
secrets a city's account is known there; the same always, so that `desk run` can enter them in the desk.
"""

import base64
import hashlib
import hmac
import importlib
import importlib.util
import os
import pkgutil
import secrets
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Protocol, cast

from aiohttp import web

import sandbox

KEY_FILE = "platforms.key"
KEY_BYTES = 32


@dataclass(frozen=True)
class Identity:
    """Secrets that follow from one random key, made once in the data directory.

    `data_dir` is where a platform keeps what cannot follow from a key: key pairs.
    """

    key: bytes
    data_dir: Path

    def secret(self, *of: str, length: int = 40) -> str:
        """A secret of A-Z a-z 0-9 _ -, of at most 43 characters, that always follows from what it is for."""
        digest = hmac.digest(self.key, "\0".join(of).encode(), hashlib.sha256)
        return base64.urlsafe_b64encode(digest).decode()[:length]

    def number(self, *of: str, digits: int = 10) -> int:
        """A number of so many digits that always follows from what it is for."""
        digest = int.from_bytes(hmac.digest(self.key, "\0".join(of).encode(), hashlib.sha256))
        least: int = 10 ** (digits - 1)
        return least + digest % (9 * least)


@dataclass(frozen=True)
class PlatformAccount:
    """A city's account on a platform. `secrets` are the fields that the desk's channel of the same name asks for."""

    platform: str
    city: str
    slug: str
    platform_id: str
    secrets: dict[str, str]


@dataclass(frozen=True)
class Setting:
    """What a platform is made from. `desk_url`: where the desk's webhooks are until the desk says so itself."""

    cities: Sequence[str]
    clock: Callable[[], datetime]
    identity: Identity
    data_dir: Path
    desk_url: str | None = None


class Platform(Protocol):
    """The server of a platform. It calls `/<name>/…` its own, and `/_sandbox/<name>/…` for whoever steers it."""

    name: str

    def routes(self) -> Iterable[web.AbstractRouteDef]: ...

    def reload(self) -> None:
        """All cities were reset: everything is as at the beginning."""
        ...

    def lifetime(self, app: web.Application) -> AsyncIterator[None]:
        """A clean-up context of the application: what runs in the background while it does."""
        ...


def open_platforms(setting: Setting) -> list[Platform]:
    """All platforms."""
    return [cast("Platform", module.open_platform(setting)) for module in _modules()]


def accounts(data_dir: Path, cities: Iterable[str]) -> list[PlatformAccount]:
    """The accounts of cities on all platforms. The key is made if there is none."""
    identity, known = identity_in(data_dir), list(cities)
    return [cast("PlatformAccount", module.account_of(city, identity)) for module in _modules() for city in known]


def identity_in(data_dir: Path) -> Identity:
    """The identity of the sandbox in a data directory; made the first time, readable by its owner alone."""
    path = data_dir / "sandbox" / KEY_FILE
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(f".{os.getpid()}")
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(secrets.token_bytes(KEY_BYTES))
        try:
            os.link(fresh, path)
        except FileExistsError:  # another process was faster: its key counts
            pass
        finally:
            fresh.unlink()
    return Identity(path.read_bytes(), data_dir)


@cache
def _modules() -> tuple[ModuleType, ...]:
    found = [
        importlib.import_module(f"sandbox.{folder.name}.platform")
        for folder in pkgutil.iter_modules(sandbox.__path__)
        if folder.ispkg and importlib.util.find_spec(f"sandbox.{folder.name}.platform")
    ]
    return tuple(sorted(found, key=lambda module: module.__name__))
