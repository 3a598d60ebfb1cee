"""Where every bus is at a moment. Everything follows from the clock: the same moment gives the same buses.

A bus leaves up to a minute late and gains or loses some seconds between stops, by a digest of its trip and day. It is
never early at its last stop, where it leaves the feeds.
Predictions come true: a bus arrives exactly when it was said to, as long as its day and trip are the same.
"""

import hashlib
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from sandbox.transit.geometry import Point, bearing, between, distance_metres
from sandbox.transit.network import DAY, Network, Pattern

EARLIEST, LATEST = -30, 180  # seconds a bus may be ahead of or behind its timetable
WAITS_BEFORE = 600  # seconds a bus stands at its first stop before it leaves, already in the feeds
STANDS = 12  # seconds a bus stands at a stop


@dataclass(frozen=True)
class Run:
    """One trip on one day. Times are POSIX seconds, one for each platform of the pattern."""

    pattern: Pattern
    number: int
    day: date
    scheduled: tuple[int, ...]
    actual: tuple[int, ...]

    @property
    def trip_id(self) -> str:
        return self.pattern.trip_id(self.number)

    @cached_property
    def vehicle(self) -> str:
        """The bus: no other run that is under way has the same."""
        trips = self.day.toordinal() * len(self.pattern.departures) + self.number
        return f"{self.pattern.route_id}-{'AB'[self.pattern.direction]}{trips % self.pattern.fleet + 1:02d}"

    def upcoming(self, now: int) -> Iterator[int]:
        """Indices of the platforms that a feed must still speak of: not passed, or passed ahead of time."""
        return (
            i for i, (plan, real) in enumerate(zip(self.scheduled, self.actual, strict=True)) if max(plan, real) >= now
        )


@dataclass(frozen=True)
class Position:
    """Where a bus is: `index` is the platform it stands at or drives to; speed in metres a second."""

    index: int
    stands: bool
    at: Point
    bearing: float
    speed: float


def runs_under_way(network: Network, now: datetime) -> list[Run]:
    """All runs that a feed of the moment `now` (aware) speaks of, in the order of the network's lines."""
    moment = int(now.timestamp())
    today = now.astimezone(ZoneInfo(network.data.timezone)).date()
    days = [
        (day, service_day_start(day, network.data.timezone))
        for day in (today - timedelta(1), today, today + timedelta(1))
    ]
    return [
        run
        for line in network.lines.values()
        for pattern in line.patterns
        for day, starts in days
        for run in _runs(pattern, day, starts, moment)
    ]


def service_day_start(day: date, timezone: str) -> int:
    """POSIX seconds that GTFS times of the day count from: noon minus twelve hours."""
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=ZoneInfo(timezone)).astimezone(UTC)
    return int(noon.timestamp()) - DAY // 2


def position(run: Run, moment: int) -> Position:
    """Where the bus of a run under way is at the moment, in POSIX seconds."""
    platforms, actual = run.pattern.platforms, run.actual
    index = bisect_right(actual, moment)  # the first platform that is not yet reached
    if index == 0 or moment - actual[index - 1] < STANDS:
        here = max(index - 1, 0)
        ahead = bearing(platforms[here].at, platforms[here + 1].at)
        return Position(here, True, platforms[here].at, ahead, 0.0)
    start, end = platforms[index - 1].at, platforms[index].at
    drives = actual[index] - actual[index - 1] - STANDS
    part = (moment - actual[index - 1] - STANDS) / drives
    return Position(index, False, between(start, end, part), bearing(start, end), distance_metres(start, end) / drives)


def _runs(pattern: Pattern, day: date, starts: int, moment: int) -> Iterator[Run]:
    second = moment - starts
    first = bisect_left(pattern.departures, second - pattern.offsets[-1] - LATEST)
    for number in range(first, bisect_right(pattern.departures, second + WAITS_BEFORE)):
        scheduled = tuple(starts + pattern.departures[number] + offset for offset in pattern.offsets)
        delays = _delays(pattern.trip_id(number), day, len(scheduled))
        run = Run(pattern, number, day, scheduled, tuple(map(sum, zip(scheduled, delays, strict=True))))
        if run.actual[0] - WAITS_BEFORE <= moment < run.actual[-1]:
            yield run


def _delays(trip_id: str, day: date, stops: int) -> list[int]:
    digest = hashlib.shake_128(f"{trip_id} {day.isoformat()}".encode()).digest(stops)
    delays = [digest[0] % 60]
    for byte in digest[1:]:
        delays.append(min(LATEST, max(EARLIEST, delays[-1] + byte % 31 - 12)))
    return [*delays[:-1], max(0, delays[-1])]
