"""What a service must answer to take part in the dialogue."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import IntEnum
from typing import Protocol, runtime_checkable

from pydantic import JsonValue

from actions.backends.references import Referenced
from actions.dialogue.state.session import Frame, Question
from actions.dialogue.state.turn import Turn
from desk.city.files import City
from desk.contract.agency_commands import CodeCommand, StatusAnswer
from desk.contract.board import Board, StopAsked
from desk.contract.messages import CaseNote, Effect, KeepCase, Reply, Text


class Claim(IntEnum):
    """Whether a turn belongs to a frame, beside what its intent says.

    SURE beats every intent: the whole text is an answer to the open question (a bare plate while a plate is asked), or
    an unmistakable follow-up. MAYBE counts only where the intent says nothing of its own (not understood, out of
    scope, a bare answer, a correction, a choice, yes, no): the text tries to answer, perhaps wrongly.
    """

    NO = 0
    MAYBE = 1
    SURE = 2


@dataclass(frozen=True, slots=True)
class Step:
    """What a handler wants after a turn.

    `values` and `shown` replace the frame's. `replies` are said in order, then the question. With a question the
    frame stays open and the question returns after digressions; without one it stays open only if not `finished`.
    A finished frame is kept 30 minutes for follow-ups and corrections when it has `values` or `shown`; to forget it,
    give neither.
    """

    replies: tuple[Reply, ...] = ()
    values: Mapping[str, JsonValue] = field(default_factory=dict)
    shown: Mapping[str, JsonValue] = field(default_factory=dict)
    question: Question | None = None
    finished: bool = False
    effects: tuple[Effect, ...] = ()
    consents: tuple[str, ...] = ()  # fields of personal data answered in this turn, after their notice
    agency: str | None = None  # slug of the one that asked for them; None: the service's

    def __post_init__(self) -> None:
        if self.finished and self.question is not None:
            raise ValueError("A finished step asks nothing.")


class ServiceHandler(Protocol):
    """One service, for every city that offers it. Keeps nothing between turns but what is in the frame.

    A handler that raises loses nothing: the session stays as it was. `BackendError` is answered with its text
    and a button to try again; anything else is logged with its stack.
    """

    @property
    def service(self) -> str:
        """The service's intent name."""

    async def claims(self, turn: Turn, frame: Frame) -> Claim:
        """Say whether this turn belongs to the frame.

        Asked for the open frame in front before its intent is looked at, and for finished frames, the newest
        first, when no open frame wants the turn. For a finished frame: is this a follow-up ("where is it now") or
        a correction ("no, the plate is …") of what was shown? A NO to a turn with the service's own intent begins
        a new frame.
        """

    async def answer(self, turn: Turn, frame: Frame) -> Step:
        """Answer a turn of this service. The frame is new, open, or (after a claim) finished.

        Raises:
            BackendError: a city system failed; the resident keeps all that was given.
        """


@runtime_checkable
class PutsRight(Protocol):
    """A service whose form hears that something of it is put right, whatever else a text tells."""

    async def puts_right(self, turn: Turn, frame: Frame) -> bool:
        """Whether words say that what was given for an open form becomes another, or how it is to read."""


@runtime_checkable
class Owes(Protocol):
    """A service whose frames may show what can be paid."""

    def owes(self, frame: Frame) -> bool:
        """Whether the frame shows something that a wish to pay, and nothing else, is meant for."""

    def is_unpaid(self, turn: Turn, frame: Frame) -> bool:
        """Whether something that the frame shows is neither paid nor on an order that can still be paid."""

    def sums(self, frame: Frame) -> frozenset[Decimal]:
        """What can be paid of what the frame shows, in yuan: each thing, and all that was shown last."""


@dataclass(frozen=True, slots=True)
class Told:
    """What a text, or a frame, surely is about: which kind of thing, and where, as far as that is said."""

    sort: str | None
    place: str | None
    named: Text

    def is_apart(self, other: "Told") -> bool:
        """Whether another thing is told of: of another kind, or at a place that has nothing of the first one's name."""
        places = (self.place, other.place)
        elsewhere = None not in places and not _is_within(*map(str, places))
        return self.is_of_another_kind(other) or elsewhere

    def is_of_another_kind(self, other: "Told") -> bool:
        """Whether the kinds of both are known, and are two."""
        return None not in (self.sort, other.sort) and self.sort != other.sort


def _is_within(one: str, other: str) -> bool:
    return one in other or other in one


@runtime_checkable
class Tells(Protocol):
    """A service of which several may be wanted at once, each made by itself."""

    async def told(self, turn: Turn) -> Told | None:
        """What a text surely tells of, or where; None where neither is sure, or the agency's system failed."""

    def told_in(self, frame: Frame) -> Told | None:
        """What a frame of its own is about, as far as it is known."""


@runtime_checkable
class ShowsBoards(Protocol):
    """A service that says which buses come next at a stop, to whoever asks."""

    async def board(self, asked: StopAsked, at: datetime) -> Board | None:
        """The board of a stop at a moment; None: it has no such stop.

        Raises:
            BackendError: there is no timetable.
        """
        ...


@runtime_checkable
class Follows(Protocol):
    """A service that can ask its agency how a case of its own stands."""

    async def status(self, case: CaseNote) -> StatusAnswer:
        """Give the case as the agency has it now, and its status in words. Only reads. Raises `BackendError`."""


@runtime_checkable
class Withdraws(Protocol):
    """A service whose agency may take back what was made; its frame is begun with the case at `withdraws`."""

    def withdraws(self, case: CaseNote) -> bool:
        """Whether a case of its own can be taken back from here."""


@runtime_checkable
class SendsCodes(Protocol):
    """A service that has one-time codes sent."""

    async def send_code(self, city: City, command: CodeCommand) -> None:
        """Send a code; the same may be sent any number of times.

        Raises:
            KeyError: none is sent in this city.
            BackendError: the gateway failed.
        """


@runtime_checkable
class Proves(SendsCodes, Protocol):
    """A service that has one-time codes sent to the telephone that its agency holds."""

    async def holder(self, city: str, value: str) -> str | None:
        """The telephone for an id or a number; None where the agency holds none.

        Raises:
            BackendRefused: the agency knows nothing by it.
            BackendError: its system failed.
        """


@runtime_checkable
class Adopts(Follows, Protocol):
    """A service whose cases have a number of the agency's, also those that were made elsewhere."""

    async def adopted(self, turn: Turn, case: str, found: Referenced) -> KeepCase:
        """Make a case of this conversation (`case` is its name in it) of one whose holder has proved who they are.

        Raises:
            BackendError: the agency's system failed, or says of the case what its contract does not allow.
        """
