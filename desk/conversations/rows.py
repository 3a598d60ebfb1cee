"""What the conversations room hands out: frozen rows and events."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal
from uuid import UUID, uuid4

from desk.contract.rendered import PaymentState, RenderedMessage
from desk.contract.wire import Locale

if TYPE_CHECKING:
    from desk.contract.messages import Manner

# How many of the offered payloads a conversation remembers: some thirty messages with buttons.
OFFERS_REMEMBERED = 100
WEB_CHAT = "webchat"


@dataclass(frozen=True, slots=True)
class ConversationRow:
    """A conversation as turns, clerks and the web see it.

    `city` is the one whose services are used: the resident may have moved from that of the account.
    """

    id: UUID
    account_id: int
    channel: str
    city: str
    locale: Locale
    manner: "Manner" = "standard"
    wrapped: bytes | None = None  # the key that seals it, where the statement read it: desk.sealing


@dataclass(frozen=True, slots=True)
class Event:
    """One event of a conversation's stream, before it has its `seq`. `body` is what the web chat API shows."""

    type: str
    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class EventRow:
    """One event of a conversation's stream."""

    seq: int
    type: str
    body: dict[str, Any]
    at: datetime | None = None  # when it was written


@dataclass(frozen=True, slots=True)
class Receipt:
    """What intake says of a message: its id, and whether it was new."""

    message_id: int
    created: bool


@dataclass(frozen=True, slots=True)
class MediaRow:
    """A stored file."""

    id: UUID
    content_type: str
    content: bytes


type About = Literal["reminder", "progress", "announcement"]
"""Of what a message tells that nobody has just asked for: of an appointment, of a case, of what is announced."""


def message_event(
    message: RenderedMessage,
    *,
    author: str,
    in_reply_to: int | None = None,
    speaker: str | None = None,
    about: About | None = None,
) -> Event:
    """Make the event that shows a message. `author` is bot or clerk; `speaker` is as whom residents see a clerk."""
    return Event(
        "message",
        {
            **({} if about is None else {"about": about}),
            "message": {
                "id": uuid4().hex,
                "author": author,
                **({} if speaker is None else {"speaker": speaker}),
                **message.model_dump(mode="json", exclude=message.absent),
                "in_reply_to": None if in_reply_to is None else str(in_reply_to),
            },
        },
    )


def turn_done_event(
    in_reply_to: int,
    *,
    service: str | None = None,
    asks_for: str | None = None,
    handed_over: bool = False,
    payment: PaymentState | None = None,
    nlu: dict[str, Any] | None = None,
    shown: str | None = None,
    completed: str | None = None,
) -> Event:
    """Make the event that ends a turn. `nlu` is {"intent", "confidence"}, or None when the bot was not asked.

    `shown` is how the resident's own words are shown from now on, where that is otherwise than they were written;
    `completed` the service by which something was booked or handed in.
    """
    return Event(
        "turn_done",
        {
            "in_reply_to": str(in_reply_to),
            "service": service,
            "asks_for": asks_for,
            "handed_over": handed_over,
            "payment": None if payment is None else payment.model_dump(mode="json"),
            "nlu": nlu,
            **({} if shown is None else {"shown": shown}),
            **({} if completed is None else {"completed": completed}),
        },
    )


def city_event(city: str) -> Event:
    """Make the event that tells of a move: the slug of the city that the conversation is in from now on."""
    return Event("city", {"city": city})


def manner_event(manner: "Manner") -> Event:
    """Make the event that tells in which manner the conversation is held from now on."""
    return Event("manner", {"manner": manner})


def ticket_event(reference: str, state: str) -> Event:
    """Make the event that tells of a ticket's new state."""
    return Event("ticket", {"ticket": {"reference": reference, "state": state}})


def offers_after(offered: list[str], messages: Iterable[RenderedMessage]) -> list[str]:
    """Add the payloads that messages offer on buttons and cards; the oldest are forgotten."""
    payloads = [
        button.payload
        for message in messages
        for button in [*message.buttons, *(button for card in message.cards for button in card.buttons)]
    ]
    return list(dict.fromkeys(reversed([*offered, *payloads])))[:OFFERS_REMEMBERED][::-1]
