"""How a resident comes in who is known to another platform: the contract of channels whose residents use our own chat.

Such a channel (`channels/<name>.py`) has an object `LOGIN`. Its platform says who somebody is, by a signed link or a
code that the platform exchanges; the desk opens their lasting conversation.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, runtime_checkable

from aiohttp import ClientSession

from desk.contract.certificate import Certificate
from desk.contract.channel import Account


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """Who comes in. `resident` is the platform's name for them: personal data.

    `once` is a word that may be used a single time, until `good_until`: used again, it is a replay.
    """

    resident: str
    language: str | None = None  # BCP 47
    once: str | None = None
    good_until: datetime | None = None
    certificate: Certificate | None = None


@runtime_checkable
class Login(Protocol):
    """The door of a platform. `pays_in_app`: its residents may pay by a trade that is opened in their name.

    `by_link`: the entry comes in a link, which anybody may have sent: who opens it says first that it is theirs, and
    `admit` asks nobody and uses nothing up.
    """

    pays_in_app: bool
    by_link: bool

    async def admit(self, http: ClientSession, account: Account, entry: str, at: datetime) -> LoggedIn:
        """Read who comes in.

        Raises:
            Forged: the entry is not the platform's, is over, or is another account's.
            BackendError: the platform did not answer; `retryable` says whether it may later.
        """
        ...
