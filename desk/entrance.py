"""How a resident comes in who is known to another platform: the contract of channels whose residents use our own chat.

Such a channel (`channels/<name>.py`) has an object `ENTRANCE`. Its platform says who somebody is, by a signed link or a
code that the platform exchanges; the desk opens their lasting conversation. May not know any one platform.
"""

import importlib
import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Protocol, runtime_checkable

from aiohttp import ClientSession

import channels
from desk.certificate import Certificate
from desk.channel import Account
from desk.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class Entered:
    """Who comes in. `resident` is the platform's name for them: personal data.

    `once` is a word that may be used a single time, until `good_until`: used again, it is a replay.
    """

    resident: str
    language: str | None = None  # BCP 47
    once: str | None = None
    good_until: datetime | None = None
    certificate: Certificate | None = None


@runtime_checkable
class Entrance(Protocol):
    """The door of a platform. `pays_in_app`: its residents may pay by a trade that is opened in their name.

    `by_link`: the entry comes in a link, which anybody may have sent: who opens it says first that it is theirs, and
    `admit` asks nobody and uses nothing up.
    """

    pays_in_app: bool
    by_link: bool

    async def admit(self, http: ClientSession, account: Account, entry: str, at: datetime) -> Entered:
        """Read who comes in.

        Raises:
            Forged: the entry is not the platform's, is over, or is another account's.
            BackendError: the platform did not answer; `retryable` says whether it may later.
        """
        ...


@cache
def load_entrances() -> Mapping[str, Entrance]:
    """All entrances by channel.

    Raises:
        ConfigurationError: an `ENTRANCE` is none.
    """
    found: dict[str, Entrance] = {}
    for file in pkgutil.iter_modules(channels.__path__):
        entrance = getattr(importlib.import_module(f"channels.{file.name}"), "ENTRANCE", None)
        if entrance is None:
            continue
        if not isinstance(entrance, Entrance):
            raise ConfigurationError(f"channels/{file.name}.py: ENTRANCE must fulfil desk.entrance.Entrance.")
        found[file.name] = entrance
    return found
