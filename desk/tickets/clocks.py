"""The clocks of a ticket, read off what happened to it. Pure.

First answer: from the opening to a clerk's first words. Next answer: from a resident's message to a clerk who has the
ticket, to the clerk's next words. Resolution: from the opening to the end; a hold stops it, reopening goes on with it.
All run in the office hours of the agency that has the ticket; what has passed counts on when another agency gets it.
Figures count a first answer otherwise (`Clocks.own_answer_seconds`): from when that agency got the ticket.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from typing import Literal

from desk.city.answering import Answering
from desk.tickets.office_time import OfficeTime, Span

type ClockName = Literal["first_answer", "next_answer", "resolution"]
CLOCKS: tuple[ClockName, ...] = ("first_answer", "next_answer", "resolution")
STEPS = (50, 80, 100)
"""Parts of a limit, in percent, at which a ticket is escalated."""
ENDS = frozenset({"closed", "handed_back", "withdrawn", "merged"})


@dataclass(frozen=True, slots=True)
class Happening:
    """What happened to a ticket. `agency` has the ticket from then on; `clock` and `percent` are of an escalation.

    `kind` is opened, claimed, assigned, taken_over, returned, said (by the resident), answered (by a clerk), held,
    resumed, transferred, escalated, reopened, rejoined (by who left a moment ago), closed, handed_back, withdrawn or
    merged. Others change no clock.
    """

    at: datetime
    kind: str
    agency: str
    clock: str | None = None
    percent: int | None = None


@dataclass(slots=True)
class Clock:
    """A clock: the spans in which it ran, each with the agency that had the ticket then."""

    name: ClockName
    spans: list[tuple[str, Span]] = field(default_factory=list)
    begun: datetime | None = None  # since when it runs; None: it stands still
    started: datetime | None = None  # when it first ran for what it measures now
    escalated: set[int] = field(default_factory=set)  # steps that were told
    met: bool = False  # whether it was ended by what it waits for

    def start(self, at: datetime) -> None:
        """Let it run, unless it does."""
        if self.begun is None:
            self.begun = at
            self.started = self.started or at

    def stop(self, at: datetime, agency: str) -> None:
        """Let it stand still."""
        if self.begun is not None:
            self.spans.append((agency, Span(self.begun, max(at, self.begun))))
            self.begun = None

    def clear(self) -> None:
        """Forget what it measured: it waits for something new."""
        self.spans, self.begun, self.started, self.met = [], None, None, False
        self.escalated = set()


@dataclass(frozen=True, slots=True)
class Reading:
    """What a clock shows at a moment. `seconds` is office time that has passed; `due_at` is set while it runs."""

    name: ClockName
    runs: bool
    met: bool
    seconds: int
    used: Fraction
    due_at: datetime | None
    next_step_at: datetime | None
    to_tell: tuple[int, ...]  # steps that were reached and not told of yet


class Clocks:
    """The clocks of one ticket."""

    def __init__(self, happenings: Iterable[Happening]) -> None:
        self._clocks = {name: Clock(name) for name in CLOCKS}
        self._own = Clock("first_answer")  # of the agency that has the ticket now, since it got it
        self._agency = ""
        self._held = False
        self._ended = False
        self._ran: list[Clock] = []  # what ran when it ended
        for one in happenings:
            self._take(one)

    def _take(self, one: Happening) -> None:
        if self._agency and one.agency != self._agency:
            self._give(one)
        self._agency = one.agency
        if one.kind in ENDS:
            self._end(one)
        else:
            {
                "opened": self._opened,
                "returned": self._resume,
                "said": self._said,
                "answered": self._answered,
                "held": self._hold,
                "resumed": self._resume,
                "reopened": self._reopened,
                "rejoined": self._rejoined,
                "escalated": self._escalated,
            }.get(one.kind, _nothing)(one)

    def _give(self, one: Happening) -> None:
        for clock in self._clocks.values():
            if clock.begun is not None:
                clock.stop(one.at, self._agency)
                clock.start(one.at)
        self._own.clear()
        if not self._ended:
            self._own.start(one.at)

    def _opened(self, one: Happening) -> None:
        self._clocks["first_answer"].start(one.at)
        self._clocks["resolution"].start(one.at)
        self._own.start(one.at)

    def _said(self, one: Happening) -> None:
        """A resident's words end a hold. While the first answer is waited for, its clock runs for them too."""
        self._resume(one)
        first = self._clocks["first_answer"]
        if not self._ended and first.started is not None and first.begun is None:
            self._ask(one)

    def _ask(self, one: Happening) -> None:
        clock = self._clocks["next_answer"]
        if clock.begun is None:
            clock.clear()
            clock.start(one.at)

    def _answered(self, one: Happening) -> None:
        for clock in (self._clocks["first_answer"], self._clocks["next_answer"], self._own):
            if clock.begun is not None:
                clock.stop(one.at, self._agency)
                clock.met = True

    def _hold(self, one: Happening) -> None:
        self._held = True
        self._clocks["resolution"].stop(one.at, self._agency)

    def _resume(self, one: Happening) -> None:
        if self._held and not self._ended:
            self._clocks["resolution"].start(one.at)
        self._held = False

    def _end(self, one: Happening) -> None:
        self._ended, self._held = True, False
        self._ran = [clock for clock in (*self._clocks.values(), self._own) if clock.begun is not None]
        for clock in (*self._clocks.values(), self._own):
            clock.stop(one.at, self._agency)
        self._clocks["resolution"].met = True

    def _rejoined(self, _one: Happening) -> None:
        """It goes on as though it had not ended: what ran then has run on."""
        self._ended = False
        self._clocks["resolution"].met = False
        for clock in self._ran:
            clock.begun = clock.spans.pop()[1].begins
        self._ran = []

    def _reopened(self, one: Happening) -> None:
        """It goes on: somebody waits for an answer again, and the time until the end counts on."""
        self._ended = False
        resolution = self._clocks["resolution"]
        resolution.met = False
        resolution.start(one.at)
        if not self._own.met:
            self._own.start(one.at)
        if self._clocks["first_answer"].met:
            self._ask(one)
        else:
            self._clocks["first_answer"].start(one.at)

    def _escalated(self, one: Happening) -> None:
        clock = self._clocks.get(one.clock)  # type: ignore[call-overload]
        if clock is not None and one.percent is not None:
            clock.escalated.add(one.percent)

    def read(self, office: OfficeTime, at: datetime, urgency: str) -> dict[ClockName, Reading]:
        """What all clocks show at a moment that is not before the last happening."""
        return {name: self._reading(clock, office, at, urgency) for name, clock in self._clocks.items()}

    def own_answer_seconds(self, office: OfficeTime) -> int | None:
        """Office time from when the agency that has the ticket got it to its first words; None: it has said none."""
        return sum(office.seconds(agency, span) for agency, span in self._own.spans) if self._own.met else None

    def _reading(self, clock: Clock, office: OfficeTime, at: datetime, urgency: str) -> Reading:
        spans = list(clock.spans)
        if clock.begun is not None:
            spans.append((self._agency, Span(clock.begun, max(at, clock.begun))))
        used = sum(
            (office.used(_limit(office, agency, clock.name, urgency), agency, span) for agency, span in spans),
            Fraction(0),
        )
        runs = clock.begun is not None
        return Reading(
            name=clock.name,
            runs=runs,
            met=clock.met,
            seconds=sum(office.seconds(agency, span) for agency, span in spans),
            used=used,
            due_at=self._reaches(office, clock, urgency, 100) if runs else None,
            next_step_at=self._next_step(office, clock, urgency, used) if runs else None,
            to_tell=_to_tell(clock, used) if runs else (),
        )

    def _next_step(self, office: OfficeTime, clock: Clock, urgency: str, used: Fraction) -> datetime | None:
        ahead = next((step for step in STEPS if used < Fraction(step, 100)), None)
        return None if ahead is None else self._reaches(office, clock, urgency, ahead)

    def _reaches(self, office: OfficeTime, clock: Clock, urgency: str, percent: int) -> datetime | None:
        """When a part of the limit is reached; for one that was passed already, when it was."""
        left, wanted = Fraction(percent, 100), clock.begun
        assert wanted is not None
        for agency, span in clock.spans:
            limit = _limit(office, agency, clock.name, urgency)
            used = office.used(limit, agency, span)
            if used >= left > 0:
                return office.reaches(limit, agency, span.begins, left)
            left -= used
        return office.reaches(_limit(office, self._agency, clock.name, urgency), self._agency, wanted, left)


def _nothing(one: Happening) -> None:
    """What changes no clock."""


def _to_tell(clock: Clock, used: Fraction) -> tuple[int, ...]:
    reached: Sequence[int] = [step for step in STEPS if used >= Fraction(step, 100)]
    return tuple(step for step in reached if step not in clock.escalated)


def _limit(office: OfficeTime, agency: str, clock: ClockName, urgency: str) -> str:
    """The limit of an agency; one that is not known any more has the common one."""
    found = next((one.answering for one in office.city.agencies if one.slug == agency), Answering())
    return found.limit(clock, urgency)
