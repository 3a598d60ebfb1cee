"""What a channel is: the contract between the desk and the files of `channels/`.

A channel translates and never decides. Its file holds one class that fulfils `Channel` and registers one object of it
as `CHANNEL`; the desk finds it by looking into the folder. It keeps nothing: accounts, the HTTP session and the clock
come as arguments. What the platform cannot show is written out by `render`, so that the text stays complete.
"""

import base64
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal, Protocol, runtime_checkable

from pydantic import BaseModel, JsonValue

from desk.contract.errors import DeskError
from desk.contract.rendered import RenderedMessage
from desk.contract.wire import Locale

if TYPE_CHECKING:
    from aiohttp import ClientSession

    from desk.contract.messages import Location


@dataclass(frozen=True, slots=True)
class Abilities:
    """What a platform can show, and how fast, as data.

    Lengths count `unit`s. `None` means that there is no bound, or that the platform has no such thing.
    """

    text_limit: int  # of one message
    unit: Literal["characters", "utf16", "utf8"] = "characters"
    buttons: int = 0  # in one message; with 0 choices are written as lines of the text
    button_title: int | None = None
    payload_limit: int | None = None  # bytes of UTF-8; a longer payload travels as a token that the desk keeps
    images: bool = False  # an image beside a message goes along, as a piece that is `beside`
    pushes: Literal["everything", "news", "nothing"] = "everything"  # news: what nobody has just asked for
    account_rate: float = 30.0  # messages a second of one account
    highest_rate: float | None = None  # and what it may be given instead; None: less only
    resident_rate: float = 1.0  # calls a second to one resident
    resident_burst: int = 1  # and at once, to one who got nothing lately
    reply_window: timedelta | None = None  # after the resident's last message; later nothing can be sent
    signs_once: tuple[str, timedelta] | None = None  # a signature's name in the query, where the body is not signed
    replay_window: timedelta | None = None  # older things are nobody's but a thief's; None: the signature is bounded
    tries_for: timedelta | None = None  # how long the platform brings a webhook again by itself; None: for hours
    keywords: bool = False  # residents write keywords rather than sentences: `desk/city/keywords.py` is asked first
    by_telephone: bool = False  # the platform calls residents by their telephone number

    @property
    def numbers(self) -> bool:
        """Whether choices are numbered lines and residents answer with a number: no buttons, and a place to write.

        News of a mini program cannot be answered: its choices stand in the program that they lead to.
        """
        return not self.buttons and self.pushes == "everything"

    def rate(self, given: float | None) -> float:
        """Messages a second of an account that was `given` a rate, or none."""
        return self.account_rate if given is None else min(given, self.highest_rate or self.account_rate)


@dataclass(frozen=True, slots=True)
class Account:
    """An account as a channel needs it. `secrets` are opened for this one use and never logged."""

    id: int
    channel: str
    slug: str
    city: str
    secrets: BaseModel  # an object of the channel's `Secrets`
    platform_id: str | None = None  # what the platform calls the account; public
    base_url: str | None = None  # the platform's address where it is not the usual one: the sandbox
    public_url: str = ""  # where the desk is reached, without a trailing slash

    @property
    def webhook(self) -> str:
        """Where the platform brings what happened."""
        return f"{self.public_url}/channels/{self.channel}/{self.slug}"


@dataclass(frozen=True, slots=True)
class Delivery:
    """A request of the platform, as it came."""

    method: str
    query: Mapping[str, str]
    headers: Mapping[str, str]  # names in lower case
    body: bytes
    at: datetime


class Forged(DeskError):
    """A request is not the platform's: no or a wrong signature or secret, or it is too old."""


class Malformed(DeskError):
    """A request of the platform is not what its documentation says."""


@dataclass(frozen=True, slots=True)
class TextReceived:
    """The resident typed a text."""

    text: str


@dataclass(frozen=True, slots=True)
class ButtonPressed:
    """The resident pressed a button that the desk had offered. `payload` is what the button carried, or its token.

    A token (`token_of`) is what a button carries whose payload the platform has no room for; the desk finds the payload
    among those that it offered.
    """

    payload: str


@dataclass(frozen=True, slots=True)
class CommandUsed:
    """The resident used a command or menu of the platform: the payload of one intent, which counts as offered."""

    payload: str


@dataclass(frozen=True, slots=True)
class LocationReceived:
    """The resident shared a place."""

    location: "Location"


@dataclass(frozen=True, slots=True)
class FileReceived:
    """The resident sent a file; `fetch` loads it. `size` in bytes, `text` what was written beside it."""

    reference: str
    kind: Literal["image", "voice", "document", "video"]
    size: int | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class MessageEdited:
    """The resident changed an earlier text: kept as history, never answered anew. `message` is the earlier one's id."""

    message: str
    text: str


@dataclass(frozen=True, slots=True)
class Subscribed:
    """The resident followed, subscribed or started. `entry` is what the link or code carried ("": it was pressed).

    Who comes for the first time is greeted; who comes again, with an entry, is greeted anew.
    """

    entry: str | None = None


@dataclass(frozen=True, slots=True)
class Unsubscribed:
    """The resident unfollowed, unsubscribed or blocked: nothing may be sent any more, until they come again."""


@dataclass(frozen=True, slots=True)
class Mentioned:
    """The account was mentioned in public. What is answered there is public: it invites to a private message."""

    post: str
    text: str
    kind: Literal["post", "comment"] = "post"


@dataclass(frozen=True, slots=True)
class DeliveryReported:
    """The platform tells, later, what became of something that it took. `message` is its id, as in `Sent`."""

    message: str
    arrived: bool


@dataclass(frozen=True, slots=True)
class EventIgnored:
    """Something that needs no answer; `why` is a word for the log and the measures."""

    why: str


type ChannelEvent = (
    TextReceived
    | ButtonPressed
    | CommandUsed
    | LocationReceived
    | FileReceived
    | MessageEdited
    | Subscribed
    | Unsubscribed
    | Mentioned
    | DeliveryReported
    | EventIgnored
)


@dataclass(frozen=True, slots=True)
class Inbound:
    """One thing that happened on the platform.

    `id` is unique in the account and always the same for the same thing: the platform's own, or made of what it says.
    `resident` is the platform's name for them: personal data. The desk keeps keyed hashes of both. `callback` is what
    `Channel.acknowledge` answers.
    """

    id: str
    resident: str
    at: datetime
    what: ChannelEvent
    name: str | None = None
    language: str | None = None  # as the platform says, BCP 47
    callback: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What the platform is answered at once, after everything was stored."""

    status: int = 200
    body: bytes = b""
    content_type: str = "text/plain"


@dataclass(frozen=True, slots=True)
class Piece:
    """One call of the platform that shows a message, or a part of it.

    `method` and `content` are the channel's own; `text` is what is read, as it counts against `Abilities.text_limit`.
    Of one that is `beside` the message is whole without it: refused, it is left out. Such pieces come last.
    """

    method: str
    content: dict[str, JsonValue]
    text: str
    beside: bool = False


@dataclass(frozen=True, slots=True)
class Sent:
    """The platform took it. `id` is its number there, if it gave one; `parts` what it charges for it, if it charges."""

    id: str | None = None
    parts: int = 0


@dataclass(frozen=True, slots=True)
class RetryAfter:
    """The platform did not take it, and said, or let see, that later it may. The account waits, if `account`.

    With `outage` the platform fails or cannot be reached: some in a row pause the account until it is back.
    """

    seconds: float
    why: str
    account: bool = True
    outage: bool = False


@dataclass(frozen=True, slots=True)
class Stopped:
    """The resident does not want anything any more, or cannot be reached."""

    why: str


@dataclass(frozen=True, slots=True)
class Rejected:
    """The platform will never take this. With `account` it takes nothing of this account: an operator must act."""

    why: str
    account: bool = False


@dataclass(frozen=True, slots=True)
class Moved:
    """The resident has another name on the platform now: send it there."""

    resident: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """Whether the platform took it is not known: it is never sent again blindly."""

    why: str


@dataclass(frozen=True, slots=True)
class MenuEntry:
    """Something that residents can do here. `titles` by language: zh_Hans, zh_Hant, en.

    `section` is the heading under which it stands where a menu has two levels.
    """

    payload: str
    titles: Mapping[Locale, str]
    section: Mapping[Locale, str]


type Outcome = Sent | RetryAfter | Stopped | Rejected | Moved | Unknown

EARLIEST = datetime(2009, 1, 1, tzinfo=UTC)  # no platform of ours is older
AHEAD = timedelta(days=1)  # so much may a platform's clock be ahead of ours
HALVES = re.compile("[\ud800-\udfff]")  # halves of characters: JSON can say them, no text can hold them
_CAPITAL = re.compile("(?<!^)(?=[A-Z])")
TOKEN_MARK = "~"  # begins no payload: those begin with "/"


def event_name(event: ChannelEvent) -> str:
    """What an event is called in measures and in tables of cases: `text_received`."""
    return _CAPITAL.sub("_", type(event).__name__).lower()


def whole(text: str) -> str:
    """A text with a mark in place of each half of a character."""
    return HALVES.sub("\ufffd", text)


def in_time(at: datetime, received: datetime) -> datetime:
    """When a platform says that something happened.

    Raises:
        Malformed: before there were such platforms, or later than its clock may be ahead of ours.
    """
    if not EARLIEST <= at <= received + AHEAD:
        raise Malformed("It is of no time that can be.")
    return at


def json_of(body: bytes) -> Any:
    """Read a request's JSON; its texts are whole.

    Raises:
        Malformed: it is none, or nested without end.
    """
    try:
        read = json.loads(body)
        if b"\\u" not in body:
            return read
        written = json.dumps(read, ensure_ascii=False)
        return json.loads(whole(written)) if HALVES.search(written) else read
    except (ValueError, RecursionError) as exc:
        raise Malformed("This is no JSON.") from exc


def token_of(payload: str) -> str:
    """The token of a payload: 27 characters of A-Z, 2-7 and `~`, which always follow from it."""
    return TOKEN_MARK + base64.b32encode(hashlib.sha256(payload.encode()).digest()).decode()[:26]


@runtime_checkable
class Channel(Protocol):
    """A platform on which residents write. All methods but the last five are pure.

    `render` must give the same pieces for the same message: after an interruption the rest of them is sent.
    """

    name: str
    abilities: Abilities
    Secrets: type[BaseModel]  # every field a SecretStr, or public configuration; documented

    def verify(self, account: Account, delivery: Delivery) -> None:
        """Refuse what is not the platform's.

        Raises:
            Forged: so it is.
        """
        ...

    def parse(self, account: Account, delivery: Delivery) -> Sequence[Inbound]:
        """Read what happened: several things, one, or none.

        Raises:
            Malformed: it cannot be read.
        """
        ...

    def answer(self, account: Account, delivery: Delivery, happened: Sequence[Inbound]) -> Answer:
        """What the platform is answered."""
        ...

    def render(self, message: RenderedMessage) -> Sequence[Piece]:
        """Write a message within the platform's bounds; words and links are never broken, and nothing is left out."""
        ...

    async def send(self, http: "ClientSession", account: Account, resident: str, piece: Piece) -> Outcome:
        """Show a piece to a resident. Never raises for what the platform or the network does."""
        ...

    async def acknowledge(self, http: "ClientSession", account: Account, happened: Inbound) -> None:
        """Tell the platform that a pressed button was seen, where it wants that and `answer` could not say it.

        Failures do not matter.
        """
        ...

    async def fetch(self, http: "ClientSession", account: Account, file: FileReceived, *, limit: int) -> bytes:
        """Load a file of at most `limit` bytes.

        Raises:
            PayloadTooLarge: it is larger.
            BackendError: the platform did not give it; `retryable` says whether it may later.
        """
        ...

    async def connect(self, http: "ClientSession", account: Account, menu: Sequence[MenuEntry]) -> Sequence[str]:
        """Set the account up at the platform: webhook, commands, menu. Answers in a sentence each what was done.

        `menu` has the services of the account's city first, then what concerns the account itself (/list_services,
        /change_language, /human_agent, /unsubscribe, …).

        Raises:
            BackendError: the platform refused; the message says what to do.
        """
        ...

    async def say_publicly(self, http: "ClientSession", account: Account, mention: Mentioned, text: str) -> Outcome:
        """Answer a mention where everybody reads it. A channel without public posts answers `Rejected`."""
        ...


@runtime_checkable
class Multicast(Protocol):
    """A channel whose platform can take one piece for many residents in one call."""

    def most_at_once(self, account: Account) -> int:
        """To so many residents a call may go; 1: the platform of this account takes them one by one."""
        ...

    async def send_to_many(
        self, http: "ClientSession", account: Account, residents: Sequence[str], piece: Piece
    ) -> Sequence[Outcome]:
        """Show a piece to each of some residents, all different. Answers what became of it, in their order.

        Never raises for what the platform or the network does.
        """
        ...


@runtime_checkable
class Charges(Protocol):
    """A channel whose platform charges a piece by its parts."""

    def charged(self, piece: Piece) -> int:
        """As so many parts a piece is charged at the most, whatever the account signs with."""
        ...


@runtime_checkable
class Polled(Protocol):
    """A channel that can also ask its platform what happened: for a computer that the platform cannot reach."""

    async def poll(
        self, http: "ClientSession", account: Account, after: str | None
    ) -> tuple[Sequence[Inbound], str | None]:
        """Wait some seconds for what happened after a mark; what came before counts as received from now on.

        Answers what happened, and the mark to go on with. `after` is None at first.

        Raises:
            BackendError: the platform refused, or cannot be reached.
        """
        ...
