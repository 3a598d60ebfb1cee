"""The next buses at a stop: timetable and road put together.

Moments are Unix times in seconds.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum

from actions.transit.naming import Names
from actions.transit.network import Line, Place, Stop
from actions.transit.positions import time_at
from actions.transit.realtime import Fate, Halt, TripUpdate, Vehicle
from actions.transit.road import Loose, Road
from actions.transit.timetable import Call, Run, Timetable

LOOK_BACK_SECONDS = 2 * 3600
"""Buses that should have left are looked for this far back: they may be late. News finds later ones, too."""
LOOK_AHEAD_SECONDS = (3 * 3600, 30 * 3600, 8 * 86400)
"""Looked for in steps: most stops are answered by the first, a night by the second, a holiday by the third."""
STAND_IN_SECONDS = 600
"""A vehicle whose trip is unknown stands for the planned bus of its line nearest in time, within this."""


class Source(Enum):
    """Where an expected time comes from."""

    LIVE = "live"  # the operator's prediction
    ESTIMATE = "estimate"  # worked out here from where the vehicle is
    TIMETABLE = "timetable"


@dataclass(frozen=True, slots=True)
class Arrival:
    """One bus at the stop. Without `exact` the timetable promises a headway only. `away`: stops still to go."""

    line: Line
    stop: Stop
    arrival: int
    departure: int
    source: Source
    headsign: Names
    boards: bool = True
    exact: bool = True
    run: Run | None = None
    seq: int | None = None
    vehicle: Vehicle | None = None
    away: int | None = None
    at_stop: Place | None = None  # where the vehicle is or which stop comes next
    standing: bool = False  # it stands at `at_stop`


@dataclass(frozen=True, slots=True)
class Missing:
    """A planned bus that will not come: the whole trip is cancelled, or it skips this stop."""

    line: Line
    planned: int
    skipped: bool


@dataclass(frozen=True, slots=True)
class Board:
    """All that is known of one stop's next buses, in order of time."""

    arrivals: tuple[Arrival, ...]
    missing: tuple[Missing, ...]


class Boards:
    """Answers for one timetable and one reading of the live feeds."""

    def __init__(self, timetable: Timetable, road: Road) -> None:
        self._timetable = timetable
        self._network = timetable.network
        self._road = road

    def board(
        self, place: Place, now: int, lines: tuple[Line, ...] = (), towards: Place | None = None, *, soon: bool = False
    ) -> Board:
        """Give the next buses at a place, of some lines (all if none are given), on the way to another place if given.

        With `soon` no more is looked for than the next bus needs.
        A planned time further ahead is looked for only where there is none near; of given lines, also tomorrow's first.
        """
        routes = frozenset(route for line in lines for route in line.route_ids) if lines else None
        board = Board((), ())
        if towards is not None and not self._connected(place, towards):
            return board
        for ahead in LOOK_AHEAD_SECONDS[1:] if lines and not soon else LOOK_AHEAD_SECONDS:
            arrivals, missing = self._collect(place, now, now + ahead, routes, towards)
            board = Board(tuple(arrivals), tuple(missing))
            if board.arrivals:
                break
        return board

    def _collect(
        self, place: Place, now: int, until: int, routes: frozenset[int] | None, towards: Place | None
    ) -> tuple[list[Arrival], list[Missing]]:
        arrivals: list[Arrival] = []
        missing: list[Missing] = []
        for call in self._calls(place, now, until, routes):
            if towards is not None and not self._reaches(call, towards):
                continue
            fate = self._road.fate(call.run)
            predicted = self._road.predictions(call.run).get(call.seq)
            skipped = predicted is not None and predicted.skipped
            if fate is Fate.CANCELLED or (skipped and fate is Fate.RUNS):
                if call.departure >= now:
                    missing.append(Missing(self._network.line_of_route[call.run.trip.route], call.departure, skipped))
            elif fate is Fate.RUNS and (predicted is None or not predicted.passed):
                arrivals.append(self._arrival(call, now))
        arrivals += self._extra(place, routes, towards)
        loose = list(self._loose(place, routes, towards))
        arrivals = [a for a in _stood_for(arrivals, loose) if a.departure >= now and a.arrival <= until]
        arrivals = [a for a in arrivals if a.away is None or a.away >= 0]
        arrivals = _drop_terminating(arrivals)
        return sorted(arrivals, key=lambda a: (a.arrival, a.line.key)), sorted(missing, key=lambda m: m.planned)

    def _calls(self, place: Place, now: int, until: int, routes: frozenset[int] | None) -> list[Call]:
        calls = self._timetable.departures(place.stop_ids, now - LOOK_BACK_SECONDS, until, routes)
        served = routes or self._serving(place)
        seen = {(call.run.key, call.seq) for call in calls}
        for run in self._road.runs(served):
            calls += [
                call
                for call in self._timetable.calls(run)
                if call.stop in place.stop_ids and (run.key, call.seq) not in seen
            ]
        return calls

    def _connected(self, place: Place, towards: Place) -> bool:
        """Whether any trip, planned or extra, goes from one place to the other: asked before days are searched."""
        for pattern in self._timetable.patterns(self._serving(place) & self._serving(towards)):
            stops = self._timetable.stops_of(pattern.trip.id)
            begins = next((index for index, stop in enumerate(stops) if stop in place.stop_ids), len(stops))
            if any(stop in towards.stop_ids for stop in stops[begins + 1 :]):
                return True
        return any(self._extra(place, None, towards))

    def _serving(self, place: Place) -> frozenset[int]:
        lines = [self._network.line_of_key[key] for key in place.lines]
        return frozenset(route for line in lines for route in line.route_ids)

    def _reaches(self, call: Call, towards: Place) -> bool:
        return any(c.stop in towards.stop_ids for c in self._timetable.calls(call.run) if c.seq > call.seq)

    def _arrival(self, call: Call, now: int) -> Arrival:
        run = call.run
        predicted = self._road.predictions(run).get(call.seq)
        located = self._road.position(run)
        calls = self._timetable.calls(run)
        index = next(i for i, one in enumerate(calls) if one.seq == call.seq)
        arrival, departure, source = call.arrival, call.departure, Source.TIMETABLE
        away, at_stop, standing = None, None, False
        if predicted is not None and predicted.live:
            arrival, departure, source = predicted.arrival, predicted.departure, Source.LIVE
        if located is not None:
            fit, late = located
            following = int(fit.index) if fit.index == int(fit.index) else int(fit.index) + 1
            away, standing = index - following, fit.index == following
            at_stop = self._network.place_of_stop[calls[following].stop]
            if source is Source.TIMETABLE:
                arrival, departure, source = call.arrival + late, call.departure + late, Source.ESTIMATE
        elif source is Source.LIVE:
            news = self._road.predictions(run)
            coming = (i for i, c in enumerate(calls) if not news[c.seq].skipped and news[c.seq].departure >= now)
            following = next(coming, index)
            if news[calls[following].seq].live and following <= index:
                away, at_stop = index - following, self._network.place_of_stop[calls[following].stop]
        return Arrival(
            self._network.line_of_route[run.trip.route], self._network.stops[call.stop], arrival, departure, source,
            self._timetable.headsign(call), call.boards, run.exact or source is not Source.TIMETABLE,
            run, call.seq, self._road.vehicle(run), away, at_stop, standing,
        )  # fmt: skip

    def _extra(self, place: Place, routes: frozenset[int] | None, towards: Place | None) -> Iterator[Arrival]:
        """Buses that are in no timetable: their stops and times are what the news says, and nothing else."""
        for update in self._road.extra:
            route = next((r for r in self._network.routes.values() if r.route_id == update.trip.route_id), None)
            if route is None or (routes is not None and route.id not in routes):
                continue
            stops = list(self._told_stops(update))
            for number, (stop, arrival, departure) in enumerate(stops):
                goes_on = [self._network.place_of_stop[later.id] for later, _, _ in stops[number + 1 :]]
                if stop.id in place.stop_ids and (towards is None or towards in goes_on):
                    headsign = self._network.place_of_stop[stops[-1][0].id].names
                    line = self._network.line_of_route[route.id]
                    yield Arrival(line, stop, arrival, departure, Source.LIVE, headsign, boards=bool(goes_on))

    def _told_stops(self, update: TripUpdate) -> Iterator[tuple[Stop, int, int]]:
        by_id = {stop.stop_id: stop for stop in self._network.stops.values()}
        for news in update.stops:
            stop = by_id.get(news.stop_id or "")
            times = [e.time for e in (news.arrival, news.departure) if e is not None and e.time is not None]
            if stop is not None and times and news.halt is Halt.MADE:
                yield stop, times[0], times[-1]

    def _loose(self, place: Place, routes: frozenset[int] | None, towards: Place | None) -> Iterator[Arrival]:
        for route in sorted(self._serving(place)):
            if routes is None or route in routes:
                for loose in self._road.loose(route):
                    yield from self._estimate(loose, place, towards)

    def _estimate(self, loose: Loose, place: Place, towards: Place | None) -> Iterator[Arrival]:
        """When a vehicle of which only the line is known comes: once, on this round or, on a circle, the next."""
        calls = self._timetable.calls(self._timetable.run(loose.pattern.trip, loose.day))
        arrivals, departures = [c.arrival for c in calls], [c.departure for c in calls]
        passed = time_at(arrivals, departures, loose.fit.index)
        circle = self._network.place_of_stop[calls[0].stop] is self._network.place_of_stop[calls[-1].stop]
        rounds = (0, arrivals[-1] - arrivals[0]) if circle else (0,)
        following = int(loose.fit.index) + (loose.fit.index != int(loose.fit.index))
        for added in rounds:
            for index, call in enumerate(calls):
                here = call.stop in place.stop_ids and (added or index >= loose.fit.index)
                if here and (towards is None or circle or self._reaches(call, towards)):
                    moment = loose.measured + round(call.arrival + added - passed)
                    yield Arrival(
                        self._network.line_of_route[loose.pattern.route], self._network.stops[call.stop],
                        moment, moment + call.departure - call.arrival, Source.ESTIMATE, self._timetable.headsign(call),
                        call.boards or circle, True, None, call.seq, loose.vehicle,
                        index - following + (len(calls) - 1 if added else 0),
                        self._network.place_of_stop[calls[following].stop], loose.fit.index == following,
                    )  # fmt: skip
                    return


def _stood_for(planned: list[Arrival], loose: list[Arrival]) -> list[Arrival]:
    """Put vehicles without a trip in the place of the planned buses that they are.

    Where the timetable only promises a headway, what it would have until half a headway after the last bus on the road
    is left out: the buses on the road are what it promises.
    """
    rest = list(planned)
    last: defaultdict[tuple[str, str], int] = defaultdict(int)
    for bus in sorted(loose, key=lambda arrival: arrival.arrival):
        last[_way(bus)] = max(last[_way(bus)], bus.arrival)
        same = [a for a in rest if a.exact and a.source is Source.TIMETABLE and _way(a) == _way(bus)]
        nearest = min(same, key=lambda a: abs(a.arrival - bus.arrival), default=None)
        if nearest is not None and abs(nearest.arrival - bus.arrival) <= STAND_IN_SECONDS:
            rest.remove(nearest)
    for arrival in planned:
        if arrival.source is not Source.TIMETABLE and arrival.run is not None and arrival.run.headway is not None:
            last[_way(arrival)] = max(last[_way(arrival)], arrival.arrival)
    return loose + [
        a
        for a in rest
        if a.exact or a.run is None or a.arrival > last[_way(a)] + (a.run.headway or 0) // 2 or last[_way(a)] == 0
    ]


def _way(arrival: Arrival) -> tuple[str, str]:
    return arrival.line.key, arrival.headsign["zh_Hans"]


def _drop_terminating(arrivals: Iterable[Arrival]) -> list[Arrival]:
    """Leave out buses that end here, unless the line does nothing else here: then its arrivals are the answer."""
    listed = list(arrivals)
    boarding = {arrival.line.key for arrival in listed if arrival.boards}
    return [arrival for arrival in listed if arrival.boards or arrival.line.key not in boarding]
