"""Time as an agency's office hours let it pass. Pure, and exact to the microsecond.

Hours of a limit (`2h`) are office time. Days of a limit (`7d`) are office days: in each, time passes as its own office
hours do, so that seven days after half past ten on a Monday is half past ten of the Monday seven office days on, where
hours are the same.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from desk.city.answering import LIMIT, SECONDS
from desk.city.hours import DAY_ENDS

if TYPE_CHECKING:  # a list needs no files of cities
    from desk.city.files import City

FURTHEST_DAYS = 800
"""So far ahead a moment is looked for: an agency without office hours never reaches any."""
MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Span:
    """From a moment to a later one, both aware, in UTC."""

    begins: datetime
    ends: datetime

    @property
    def micros(self) -> int:
        return (self.ends - self.begins) // MICROSECOND

    def within(self, other: "Span") -> "Span | None":
        """What both have; None: nothing."""
        begins, ends = max(self.begins, other.begins), min(self.ends, other.ends)
        return Span(begins, ends) if begins < ends else None


@dataclass(frozen=True, slots=True)
class OfficeTime:
    """The office time of a city's agencies."""

    city: "City"

    def open_on(self, agency: str, day: date) -> list[Span]:
        """When an agency is open on a day, in order, without overlaps. An agency that is not known has no hours."""
        found = next((one for one in self.city.agencies if one.slug == agency), None)
        hours = [] if found is None else self.city.hours_on(found, day)
        spans: list[Span] = []
        for one in sorted(hours, key=lambda each: each.opens):
            span = Span(self._at(day, one.opens), self._closing(day, one.closes))
            if spans and span.begins <= spans[-1].ends:
                span = Span(spans[-1].begins, max(spans[-1].ends, span.ends))
                spans.pop()
            spans.append(span)
        return spans

    def seconds(self, agency: str, span: Span) -> int:
        """Office time within a span, in whole seconds."""
        return sum(one.micros for one, _ in self._pieces(agency, span)) // 1_000_000

    def used(self, limit: str, agency: str, span: Span) -> Fraction:
        """Which part of a limit passes within a span: 1 is all of it."""
        count, unit, always = _read(limit)
        if always:
            return Fraction(span.micros, count * SECONDS[unit] * 1_000_000)
        whole = count * SECONDS[unit] * 1_000_000
        return sum(
            (Fraction(one.micros, count * day if unit == "d" else whole) for one, day in self._pieces(agency, span)),
            Fraction(0),
        )

    def reaches(self, limit: str, agency: str, begins: datetime, part: Fraction) -> datetime | None:
        """When a part of a limit has passed, from a moment on. None: never, there are no office hours."""
        count, unit, always = _read(limit)
        if part <= 0:
            return begins
        whole = count * SECONDS[unit] * 1_000_000
        if always:
            return begins + _micros(part * whole)
        left = part * count if unit == "d" else part * whole
        for one, day in self._pieces(agency, Span(begins, begins + timedelta(days=FURTHEST_DAYS))):
            passes = Fraction(one.micros, day) if unit == "d" else Fraction(one.micros)
            if passes >= left:
                return one.begins + _micros(left * day if unit == "d" else left)
            left -= passes
        return None

    def open_from(self, agency: str, moment: datetime) -> datetime | None:
        """The moment itself where an agency is open, else when it next opens; None: it has no office hours."""
        pieces = self._pieces(agency, Span(moment, moment + timedelta(days=FURTHEST_DAYS)))
        return next((piece.begins for piece, _ in pieces), None)

    def _pieces(self, agency: str, span: Span) -> Iterator[tuple[Span, int]]:
        """What of a span is office time, piece by piece, each with the whole office time of its day in microseconds."""
        day, last = self.city.local(span.begins).date(), self.city.local(span.ends).date()
        while day <= last:
            opens = self.open_on(agency, day)
            whole = sum(one.micros for one in opens)
            for one in opens:
                piece = one.within(span)
                if piece is not None:
                    yield piece, whole
            day += timedelta(days=1)

    def _at(self, day: date, moment: time) -> datetime:
        return datetime.combine(day, moment, ZoneInfo(self.city.timezone)).astimezone(UTC)

    def _closing(self, day: date, closes: time) -> datetime:
        """A minute to midnight stands for midnight: hours cannot say 24:00."""
        return self._at(day + timedelta(days=1), time(0, 0)) if closes == DAY_ENDS else self._at(day, closes)


def _read(limit: str) -> tuple[int, str, bool]:
    found = LIMIT.fullmatch(limit)
    if found is None:
        raise ValueError(f"{limit!r} is no limit.")
    return int(found[1]), found[2], found[3] is not None


def _micros(value: Fraction) -> timedelta:
    """Rounded up: at a due time all of the limit has passed."""
    return timedelta(microseconds=-(-value.numerator // value.denominator))
