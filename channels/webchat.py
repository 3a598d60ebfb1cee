"""The web chat channel: what the chat API receives and sends, and how it reads as messages of the desk.

The wire is that of `docs/reference/web-chat-api.md`; ids are strings, amounts yuan with two decimals, times carry their
offset. Unknown fields of a request are ignored, so that a newer page can talk to an older server.
"""

from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

from desk.contract.channel import whole
from desk.contract.messages import Location, Manner
from desk.contract.rendered import PaymentState, RenderedButton, RenderedCard, RenderedLink
from desk.contract.wire import Locale

NAME = "webchat"
TEXT_LIMIT = 10_000  # characters; the bot reads the first 1,000
CONTEXT_LIMIT = 80  # characters that are kept of what a page is about


def _whole(value: object) -> object:
    return whole(value) if isinstance(value, str) else value


type Slot = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_-]{1,128}$")]
"""A name of a page's own for a cookie: a new session takes the place of the one before."""

type Id = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]


class Received(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Sent(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SessionRequest(Received):
    """Opens a conversation with a city. Without `locale` the request's Accept-Language decides.

    `manner` is `elderly` for a conversation that is shorter, with fewer things at a time; residents may wish it later.
    `cookie` is for pages of this origin alone: the token is kept under that name in a cookie that no script reads.
    `context` says what the page is about that holds the chat, as its site wrote it: a clerk reads it, cut to
    `CONTEXT_LIMIT` characters, with numbers of persons masked.
    """

    city: Annotated[str, StringConstraints(max_length=100)]
    locale: Locale | None = None
    manner: Manner = "standard"
    cookie: Slot | None = None
    context: Annotated[Annotated[str, StringConstraints(max_length=1_000)] | None, BeforeValidator(_whole)] = None


class SessionOpened(Sent):
    """The token is shown once; keep it. None: a cookie keeps it. The greeting comes as the first event."""

    session: str
    token: str | None
    city: str
    locale: Locale


class SeenRequest(BaseModel):
    """Messages that a page showed, by the `seq` of their events."""

    model_config = ConfigDict(extra="forbid")
    seqs: Annotated[list[Annotated[int, Field(ge=1, le=2**62)]], Field(min_length=1, max_length=100)]


class PushKeys(Received):
    """A browser's keys, base64 for addresses: what it is told is encrypted for them (RFC 8291)."""

    p256dh: Annotated[str, StringConstraints(max_length=120)]
    auth: Annotated[str, StringConstraints(max_length=40)]


class PushRequest(Received):
    """A browser that wishes to be told that there is news, as its PushSubscription says it.

    `key` is that of ours which it admits; `announcements`: whether it wishes to be told of those, too.
    """

    endpoint: Annotated[str, StringConstraints(min_length=1, max_length=1_000)]
    keys: PushKeys
    key: Annotated[str, StringConstraints(max_length=120)]
    announcements: bool = False


class PushState(Sent):
    """Whether devices are told that there is news. `key`: what browsers are to admit; None: nobody is told here.

    `here`: whether this session's browser is told, by that key; `devices`: how many of this conversation are, a
    telephone by text message among them. `texts`: whether the city could tell by text message, and does not yet.
    """

    key: str | None
    here: bool
    announcements: bool
    devices: int
    texts: bool


class LooksRequest(Received):
    """Whether a page that shows the conversation is looked at; `page` is a name of its own, the same each time."""

    page: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
    looks: bool


class PhoneCode(Sent):
    """A code that a phone scans to go on with this conversation, for `seconds`: `path` is the SVG path of what is black
    in a square of `side`.
    """

    side: int
    path: str
    seconds: int


class PhoneState(Sent):
    """How it stands with the code that this session shows.

    `none`: none is. `shown`: it can be scanned. `asked`: a phone wants to go on, and shows `number`. `allowed`: it may.
    `used`: it does. `refused`, `void` (two devices used the code), `over`: nobody does.
    """

    state: Literal["none", "shown", "asked", "allowed", "used", "refused", "void", "over"]
    number: str | None


class PhoneAnswer(Received):
    """Whether the phone that shows this number may go on with this conversation."""

    number: Annotated[str, StringConstraints(pattern=r"^[0-9]{4}$")]
    yes: bool


class CountRequest(Received):
    """Something that happened to the button of a listed site: seen, opened, the first words said, something done."""

    city: Annotated[str, StringConstraints(max_length=100)]
    what: Literal["viewed", "opened", "begun", "completed"]


class HelpfulRequest(Received):
    """Whether a guide helped from which an answer was taken; after a no the reason, if one is chosen."""

    city: Annotated[str, StringConstraints(max_length=100)]
    guide: Annotated[str, StringConstraints(max_length=100)]
    locale: Locale
    answer: Literal["yes", "no", "unclear", "missing", "outdated"]


class SessionRotated(Sent):
    """The token that opens the conversation from now on; it is shown once. None: a cookie keeps it."""

    token: str | None


class MessageRequest(Received):
    """One message: exactly one of `text`, `payload`, `location` and `media_id`.

    `client_msg_id` is the sender's own id of the message: sent again, nothing is repeated.
    """

    client_msg_id: Id
    text: Annotated[str | None, BeforeValidator(_whole)] = Field(None, json_schema_extra={"maxLength": TEXT_LIMIT})
    payload: Annotated[str | None, StringConstraints(max_length=512, pattern=r"^/[a-z_]+(\{[^\x00]*\})?$")] = None
    location: Location | None = None
    media_id: Id | None = None

    @model_validator(mode="after")
    def _says_one_thing(self) -> Self:
        said = [name for name in ("text", "payload", "location", "media_id") if getattr(self, name) is not None]
        if len(said) != 1:
            raise ValueError("send exactly one of text, payload, location and media_id")
        if self.text is not None and not self.text.strip():
            raise ValueError("text is empty")
        return self


class MessageAccepted(Sent):
    """The message is stored and will be answered: its answer's `in_reply_to` is this id."""

    message_id: str


class MediaStored(Sent):
    """The file is stored: send its id as `media_id` of a message."""

    media_id: str
    content_type: str


class CityShown(Sent):
    """A city as the head of a chat shows it: `agency` holds the account and is open at `hours`, `seal` is one character
    that stands for the city, `colour` is #rrggbb, for white text on it.
    """

    city: str
    name: str
    title: str
    agency: str
    phone: str
    hours: str
    seal: str
    colour: str
    locale: Locale


class ChatMessage(Sent):
    """A message to the resident. `text` is complete by itself; buttons, links and cards repeat or add choices.

    `line` may be shown above the cards in place of the text; `links` name addresses that the text has.

    `notice` is what an emergency needs said although a clerk has the conversation; `speaker` is who speaks of a clerk's
    message, as the agency has it said. A button with `url` dials.
    """

    id: str
    author: Literal["bot", "clerk", "notice"]
    speaker: str | None = None
    text: str
    line: str | None = None
    links: list[RenderedLink] = []
    locale: Locale
    buttons: list[RenderedButton]
    cards: list[RenderedCard]
    in_reply_to: str | None


class Occurred(Sent):
    """What every event has: `seq` counts from 1 without gaps, `at` is when it was written, with the city's offset."""

    seq: int
    at: datetime | None = None


class MessageEvent(Occurred):
    """A message. `about`: of what it tells that nobody has just asked for, where that is known."""

    type: Literal["message"]
    message: ChatMessage
    about: Literal["reminder", "progress", "announcement"] | None = None


class Understood(Sent):
    intent: str
    confidence: float


class TurnDoneEvent(Occurred):
    """A message has been answered: exactly one for every accepted message, after its messages.

    `shown` is how the resident's own words are to be shown from now on, where they held numbers of persons: those are
    masked as replies mask them. Absent where they are shown as they were written. `completed` names the service by
    which something was booked or handed in; absent where nothing was.
    """

    type: Literal["turn_done"]
    in_reply_to: str
    service: str | None
    asks_for: str | None
    handed_over: bool
    payment: PaymentState | None
    nlu: Understood | None
    shown: str | None = None
    completed: str | None = None


class TicketState(Sent):
    reference: str
    state: str


class TicketEvent(Occurred):
    """A conversation's hand-over to a person changed its state."""

    type: Literal["ticket"]
    ticket: TicketState


class PaymentEvent(Occurred):
    """An order of this conversation changed its status."""

    type: Literal["payment"]
    payment: PaymentState


class MannerEvent(Occurred):
    """The conversation is held in this manner from now on: the resident wished it so."""

    type: Literal["manner"]
    manner: Manner


class CityEvent(Occurred):
    """The conversation moved: from now on it is with this city's services. `/chat/v1/cities/{city}` describes it."""

    type: Literal["city"]
    city: str


type StreamEvent = Annotated[
    MessageEvent | TurnDoneEvent | TicketEvent | PaymentEvent | CityEvent | MannerEvent, Field(discriminator="type")
]


class Events(Sent):
    """A page of the stream, in order. Empty when nothing came in time: ask again."""

    events: list[StreamEvent]


def inbound(message: MessageRequest, media: dict[str, str] | None = None) -> tuple[str, dict[str, Any]]:
    """Translate a request into the kind and body that the desk stores.

    Args:
        message: the request.
        media: {"id", "content_type"} of the file that its `media_id` names.
    """
    if message.text is not None:
        return "text", {"text": message.text}
    if message.payload is not None:
        return "payload", {"payload": message.payload}
    if message.location is not None:
        return "location", {"location": message.location.model_dump()}
    return "media", {"media": media}


def event(seq: int, type_: str, body: dict[str, Any], at: datetime | None = None) -> dict[str, Any]:
    """Write a stored event as the stream shows it; `at` with its offset."""
    when = {} if at is None else {"at": at.isoformat(timespec="seconds")}
    return {"seq": seq, "type": type_, **when, **body}
