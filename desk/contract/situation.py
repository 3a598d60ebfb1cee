"""What a conversation stands at after a turn: the situation in which the next message is read.

The dialogue states it, the desk keeps it beside the conversation and gives it back with the next message, the bot reads
the message in it, trainers see it. Holds no value that a resident gave.
"""

from typing import Literal

from pydantic import Field

from desk.contract.messages import Text
from desk.contract.wire import Wire

VERSION: Literal[1] = 1

type Step = Literal["idle", "asking", "confirming", "choosing"]
"""Nothing is asked · a value is asked for · a yes or no is awaited · one of several buttons is."""

type Confirmed = Literal[
    "apply", "book", "cancel_booking", "change_city", "erase", "go_on", "link", "move_booking", "submit"
]
"""What a yes does; `go_on` where nothing comes of it but the next question."""

type Made = Literal["appointment", "application", "report", "order", "subscription", "ticket"]
"""A `ticket` is the wait for a clerk."""


class Offered(Wire):
    """A button under the last replies, and the command that its press is."""

    command: str
    title: Text
    payload: str


class Shown(Wire):
    """A look-up that is kept for follow-ups; `due`: it shows something that can be paid; `guide`: the one it told."""

    service: str
    due: bool = False
    guide: str | None = None


class Standing(Wire):
    """Something that was made and is not over; `status` is the agency's word, or an order's."""

    what: Made
    service: str
    status: str


class Situation(Wire):
    """Where a conversation stands.

    `said` are the keys of the last replies, in order. `service` is the service in front, `waiting` those behind it, the
    next first. `asks_for` is the entity that is asked for and `field` its field; `confirms` what a yes does. `shown`
    are look-ups, the newest first; `standing` what was made. `commands` are those that mean something here, out of
    `desk.contract.commands`.
    """

    version: Literal[1] = VERSION
    said: tuple[str, ...] = ()
    service: str | None = None
    step: Step = "idle"
    asks_for: str | None = None
    field: str | None = None
    confirms: Confirmed | None = None
    waiting: tuple[str, ...] = ()
    shown: tuple[Shown, ...] = ()
    standing: tuple[Standing, ...] = ()
    buttons: tuple[Offered, ...] = Field(default=(), max_length=60)
    commands: tuple[str, ...] = ()
