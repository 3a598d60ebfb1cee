"""The memory of a dialogue, which travels with each turn as JSON (slot `session`)."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Self

from pydantic import JsonValue, TypeAdapter

from desk.contract.messages import Button, Reply, Text
from desk.contract.situation import Confirmed
from desk.contract.wire import Locale

VERSION = 1
NEEDS_TOLD = "needs_told"
"""Under this name `shown` of a frame remembers that something was told of its service, and nothing of it begun."""
FACT_TOLD = "fact_told"
"""Beside it, where that was no more than a fact."""
REFUSED = "refused"
"""Under this name `shown` of a frame remembers what was given last and could not be taken, by field."""


@dataclass(frozen=True, slots=True)
class Question:
    """What a resident is being asked: `asks_for` is an entity name, or None where a yes or no is awaited.

    `reply` is the question as it is repeated. `notice` (why it is asked, and by which agency) stands beside it when it
    is asked, and is not repeated; it is kept of a form that waits, until its question was seen. `field` is the name of
    what is asked for: one entity may be given for several.
    `confirms` says what a yes does, where it does something. For whoever shows more than a chat does: `free` are all
    days or times that can be given, where buttons give some of them; `further` are presses that stand on no button.
    `explains` answers whoever asks about what the question tells of (a refusal), and knows no more than it says.
    """

    asks_for: str | None
    reply: Reply
    notice: Text | None = None
    field: str | None = None
    confirms: Confirmed | None = None
    free: tuple[str, ...] = ()
    further: tuple[Button, ...] = ()
    explains: Reply | None = None


@dataclass(frozen=True, slots=True)
class Frame:
    """One service in progress, or one finished look-up that is kept for follow-ups.

    `id` is unique in the conversation and never used again: the key of side effects. `values` are what the resident
    gave, by field; `shown` is what the handler wants to remember of its results. Both are JSON and belong to the
    handler. A frame that was just begun has neither.
    """

    id: str
    service: str
    touched_at: datetime
    values: Mapping[str, JsonValue] = field(default_factory=dict)
    shown: Mapping[str, JsonValue] = field(default_factory=dict)
    question: Question | None = None
    finished: bool = False
    named: Text | None = None  # what it is called beside another of its service
    seen: bool = False  # whether a turn has ended with its question
    returned: bool = False  # whether it was gone back to after something else, while nothing was given for it

    def text(self, name: str) -> str | None:
        """Give a value that is a string, or None."""
        value = self.values.get(name)
        return value if isinstance(value, str) else None


@dataclass(frozen=True, slots=True)
class Choice:
    """A button that stood under the last replies: its payload, its names in the data, if it has any, and its title."""

    payload: str
    names: tuple[str, ...] = ()
    title: Text | None = None


@dataclass(frozen=True, slots=True)
class Session:
    """All that is remembered between two turns.

    `open` is a stack: the last frame is being talked about, those before it wait. `finished` are look-ups kept for
    follow-ups, the newest last. `failures` counts turns in a row that were not understood. `turns` counts all turns
    and chooses among variants of a notice.
    """

    touched_at: datetime
    open: tuple[Frame, ...] = ()
    finished: tuple[Frame, ...] = ()
    choices: tuple[Choice, ...] = ()
    said: tuple[Reply, ...] = ()  # the last replies, to be said again
    said_at: datetime | None = None
    again: str = ""  # the payload of the button "try again", if it stood under the last replies
    pending: Mapping[str, JsonValue] | None = None  # a question of the dialogue itself: {"kind": …, …}
    failures: int = 0
    tries: int = 0  # how often in a row the open question was asked again and nothing came of it
    asks: int = 0  # how often in a row a turn ended with the open question, whatever was answered before it
    wrote: Locale | None = None  # the language that the resident clearly wrote in last
    wavers: bool = False  # whether the last message had a word or two of another one
    turns: int = 0
    frames_begun: int = 0
    shelved: Frame | None = None  # what was open before a day's silence, without what is personal
    ended: Frame | None = None  # what the last press of "cancel" ended: it can be taken up by the next message alone
    told: tuple[str, ...] = ()  # what was told of guides, facts and what is not known: marks, the newest last
    doubted: bool = False  # whether the service in front was begun by words that were not sure to wish it
    matter: str = ""  # the service that was spoken of last, begun or not
    elsewhere: str = ""  # the service whose form ended since the resident holds another document than it takes
    let_go: tuple[str, ...] = ()  # the services that were refused here: begun again where they are surely meant
    suggested: bool = False  # whether notices were suggested: once is enough
    city: str = ""  # where the last turn was: a linked channel may have moved the conversation since
    epoch: str = ""  # the message with which it began: after everything was erased no frame's id comes again
    version: int = VERSION

    @property
    def front(self) -> Frame | None:
        """The service being talked about."""
        return self.open[-1] if self.open else None

    @property
    def known(self) -> frozenset[str]:
        """The services that are open, or of which more than a fact was shown."""
        shown = (one for one in self.finished if not one.shown.get(FACT_TOLD))
        return frozenset(one.service for one in (*self.open, *shown))

    def begin(self, service: str, now: datetime) -> tuple[Self, Frame]:
        """Begin a service: not yet on the stack."""
        number = self.frames_begun + 1
        name = f"{service}-{self.epoch}-{number}" if self.epoch else f"{service}-{number}"
        return replace(self, frames_begun=number), Frame(id=name, service=service, touched_at=now)

    def to_json(self) -> dict[str, JsonValue]:
        """Write it for the slot."""
        json: dict[str, JsonValue] = _ADAPTER.dump_python(self, mode="json")
        return json

    @staticmethod
    def from_json(value: object, now: datetime, epoch: str = "") -> "Session":
        """Read the slot. None begins anew, in an epoch of its own.

        Raises:
            pydantic.ValidationError: it is not a session of this version.
        """
        return Session(touched_at=now, epoch=epoch) if value is None else _ADAPTER.validate_python(value)


_ADAPTER = TypeAdapter(Session)
