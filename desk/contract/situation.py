"""What a conversation stands at after a turn: the situation in which the next message is read.

The dialogue states it, the desk keeps it beside the conversation and gives it back with the next message, the bot reads
the message in it, trainers see it. Holds no value that a resident gave.
"""

from collections.abc import Mapping
from typing import Any, Literal, get_args

from pydantic import Field

from desk.contract.commands import Command
from desk.contract.messages import Text
from desk.contract.wire import Wire

VERSION: Literal[1] = 1
MOST_FREE = 200
"""So many days, or times of a day, are named at most."""

ALWAYS: tuple[Command, ...] = (
    *("start", "ask_hours", "ask_phone", "ask_payment", "ask_account", "what_i_have", "status", "refund"),
    *("repeat", "wait", "restart", "language", "simpler", "city", "person", "complain", "subscribe", "unsubscribe"),
    *("erase", "list", "greet", "thanks", "goodbye", "out_of_scope", "unclear", "provide"),
)
"""Commands that mean something wherever a conversation stands."""
OF_A_MATTER: tuple[Command, ...] = (
    *("ask_fee", "ask_papers", "ask_duration", "ask_place", "ask_who", "ask_why", "ask_what", "ask_next"),
    *("change", "later", "go_back", "cancel_this", "refuse", "confirm"),
)
"""Commands that are about what is talked of: a service in progress, something shown or made."""

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

    For pages, which show more of a question than a chat: `free` are all days (`2026-12-03`) or times (`09:30`) that
    `field` can be given, where buttons give the nearest of them by `/inform{"<field>": "<value>"}`; `further` are
    presses that mean something and stand on no button: a step back, a value of a summary to be changed.
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
    free: tuple[str, ...] = Field(default=(), max_length=MOST_FREE)
    further: tuple[Offered, ...] = Field(default=(), max_length=60)


TICKET = Standing(what="ticket", service="human_agent", status="open")


def possible(situation: Situation) -> tuple[Command, ...]:
    """The commands that mean something in a situation, in the order of the list of all."""
    standing, step = situation.standing, situation.step
    found: set[str] = set(ALWAYS) | {one.command for one in situation.buttons}
    if situation.service is not None or situation.shown or standing or step != "idle":
        found |= set(OF_A_MATTER)
    if step == "asking":
        found |= {"skip", "choose"}
    if situation.buttons:
        found |= {"choose", "confirm", "refuse"}
    if any(one.due for one in situation.shown) or any(one.what == "order" and one.status == "open" for one in standing):
        found |= {"pay_all", "pay_some", "cancel_this"}
    if any(one.what not in ("subscription", "ticket") for one in standing):
        found |= {"withdraw", "move"}
    if any(one.what == "ticket" for one in standing):
        found.add("cancel_this")
    every: tuple[Command, ...] = get_args(Command.__value__)
    return tuple(one for one in every if one in found)


def read_now(stated: Mapping[str, Any] | None, *, waits: bool) -> dict[str, Any] | None:
    """A situation as it is when the next message comes: whether a clerk is waited for may have changed since.

    A ticket ends by a clerk, and is opened by the desk, in no turn of the dialogue.
    """
    if stated is None or waits == any(one["what"] == TICKET.what for one in stated.get("standing", ())):
        return None if stated is None else dict(stated)
    before = Situation.model_validate(stated)
    others = tuple(one for one in before.standing if one.what != TICKET.what)
    now = before.model_copy(update={"standing": (*others, TICKET) if waits else others})
    return now.model_copy(update={"commands": possible(now)}).model_dump(mode="json")
