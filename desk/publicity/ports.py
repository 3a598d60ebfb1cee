"""What some channels can do besides messages: public posts, sending to subscribers, asking, and saying how long their
credentials hold.

A channel that can do one of these has the methods of its protocol; one that cannot needs nothing. The desk asks with
`isinstance`, and never by name.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, Protocol, runtime_checkable

from aiohttp import ClientSession

from desk.contract.channel import Account, Inbound, Outcome
from desk.contract.errors import Conflict

type Public = Literal["post", "mass"]
"""What an account says to many: a post for everybody, or a message for those who subscribed at the platform."""


class Unfit(Conflict):
    """A text cannot be posted on this platform. The message says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Illustration:
    """An image of a post, and what is to be seen on it."""

    content: bytes
    content_type: str
    alternative: str


@dataclass(frozen=True, slots=True)
class Standing:
    """How an account stands at its platform. `expires_in` is how long its credentials still hold, if they end."""

    good: bool
    expires_in: timedelta | None = None
    why: str = ""  # what is wrong, and what an operator does about it


@dataclass(frozen=True, slots=True)
class Seen:
    """What was found by looking, oldest first, and where to go on. `since` is the channel's own; it is kept."""

    happened: Sequence[Inbound]
    since: Mapping[str, str]


@runtime_checkable
class Posts(Protocol):
    """A platform where an account posts for everybody to read."""

    def compose(self, kind: Public, title: str, text: str, link: str) -> str:
        """Write it within the platform's rules. What does not fit is left to the page behind the link.

        Raises:
            Unfit: that cannot be; the message says what to change.
        """
        ...

    async def post(
        self, http: ClientSession, account: Account, text: str, image: Illustration | None = None
    ) -> Outcome:
        """Post it, with an image where the platform takes that one. Never raises for what platform or network do."""
        ...


@runtime_checkable
class SendsToMany(Protocol):
    """A platform that carries one text to many residents who subscribed there, also after the reply window."""

    subscribers_at_once: int

    def compose(self, kind: Public, title: str, text: str, link: str) -> str:
        """Write it within the platform's rules. What does not fit is left to the page behind the link.

        Raises:
            Unfit: that cannot be; the message says what to change.
        """
        ...

    async def send_to_subscribers(
        self, http: ClientSession, account: Account, residents: Sequence[str], text: str
    ) -> Outcome:
        """Hand the text over for at most `subscribers_at_once` residents. `Sent` means accepted, not delivered."""
        ...


@runtime_checkable
class Expires(Protocol):
    """A platform whose credentials end by themselves."""

    async def standing(self, http: ClientSession, account: Account) -> Standing:
        """Ask how the account stands.

        Raises:
            BackendError: the platform did not say.
        """
        ...


@runtime_checkable
class Watches(Protocol):
    """A platform that does not push all that is said of an account in public: the desk looks now and then."""

    async def look(self, http: ClientSession, account: Account, since: Mapping[str, str]) -> Seen:
        """Look what was said since. `since` is empty the first time, later what the last look answered.

        Raises:
            BackendError: the platform did not say.
        """
        ...
