"""The bus network of a city: its data file, and stops, platforms and patterns made of it.

Every named stop has two platforms, one on each side of the road: `-1` for buses that head north or east, `-2` for
the others. A pattern is one line in one direction, as platforms with the seconds a bus needs to reach each.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Annotated, Literal

from pydantic import Field, model_validator

from sandbox.seed import Names, SeedModel
from sandbox.transit.geometry import Point, bearing, distance_metres, to_the_right

KERB_METRES = 9.0
LEAST_SEGMENT_SECONDS = 60
DAY = 24 * 3600

type HourMinute = Annotated[str, Field(pattern=r"^[0-3]\d:[0-5]\d$")]


class AgencyData(SeedModel):
    names: Names
    url: str
    phone: str


class Window(SeedModel):
    """A part of the service day with one headway. Hours may pass 24: 25:30 is 1:30 of the next day."""

    starts: HourMinute = Field(alias="from")
    until: HourMinute
    every: Annotated[int, Field(ge=2, le=120)]


class LineData(SeedModel):
    """A line: `id` where the name is not ASCII; `back` where the way back differs from the way out reversed."""

    line: str
    id: str | None = None
    en: str | None = None
    timetable: str
    stops: Annotated[list[str], Field(min_length=3)]
    back: list[str] | None = None

    @property
    def route_id(self) -> str:
        return self.id or self.line


class AlertData(SeedModel):
    """A notice about lines and stops; always in force."""

    id: str
    cause: Literal["CONSTRUCTION", "HOLIDAY", "WEATHER", "MAINTENANCE", "ACCIDENT", "OTHER_CAUSE"]
    effect: Literal["DETOUR", "SIGNIFICANT_DELAYS", "REDUCED_SERVICE", "STOP_MOVED", "OTHER_EFFECT"]
    lines: list[str]
    stops: list[str]
    header: Names
    description: Names


class NetworkData(SeedModel):
    """`bus.yml`."""

    agency: AgencyData
    timezone: str
    speed_kmh: Annotated[float, Field(gt=5, lt=80)]
    timetables: dict[str, list[Window]]
    stops: list[tuple[str, str, float, float]]
    lines: list[LineData]
    alerts: list[AlertData] = Field(default_factory=list)

    @model_validator(mode="after")
    def _names_are_known(self) -> "NetworkData":
        stops, lines = {stop[0] for stop in self.stops}, {line.line for line in self.lines}
        if len(stops) != len(self.stops) or len(lines) != len(self.lines):
            raise ValueError("a stop or a line stands there twice")
        for line in self.lines:
            if line.timetable not in self.timetables:
                raise ValueError(f"line {line.line} has timetable {line.timetable!r}, which is none of timetables")
            if not line.route_id.isascii():
                raise ValueError(f"line {line.line} needs an id of ASCII letters and digits")
            if unknown := {*line.stops, *(line.back or [])} - stops:
                raise ValueError(f"line {line.line} calls at {sorted(unknown)}, which are none of stops")
        for alert in self.alerts:
            if unknown := ({*alert.lines} - lines) | ({*alert.stops} - stops):
                raise ValueError(f"alert {alert.id} names {sorted(unknown)}, which are no lines or stops")
        return self


@dataclass(frozen=True)
class Stop:
    """A stop as people name it."""

    key: str
    zh: str
    en: str
    at: Point


@dataclass(frozen=True)
class Platform:
    """One side of the road at a stop."""

    id: str
    stop: Stop
    at: Point


@dataclass(frozen=True)
class Pattern:
    """One line in one direction. `offsets` are seconds from the departure at the first platform to each platform."""

    route_id: str
    direction: int
    platforms: tuple[Platform, ...]
    offsets: tuple[int, ...]
    departures: tuple[int, ...]  # seconds of the service day, ascending; may pass 24 hours

    @property
    def id(self) -> str:
        return f"{self.route_id}-{self.direction}"

    @property
    def headsign(self) -> Stop:
        return self.platforms[-1].stop

    def trip_id(self, number: int) -> str:
        return f"{self.id}-{number:03d}"

    @cached_property
    def fleet(self) -> int:
        """How many buses serve the pattern: more than are ever on the road at once."""
        headway = min(later - earlier for earlier, later in pairwise(self.departures))
        return (self.offsets[-1] + 900) // headway + 3  # 900: the wait before, and the delay


@dataclass(frozen=True)
class Line:
    """A line with both of its patterns."""

    data: LineData
    patterns: tuple[Pattern, Pattern]
    round_the_clock: bool


@dataclass(frozen=True)
class Network:
    """All stops, platforms in use, and lines of a city."""

    data: NetworkData
    stops: dict[str, Stop]  # by Chinese name
    platforms: dict[str, Platform]  # by id
    lines: dict[str, Line]  # by name


def build(data: object) -> Network:
    """Make the network of a parsed `bus.yml`.

    Raises:
        ValidationError: it is not what `NetworkData` says.
    """
    read = NetworkData.model_validate(data)
    stops = {zh: Stop(_slug(en), zh, en, (lat, lon)) for zh, en, lat, lon in read.stops}
    if len({stop.key for stop in stops.values()}) != len(stops):
        raise ValueError("two stops have the same English name")
    lines = {line.line: _line(read, line, stops) for line in read.lines}
    platforms = {
        platform.id: platform for line in lines.values() for pattern in line.patterns for platform in pattern.platforms
    }
    return Network(read, stops, dict(sorted(platforms.items())), lines)


def _line(data: NetworkData, line: LineData, stops: dict[str, Stop]) -> Line:
    out = [stops[name] for name in line.stops]
    back = [stops[name] for name in line.back] if line.back else out[::-1]
    windows = [(_seconds(w.starts), _seconds(w.until), w.every * 60) for w in data.timetables[line.timetable]]
    patterns = (
        _pattern(data, line.route_id, 0, out, windows),
        _pattern(data, line.route_id, 1, back, windows),
    )
    return Line(line, patterns, round_the_clock=windows[0][0] == 0 and windows[-1][1] == DAY)


def _pattern(
    data: NetworkData, route_id: str, direction: int, stops: list[Stop], windows: list[tuple[int, int, int]]
) -> Pattern:
    platforms = tuple(
        _platform(stop, stops[max(0, i - 1)], stops[min(i + 1, len(stops) - 1)]) for i, stop in enumerate(stops)
    )
    offsets = [0]
    for here, there in pairwise(platforms):
        seconds = distance_metres(here.at, there.at) / (data.speed_kmh / 3.6)
        offsets.append(offsets[-1] + max(LEAST_SEGMENT_SECONDS, round(seconds / 10) * 10))
    return Pattern(route_id, direction, platforms, tuple(offsets), _departures(windows, f"{route_id}-{direction}"))


def _departures(windows: list[tuple[int, int, int]], name: str) -> tuple[int, ...]:
    """Every line has its own minutes: all departures are shifted by less than the first headway.

    A service round the clock thereby runs from some minutes past 0:00 to as many past 24:00, without a gap.
    """
    shift = sum(name.encode()) * 37 % (windows[0][2] // 60) * 60
    times = [time + shift for starts, until, every in windows for time in range(starts, until, every)]
    return tuple(times)


def _platform(stop: Stop, before: Stop, after: Stop) -> Platform:
    heading = bearing(before.at, after.at)
    side = 1 if heading < 135 or heading >= 315 else 2
    return Platform(f"{stop.key}-{side}", stop, to_the_right(stop.at, 45 if side == 1 else 225, KERB_METRES))


def _seconds(clock: str) -> int:
    hours, minutes = clock.split(":")
    return int(hours) * 3600 + int(minutes) * 60


def _slug(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower().replace("'", "")
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
