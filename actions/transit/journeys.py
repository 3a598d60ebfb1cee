"""Journeys from one place to another, direct or with one change.

A journey's cost is in seconds: riding, the wait that its timetable lets expect, and walking, which counts more than it
takes. Of the journeys that use the same lines only the cheapest is found, and none with a change to or from a line
that goes directly.
"""

import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise, product

from actions.transit.geo import distance_m
from actions.transit.naming import Names
from actions.transit.network import Line, Network, Place

WALK_M = 600.0
"""How far a resident walks to the first stop, and from the last: eight to ten minutes."""
CHANGE_WALK_M = 300.0
"""How far between two stops to change."""
METRES_A_SECOND = 1.0
"""As the crow flies, at the pace of a resident of seventy."""
WALK_WEIGHT = 1.5
CHANGE_SECONDS = 300
"""What a change costs beyond its wait: finding the stop, standing, the risk of missing the bus."""
LONGEST_WAIT_SECONDS = 1800
SERVICE_SECONDS = 16 * 3600
"""A line's day, over which its trips are spread when the wait for one is estimated."""
TOO_DEAR, TOO_DEAR_SECONDS = 2.0, 600.0
"""A journey of more than twice the cheapest one's cost and ten minutes is not worth naming."""


@dataclass(frozen=True, slots=True)
class Pathway:
    """A sequence of stops that buses of a line run. Times are seconds from any beginning; `wait` is the usual wait."""

    line: Line
    places: tuple[Place, ...]
    arrivals: tuple[int, ...]
    departures: tuple[int, ...]
    boards: tuple[bool, ...]
    wait: float
    trips: int = 1


@dataclass(frozen=True, slots=True)
class Ride:
    """One bus of a journey. `stops` counts the stop to get off at, not the one to get on at."""

    line: Line
    board: Place
    alight: Place
    stops: int
    seconds: int
    headsign: Names


@dataclass(frozen=True, slots=True)
class Journey:
    """Rides in order. `walks` are metres before the first, between two, and after the last: one more than rides."""

    rides: tuple[Ride, ...]
    walks: tuple[float, ...]
    cost: float

    @property
    def seconds(self) -> float:
        """Riding and walking, without waiting."""
        return sum(ride.seconds for ride in self.rides) + sum(self.walks) / METRES_A_SECOND

    @property
    def direct(self) -> bool:
        return len(self.rides) == 1


@dataclass(frozen=True, slots=True)
class _Leg:
    """Part of a pathway, from one index to another, and the cost of all up to it, or from it on."""

    cost: float
    pathway: int
    start: int
    end: int


type _Legs = dict[int, dict[str, _Leg]]  # by number of the place, then by key of the line


def usual_wait(trips: float) -> float:
    """Half the headway of so many trips a day, in seconds, with a bound."""
    return min(LONGEST_WAIT_SECONDS, SERVICE_SECONDS / (2 * max(trips, 1)))


class JourneyIndex:
    """All pathways of a network, by place; and which places lie near each other."""

    def __init__(self, network: Network, pathways: Sequence[Pathway]) -> None:
        self.pathways = tuple(pathways)
        self._places = network.places
        self._number = {place.key: number for number, place in enumerate(network.places)}
        self._stops = [tuple(self._number[place.key] for place in pathway.places) for pathway in pathways]
        self._through: defaultdict[int, list[int]] = defaultdict(list)
        for number, stops in enumerate(self._stops):
            for stop in sorted(set(stops)):
                self._through[stop].append(number)
        self._of_line: defaultdict[str, list[Pathway]] = defaultdict(list)
        for pathway in self.pathways:
            self._of_line[pathway.line.key].append(pathway)
        self._grid = _Grid(network.places)
        self._changes: dict[int, tuple[tuple[int, float], ...]] = {}

    def of_line(self, line: Line) -> list[Pathway]:
        """The pathways of a line, the commonest first."""
        return sorted(self._of_line[line.key], key=lambda pathway: (-pathway.trips, -len(pathway.places)))

    def around(self, place: Place) -> dict[str, float]:
        """The served places in walking distance of a place, with metres, by key; itself with 0."""
        return {near.key: metres for near, metres in self._grid.around_place(place, WALK_M)}

    def around_point(self, lat: float, lon: float) -> dict[str, float]:
        """The served places in walking distance of a point (WGS 84), with metres, by key."""
        return {near.key: metres for near, metres in self._grid.around(lat, lon, WALK_M)}

    def find(self, access: Mapping[str, float], egress: Mapping[str, float]) -> list[Journey]:
        """Find journeys from some places to others, the best first.

        Args:
            access: metres to walk to each place where a bus may be boarded.
            egress: metres to walk from each place where one may be left.
        """
        leave = {self._number[key]: _walk(metres) for key, metres in access.items()}
        reach = {self._number[key]: _walk(metres) for key, metres in egress.items()}
        forward = self._forward(leave)
        found: dict[tuple[str, ...], Journey] = {}

        def keep(lines: tuple[str, ...], cost: float, legs: tuple[_Leg, ...]) -> None:
            if lines not in found or cost < found[lines].cost:
                found[lines] = self._journey(legs, access, egress, cost)

        for place, walk in reach.items():
            for line, leg in forward.get(place, {}).items():
                keep((line,), leg.cost + walk, (leg,))
        direct = {lines[0] for lines in found}
        changes = self._with_a_change(forward, self._backward(reach), direct)
        for lines, (cost, legs) in changes.items():
            keep(lines, cost, legs)
        ranked = sorted(found.values(), key=lambda journey: (journey.cost, [r.line.key for r in journey.rides]))
        return [journey for journey in ranked if journey.cost <= TOO_DEAR * ranked[0].cost + TOO_DEAR_SECONDS]

    def _with_a_change(
        self, forward: _Legs, backward: _Legs, direct: Collection[str]
    ) -> dict[tuple[str, str], tuple[float, tuple[_Leg, _Leg]]]:
        """The cheapest way of each pair of lines, with its cost; no line that goes there without a change."""
        changes: dict[tuple[str, str], tuple[float, tuple[_Leg, _Leg]]] = {}
        for place, legs in forward.items():
            firsts = [(line, leg) for line, leg in legs.items() if line not in direct]
            for other, metres in self._changes_at(place):
                dear = CHANGE_SECONDS + _walk(metres)
                for (one, first), (two, second) in product(firsts, backward.get(other, {}).items()):
                    cost = first.cost + dear + second.cost
                    if two != one and two not in direct and cost < changes.get((one, two), (math.inf,))[0]:
                        changes[one, two] = (cost, (first, second))
        return changes

    def _forward(self, leave: Mapping[int, float]) -> _Legs:
        """For every place that a bus from the beginning reaches: the cheapest way there, by line."""
        legs: _Legs = {}
        for number in sorted({pathway for place in leave for pathway in self._through[place]}):
            pathway, stops = self.pathways[number], self._stops[number]
            best, start = math.inf, 0
            for index, stop in enumerate(stops):
                if best < math.inf:
                    _keep(legs, stop, pathway.line.key, _Leg(best + pathway.arrivals[index], number, start, index))
                if stop in leave and pathway.boards[index]:
                    cost = leave[stop] + pathway.wait - pathway.departures[index]
                    if cost < best:
                        best, start = cost, index
        return legs

    def _backward(self, reach: Mapping[int, float]) -> _Legs:
        """For every place from which a bus reaches the end: the cheapest way on from there, by line."""
        legs: _Legs = {}
        for number in sorted({pathway for place in reach for pathway in self._through[place]}):
            pathway, stops = self.pathways[number], self._stops[number]
            best, end = math.inf, 0
            for index in range(len(stops) - 1, -1, -1):
                stop = stops[index]
                if best < math.inf and pathway.boards[index]:
                    cost = best + pathway.wait - pathway.departures[index]
                    _keep(legs, stop, pathway.line.key, _Leg(cost, number, index, end))
                if stop in reach and reach[stop] + pathway.arrivals[index] < best:
                    best, end = reach[stop] + pathway.arrivals[index], index
        return legs

    def _changes_at(self, place: int) -> tuple[tuple[int, float], ...]:
        if place not in self._changes:
            near = self._grid.around_place(self._places[place], CHANGE_WALK_M)
            self._changes[place] = tuple((self._number[other.key], metres) for other, metres in near)
        return self._changes[place]

    def _journey(
        self, legs: tuple[_Leg, ...], access: Mapping[str, float], egress: Mapping[str, float], cost: float
    ) -> Journey:
        rides = tuple(self._ride(leg) for leg in legs)
        between = tuple(_apart(one.alight, two.board) for one, two in pairwise(rides))
        return Journey(rides, (access[rides[0].board.key], *between, egress[rides[-1].alight.key]), cost)

    def _ride(self, leg: _Leg) -> Ride:
        pathway = self.pathways[leg.pathway]
        return Ride(
            pathway.line,
            pathway.places[leg.start],
            pathway.places[leg.end],
            leg.end - leg.start,
            pathway.arrivals[leg.end] - pathway.departures[leg.start],
            pathway.places[-1].names,
        )


class _Grid:
    """Places by cells of a few hundred metres, so that few are measured."""

    def __init__(self, places: Iterable[Place]) -> None:
        self._cells: defaultdict[tuple[int, int], list[Place]] = defaultdict(list)
        for place in places:
            if place.lines:
                for cell in {self._cell(stop.lat, stop.lon) for stop in place.platforms}:
                    self._cells[cell].append(place)

    @staticmethod
    def _cell(lat: float, lon: float) -> tuple[int, int]:
        return math.floor(lat * 200), math.floor(lon * 200)

    def around(self, lat: float, lon: float, within_m: float) -> list[tuple[Place, float]]:
        tall = math.degrees(within_m / 6_000_000)
        wide = tall / max(math.cos(math.radians(lat)), 0.01)
        south, west = self._cell(lat - tall, lon - wide)
        north, east = self._cell(lat + tall, lon + wide)
        near = {
            place.key: place
            for row in range(south, north + 1)
            for column in range(west, east + 1)
            for place in self._cells.get((row, column), ())
        }
        measured = ((place, place.distance_m(lat, lon)) for place in near.values())
        return sorted(((p, d) for p, d in measured if d <= within_m), key=lambda pair: (pair[1], pair[0].key))

    def around_place(self, place: Place, within_m: float) -> list[tuple[Place, float]]:
        """By the two platforms nearest to each other; the place itself with 0."""
        near = {place.key: (place, 0.0)} if place.lines else {}
        for stop in place.platforms:
            for other, metres in self.around(stop.lat, stop.lon, within_m):
                if other.key not in near or metres < near[other.key][1]:
                    near[other.key] = (other, metres)
        return sorted(near.values(), key=lambda pair: (pair[1], pair[0].key))


def _apart(one: Place, two: Place) -> float:
    if one.key == two.key:
        return 0.0
    return min(distance_m(a.lat, a.lon, b.lat, b.lon) for a in one.platforms for b in two.platforms)


def _walk(metres: float) -> float:
    return metres / METRES_A_SECOND * WALK_WEIGHT


def _keep(legs: _Legs, place: int, line: str, leg: _Leg) -> None:
    known = legs.setdefault(place, {})
    if line not in known or leg.cost < known[line].cost:
        known[line] = leg
