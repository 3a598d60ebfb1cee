"""What the timetable says: runs and their calls.

Moments are Unix times in seconds; a run is one trip on one service day.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any
from zoneinfo import ZoneInfo

from actions.transit.naming import Names
from actions.transit.network import Network, read_network
from actions.transit.service_day import days_around, origin


@dataclass(frozen=True, slots=True)
class Trip:
    """A row of trips.txt. `begins` and `ends` are seconds of the service day; `frequent`: run by frequencies.txt."""

    id: int
    trip_id: str
    route: int
    service: int
    headsign: int | None
    direction: int | None
    begins: int
    ends: int
    last_seq: int
    pattern: int
    frequent: bool


@dataclass(frozen=True, slots=True)
class Run:
    """One trip on one day. `start` is given for trips by frequency; without `exact` only the headway is promised."""

    trip: Trip
    day: date
    start: int | None = None
    exact: bool = True
    headway: int | None = None
    zone: ZoneInfo = field(default=ZoneInfo("UTC"), compare=False)

    @property
    def key(self) -> tuple[int, date, int | None]:
        """What tells runs apart: trip, day and, by frequency, start."""
        return self.trip.id, self.day, self.start

    @property
    def shift(self) -> int:
        """Seconds to add to the trip's seconds to get Unix times."""
        return origin(self.day, self.zone) + (0 if self.start is None else self.start - self.trip.begins)


@dataclass(frozen=True, slots=True)
class Call:
    """A run's halt at a platform. `boards`: passengers may get on and the run goes further."""

    run: Run
    seq: int
    stop: int
    arrival: int
    departure: int
    boards: bool
    headsign: int | None


@dataclass(frozen=True, slots=True)
class Pattern:
    """A sequence of stops; `trip` is one that runs it, `trips` how many do."""

    id: int
    route: int
    direction: int | None
    trip: Trip
    trips: int


_TRIP = (
    "t.id, t.trip_id, t.route, t.service, t.headsign, t.direction, t.begins, t.ends, t.last_seq, t.pattern, t.frequent"
)
_CALL = "st.seq, st.stop, st.arrival, st.departure, st.board, st.headsign"
_AT = "st.stop IN (SELECT value FROM json_each(?)) AND t.service IN (SELECT value FROM json_each(?))"


class Timetable:
    """A timetable file, open for reading from any thread."""

    def __init__(self, path: Path) -> None:
        """Open a file that `loader.build` made, and read its network.

        Raises:
            sqlite3.Error: it is no such file.
        """
        self._db = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True, check_same_thread=False)
        self._lock = Lock()
        self.path = path
        try:
            self.network: Network = read_network(self._db)
            self._latest = int(self._all("SELECT value FROM meta WHERE key = 'latest_seconds'")[0][0])
            self._labels: dict[int, Names] = {row[0]: json.loads(row[1]) for row in self._all("SELECT * FROM labels")}
        except (sqlite3.Error, LookupError, ValueError):
            self._db.close()
            raise
        self._zones = sorted({route.zone for route in self.network.routes.values()}, key=lambda zone: zone.key)
        self.calls = lru_cache(2_000)(self._calls)
        self.stops_of = lru_cache(2_000)(self._stops_of)
        self.services_on = lru_cache(64)(self._services_on)
        self._find = lru_cache(20_000)(self._find_trip)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    def _all(self, statement: str, values: tuple[Any, ...] = ()) -> list[Any]:
        with self._lock:
            return self._db.execute(statement, values).fetchall()

    def _services_on(self, day: date) -> frozenset[int]:
        """Give the services that run on a day, by calendar.txt and calendar_dates.txt."""
        number, bit = day.toordinal(), 1 << day.weekday()
        regular = self._all(
            "SELECT service FROM calendar WHERE weekdays & ? AND first <= ? AND last >= ?", (bit, number, number)
        )
        exceptions = self._all("SELECT service, added FROM exceptions WHERE day = ?", (number,))
        running = {row[0] for row in regular} | {service for service, added in exceptions if added}
        return frozenset(running - {service for service, added in exceptions if not added})

    def last_day(self) -> date | None:
        """Give the last day on which anything is planned to run."""
        (row,) = self._all(
            "SELECT max(day) FROM (SELECT max(last) AS day FROM calendar"
            " UNION SELECT max(day) FROM exceptions WHERE added)"
        )
        return None if row[0] is None else date.fromordinal(row[0])

    def trip(self, trip_id: str) -> Trip | None:
        """Give the trip of an id, if the timetable has it and it can be used."""
        return self._find(trip_id)

    def _find_trip(self, trip_id: str) -> Trip | None:
        rows = self._all(f"SELECT {_TRIP} FROM trips t WHERE t.trip_id = ? AND t.pattern IS NOT NULL", (trip_id,))
        return _trip(rows[0]) if rows else None

    def trips_starting(self, route: int, begins: int) -> list[Trip]:
        """Give the trips of a route that begin at a second of the service day, and those run by frequency."""
        rows = self._all(
            f"SELECT {_TRIP} FROM trips t WHERE t.route = ? AND (t.begins = ? OR t.frequent) AND t.pattern IS NOT NULL",
            (route, begins),
        )
        return [_trip(row) for row in rows]

    def headway(self, trip: Trip, start: int) -> tuple[int, bool] | None:
        """Give headway in seconds and exactness of a trip's frequency at a start, or None."""
        rows = self._all(
            "SELECT headway, exact FROM frequencies WHERE trip = ? AND first <= ? AND last > ?", (trip.id, start, start)
        )
        return (rows[0][0], bool(rows[0][1])) if rows else None

    def patterns(self, routes: Iterable[int]) -> list[Pattern]:
        """Give the patterns of some routes, the commonest first."""
        rows = self._all(
            f"SELECT p.id, p.route, p.direction, p.trips, {_TRIP} FROM patterns p JOIN trips t ON t.id = p.trip"
            " WHERE p.route IN (SELECT value FROM json_each(?)) ORDER BY p.trips DESC, p.id",
            (json.dumps(sorted(routes)),),
        )
        return [Pattern(r[0], r[1], r[2], _trip(r[4:]), r[3]) for r in rows]

    def run(self, trip: Trip, day: date, start: int | None = None) -> Run:
        """Make the run of a trip on a day."""
        zone = self.network.routes[trip.route].zone
        if not trip.frequent:
            return Run(trip, day, zone=zone)
        start = trip.begins if start is None else start
        headway, exact = self.headway(trip, start) or (None, True)
        return Run(trip, day, start, exact, headway, zone)

    def _calls(self, run: Run) -> tuple[Call, ...]:
        """Give all calls of a run, in order."""
        rows = self._all(f"SELECT {_CALL} FROM stop_times st WHERE st.trip = ? ORDER BY st.seq", (run.trip.id,))
        return tuple(_call(run, row) for row in rows)

    def _stops_of(self, trip: int) -> tuple[int, ...]:
        """Give the platforms of a trip, in order."""
        return tuple(row[0] for row in self._all("SELECT stop FROM stop_times WHERE trip = ? ORDER BY seq", (trip,)))

    def calls_of_trip(self, trip: int) -> list[tuple[int, int, int, bool]]:
        """Give platform, arrival, departure (seconds of the service day) and boarding of each call of a trip."""
        rows = self._all("SELECT stop, arrival, departure, board FROM stop_times WHERE trip = ? ORDER BY seq", (trip,))
        return [(stop, arrival, departure, bool(board)) for stop, arrival, departure, board in rows]

    def trips_by_frequency(self) -> dict[int, int]:
        """Give how many trips the frequencies of patterns promise, by pattern; the others have none."""
        return dict(
            self._all(
                "SELECT t.pattern, sum((f.last - f.first + f.headway - 1) / f.headway)"
                " FROM frequencies f JOIN trips t ON t.id = f.trip WHERE t.pattern IS NOT NULL GROUP BY t.pattern"
            )
        )

    def spans(self, route: int, services: frozenset[int]) -> dict[int, tuple[int, int, int]]:
        """Give, by pattern of a route, the first and last start of trips of some services, and how many start.

        Starts are seconds of the service day.
        """
        rows = self._all(
            "SELECT pattern, min(first), max(last), sum(starts) FROM ("
            " SELECT pattern, begins AS first, begins AS last, 1 AS starts FROM trips"
            "  WHERE route = ?1 AND NOT frequent AND service IN (SELECT value FROM json_each(?2))"
            " UNION ALL SELECT t.pattern, f.first, f.first + (f.last - f.first - 1) / f.headway * f.headway,"
            "  (f.last - f.first + f.headway - 1) / f.headway FROM frequencies f JOIN trips t ON t.id = f.trip"
            "  WHERE t.route = ?1 AND t.service IN (SELECT value FROM json_each(?2)))"
            " WHERE pattern IS NOT NULL GROUP BY pattern",
            (route, json.dumps(sorted(services))),
        )
        return {pattern: (first, last, starts) for pattern, first, last, starts in rows}

    def departures(
        self, stops: Iterable[int], since: int, until: int, routes: frozenset[int] | None = None
    ) -> list[Call]:
        """Give the planned calls at some platforms that leave between two moments, in order of time."""
        at, calls = json.dumps(sorted(stops)), []
        for zone in self._zones:
            back, ahead = self._latest // 86400 + 1, (until - since) // 86400 + 1
            for day in days_around(since, zone, back=back, ahead=ahead):
                services = self.services_on(day)
                if not services:
                    continue
                begin = origin(day, zone)
                for call in self._day(at, day, zone, services, (since - begin, until - begin)):
                    route = call.run.trip.route
                    if self.network.routes[route].zone == zone and (routes is None or route in routes):
                        calls.append(call)
        return sorted(calls, key=lambda call: (call.departure, call.run.trip.id))

    def _day(
        self, at: str, day: date, zone: ZoneInfo, services: frozenset[int], window: tuple[int, int]
    ) -> Iterator[Call]:
        since, until = window
        if until < 0 or since > self._latest:
            return
        running = json.dumps(sorted(services))
        for row in self._all(
            f"SELECT {_CALL}, {_TRIP} FROM stop_times st JOIN trips t ON t.id = st.trip"
            f" WHERE {_AT} AND st.departure BETWEEN ? AND ? AND NOT t.frequent",
            (at, running, since, until),
        ):
            yield _call(Run(_trip(row[6:]), day, zone=zone), row[:6])
        for row in self._all(
            f"SELECT {_CALL}, f.first, f.last, f.headway, f.exact, {_TRIP} FROM trips t"
            f" JOIN frequencies f ON f.trip = t.id JOIN stop_times st ON st.trip = t.id WHERE t.frequent AND {_AT}",
            (at, running),
        ):
            first, last, headway, exact = row[6:10]
            trip = _trip(row[10:])
            offset = row[3] - trip.begins
            step = max(0, -(-(since - offset - first) // headway))
            for start in range(first + step * headway, min(last, until - offset + 1), headway):
                yield _call(Run(trip, day, start, bool(exact), headway, zone), row[:6])

    def headsign(self, call: Call) -> Names:
        """Where a run is going, as its display says or else the name of its last stop."""
        label = call.headsign or call.run.trip.headsign
        if label is not None:
            return self._labels[label]
        return self.network.place_of_stop[self.calls(call.run)[-1].stop].names


def _trip(row: tuple[Any, ...]) -> Trip:
    id_, trip_id, route, service, headsign, direction, begins, ends, last_seq, pattern, frequent = row
    return Trip(id_, trip_id, route, service, headsign, direction, begins, ends, last_seq, pattern, bool(frequent))


def _call(run: Run, row: tuple[Any, ...]) -> Call:
    seq, stop, arrival, departure, board, headsign = row
    shift = run.shift
    boards = bool(board) and seq != run.trip.last_seq
    return Call(run, seq, stop, shift + arrival, shift + departure, boards, headsign)
