"""Stops, places and lines of a timetable, as residents speak of them.

A place is what a resident calls a stop: all platforms of one station, and platforms of one name that lie together.
A line is all routes of one operator that carry one number.
"""

import json
import math
import re
import sqlite3
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from zoneinfo import ZoneInfo

from actions.transit.geo import distance_m
from actions.transit.naming import Names, plain, without_brackets
from values.lexicon import lexicon

_WORDS = lexicon(__file__)
_BUS_LINE, _METRO_LINE = _WORDS.by_name("bus_line"), _WORDS.by_name("metro_line")
_LINE_ENDS = _WORDS["line_ends"]

TOGETHER_M = 800.0
"""Platforms of one name within this distance are one place: both sides of a crossing, and long terminals."""
METRO_MODES = frozenset({1, *range(400, 500)})
"""`route_type` of an underground, basic and extended."""


@dataclass(frozen=True, slots=True)
class Stop:
    """A platform. Degrees, WGS 84."""

    id: int
    stop_id: str
    code: str
    names: Names
    lat: float
    lon: float
    parent: str


@dataclass(frozen=True, slots=True)
class Place:
    """What a resident calls a stop. `key` is a stop_id of the feed, the same after a refresh; `lines` serve it."""

    key: str
    names: Names
    platforms: tuple[Stop, ...]
    lines: frozenset[str] = frozenset()

    @property
    def stop_ids(self) -> frozenset[int]:
        return frozenset(stop.id for stop in self.platforms)

    def distance_m(self, lat: float, lon: float) -> float:
        """Metres to the nearest platform."""
        return min(distance_m(lat, lon, stop.lat, stop.lon) for stop in self.platforms)


@dataclass(frozen=True, slots=True)
class Route:
    """A row of routes.txt."""

    id: int
    route_id: str
    agency: int
    short: str
    long: str
    short_names: Names
    long_names: Names
    mode: int
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class Line:
    """What a resident calls a line. `key` is the same after a refresh; `names` are ready to be shown (“line 28”)."""

    key: str
    names: Names
    routes: tuple[Route, ...]

    @property
    def route_ids(self) -> frozenset[int]:
        return frozenset(route.id for route in self.routes)


@dataclass(frozen=True, slots=True)
class Network:
    """All places and lines of one timetable."""

    places: tuple[Place, ...]
    lines: tuple[Line, ...]
    stops: dict[int, Stop]
    routes: dict[int, Route]
    place_of_stop: dict[int, Place]
    line_of_route: dict[int, Line]
    place_of_key: dict[str, Place]
    line_of_key: dict[str, Line]

    def lines_at(self, place: Place) -> tuple[Line, ...]:
        """Give the lines that serve a place, in the order of their numbers."""
        return tuple(sorted((self.line_of_key[key] for key in place.lines), key=_by_number))

    def near(self, lat: float, lon: float, within_m: float) -> list[tuple[Place, float]]:
        """Give the served places within a distance, nearest first, with metres."""
        margin = math.degrees(within_m / 6_000_000)
        across = margin / max(math.cos(math.radians(lat)), 0.01)
        found = [
            (place, place.distance_m(lat, lon))
            for place in self.places
            if place.lines and any(abs(s.lat - lat) <= margin and abs(s.lon - lon) <= across for s in place.platforms)
        ]
        return sorted(((p, d) for p, d in found if d <= within_m), key=lambda pair: (pair[1], pair[0].key))


def read_network(db: sqlite3.Connection) -> Network:
    """Read the network of a timetable file into memory: some kilobytes a stop, nothing a trip."""
    zones = {row[0]: ZoneInfo(row[1]) for row in db.execute("SELECT id, zone FROM agencies")}
    routes = {
        row[0]: Route(
            row[0], row[1], row[2], row[3], row[4], json.loads(row[5]), json.loads(row[6]), row[7], zones[row[2]]
        )
        for row in db.execute("SELECT id, route_id, agency, short, long, short_names, long_names, mode FROM routes")
    }
    lines = _lines(list(routes.values()))
    line_of_route = {route.id: line for line in lines for route in line.routes}
    serving: defaultdict[int, set[str]] = defaultdict(set)
    for stop, route in db.execute(
        "SELECT DISTINCT s.stop, p.route FROM pattern_stops s JOIN patterns p ON p.id = s.pattern"
    ):
        serving[stop].add(line_of_route[route].key)
    stations: dict[str, Names] = {}
    stops: dict[int, Stop] = {}
    for id_, stop_id, code, names, lat, lon, parent, station in db.execute("SELECT * FROM stops ORDER BY id"):
        if station:
            stations[stop_id] = json.loads(names)
        else:
            stops[id_] = Stop(id_, stop_id, code, json.loads(names), lat, lon, parent)
    places = [_place(group, stations, serving) for group in _groups(list(stops.values()), stations)]
    place_of_stop = {stop.id: place for place in places for stop in place.platforms}
    place_of_key = {stop.stop_id: place_of_stop[stop.id] for stop in stops.values()} | {p.key: p for p in places}
    return Network(
        tuple(places),
        tuple(lines),
        stops,
        routes,
        place_of_stop,
        line_of_route,
        place_of_key,
        {line.key: line for line in lines},
    )


def _by_number(line: Line) -> tuple[str, int, str]:
    """28 before 155, numbers before B1 before K4."""
    letters, digits = re.sub(r"\d+.*", "", line.key.partition(":")[2]), re.search(r"\d+", line.key.partition(":")[2])
    return letters, int(digits[0]) if digits else 0, line.key


def name_key(names: Names) -> str:
    """Spell a stop's name for deciding whether two platforms have the same."""
    return plain(without_brackets(names["zh_Hans"]))


def _groups(stops: Sequence[Stop], stations: dict[str, Names]) -> list[list[Stop]]:
    """Put platforms together: by station, else by name and nearness (single link over a grid of cells)."""
    named: defaultdict[tuple[str, str], list[Stop]] = defaultdict(list)
    for stop in stops:
        named[("station", stop.parent) if stop.parent in stations else ("name", name_key(stop.names))].append(stop)
    groups: list[list[Stop]] = []
    for (kind, _), members in named.items():
        if kind == "station" or len(members) == 1:
            groups.append(members)
        else:
            groups += _clusters(members)
    return groups


def _clusters(stops: Sequence[Stop]) -> list[list[Stop]]:
    side, shrink = math.degrees(TOGETHER_M / 6_000_000), math.cos(math.radians(max(abs(stop.lat) for stop in stops)))
    cells: defaultdict[tuple[int, int], list[Stop]] = defaultdict(list)

    def cell(stop: Stop) -> tuple[int, int]:
        return int(stop.lat // side), int(stop.lon * shrink // side)

    for stop in stops:
        cells[cell(stop)].append(stop)
    left, clusters = {stop.id: stop for stop in stops}, []
    while left:
        _, seed = left.popitem()
        cluster, frontier = [seed], [seed]
        while frontier:
            here = frontier.pop()
            row, column = cell(here)
            near = [s for r in (row - 1, row, row + 1) for c in (column - 1, column, column + 1) for s in cells[(r, c)]]
            for other in near:
                if other.id in left and distance_m(here.lat, here.lon, other.lat, other.lon) <= TOGETHER_M:
                    del left[other.id]
                    cluster.append(other)
                    frontier.append(other)
        clusters.append(sorted(cluster, key=lambda stop: stop.id))
    return sorted(clusters, key=lambda group: group[0].id)


def _place(group: Sequence[Stop], stations: dict[str, Names], serving: dict[int, set[str]]) -> Place:
    parent = group[0].parent
    names = stations[parent] if parent in stations else min((s.names for s in group), key=lambda n: len(n["zh_Hans"]))
    names = {locale: without_brackets(name) for locale, name in names.items()}
    lines = frozenset(line for stop in group for line in serving.get(stop.id, ()))
    return Place(parent if parent in stations else group[0].stop_id, names, tuple(group), lines)


def _lines(routes: Sequence[Route]) -> list[Line]:
    grouped: defaultdict[tuple[int, str], list[Route]] = defaultdict(list)
    for route in routes:
        grouped[(route.agency, plain(route.short or route.long) or route.route_id)].append(route)
    return [
        Line(f"{agency}:{key}", _line_names(members[0]), tuple(members)) for (agency, key), members in grouped.items()
    ]


def _line_names(route: Route) -> Names:
    """Name a line as it is called: 28 with a word for line in Chinese, another one for the metro; 28 in English."""
    if not route.short:
        return route.long_names
    names = dict(route.short_names)
    shown = names["zh_Hans"]
    if shown[-1:].isdigit():
        called = _METRO_LINE if route.mode in METRO_MODES else _BUS_LINE
        names["zh_Hans"] = shown + called["zh_Hans"]
        names["zh_Hant"] = names.get("zh_Hant", shown) + called["zh_Hant"]
    if "en" not in names:
        names["en"] = reduce(str.removesuffix, _LINE_ENDS, route.short)
    return names
