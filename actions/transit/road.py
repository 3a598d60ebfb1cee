"""What is on the road: live news laid onto the runs of the timetable.

Made once for each reading of the feeds and asked many times.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from actions.transit.delays import Predicted, predict
from actions.transit.positions import Fit, locate, time_at
from actions.transit.realtime import Fate, Snapshot, StopUpdate, TripRef, TripUpdate, Vehicle
from actions.transit.service_day import days_around, origin
from actions.transit.timetable import Call, Pattern, Run, Timetable, Trip

VEHICLE_STALE_SECONDS = 300
"""A position measured longer ago is not used, also where the feed as a whole is fresh: the bus has moved on."""
FAR_SECONDS = 6 * 3600
"""A trip without a date belongs to the service day that brings it nearest to now, and no farther than this."""

type RunKey = tuple[int, date, int | None]


@dataclass(frozen=True, slots=True)
class Loose:
    """A vehicle of which only the route is known, on its likeliest pattern."""

    vehicle: Vehicle
    pattern: Pattern
    fit: Fit
    measured: int
    day: date


class Road:
    """News by run. Not for use by two threads at once."""

    def __init__(self, timetable: Timetable, snapshot: Snapshot, now: int) -> None:
        """Lay the news of a snapshot onto a timetable. `now` is a Unix time."""
        self._timetable = timetable
        self._at = snapshot.at or now
        self._routes = {route.route_id: route for route in timetable.network.routes.values()}
        self._stop_ids = {stop.id: stop.stop_id for stop in timetable.network.stops.values()}
        self._stops = {stop.stop_id: stop for stop in timetable.network.stops.values()}
        self._updates: dict[RunKey, tuple[Run, TripUpdate]] = {}
        self._vehicles: dict[RunKey, tuple[Run, Vehicle]] = {}
        self.extra: list[TripUpdate] = []
        self._loose: defaultdict[int, list[Vehicle]] = defaultdict(list)
        self._predictions: dict[RunKey, dict[int, Predicted]] = {}
        self._found = lru_cache(10_000)(self._loose_on)
        runs_of_vehicles: dict[str, Run] = {}
        for update in snapshot.updates:
            if update.trip.fate is Fate.EXTRA:
                self.extra.append(update)
                continue
            run = self._run(update.trip, now, update.stops)
            if run is None:
                continue
            self._updates[run.key] = (run, update)
            if update.trip.fate is Fate.REPLACED:
                self.extra.append(update)
            if update.vehicle is not None:
                runs_of_vehicles[update.vehicle] = run
        for vehicle in snapshot.vehicles:
            if self._at - (vehicle.at or self._at) <= VEHICLE_STALE_SECONDS:
                self._place(vehicle, runs_of_vehicles.get(vehicle.id), now)

    def _place(self, vehicle: Vehicle, updated: Run | None, now: int) -> None:
        run = self._run(vehicle.trip, now, ()) if vehicle.trip is not None else None
        run = run or updated
        if run is not None:
            self._vehicles[run.key] = (run, vehicle)
        elif vehicle.trip is not None:
            trip = self._timetable.trip(vehicle.trip.trip_id) if vehicle.trip.trip_id else None
            route = self._routes.get(vehicle.trip.route_id or "")
            number = trip.route if trip is not None else None if route is None else route.id
            if number is not None:
                self._loose[number].append(vehicle)

    def _run(self, ref: TripRef, now: int, news: Sequence[StopUpdate]) -> Run | None:
        """Find the run that is meant, or None."""
        trip = self._timetable.trip(ref.trip_id) if ref.trip_id else None
        if trip is None:
            return self._by_start(ref, now)
        start = ref.start if trip.frequent else None
        for day in [ref.start_date] if ref.start_date is not None else self._days(trip, now, start):
            if trip.frequent and start is None:
                start = self._start_from_news(trip, day, news)
                if start is None:
                    return None
            return self._timetable.run(trip, day, start)
        return None

    def _by_start(self, ref: TripRef, now: int) -> Run | None:
        route = self._routes.get(ref.route_id or "")
        if route is None or ref.start is None:
            return None
        for trip in self._timetable.trips_starting(route.id, ref.start):
            if ref.direction is not None and trip.direction is not None and trip.direction != ref.direction:
                continue
            for day in [ref.start_date] if ref.start_date is not None else self._days(trip, now, ref.start):
                runs = trip.service in self._timetable.services_on(day)
                if runs and (not trip.frequent or self._timetable.headway(trip, ref.start) is not None):
                    return self._timetable.run(trip, day, ref.start if trip.frequent else None)
        return None

    def _days(self, trip: Trip, now: int, start: int | None) -> list[date]:
        """Give the service days on which a trip runs about now, the nearest first."""
        zone = self._timetable.network.routes[trip.route].zone
        near: list[tuple[int, date]] = []
        for day in days_around(now, zone, back=trip.ends // 86400 + 1, ahead=1):
            if trip.service not in self._timetable.services_on(day):
                continue
            shift = origin(day, zone) + (start - trip.begins if trip.frequent and start is not None else 0)
            away = max(shift + trip.begins - now, now - shift - trip.ends, 0)
            if away <= FAR_SECONDS or (trip.frequent and start is None):
                near.append((away, day))
        return [day for _, day in sorted(near)]

    def _start_from_news(self, trip: Trip, day: date, news: Sequence[StopUpdate]) -> int | None:
        """Work out when a trip by frequency began, from the first moment that is given for one of its stops."""
        template = self._timetable.calls(self._timetable.run(trip, day, trip.begins))
        for update in news:
            expected = update.departure or update.arrival
            for call in template:
                same = call.seq == update.seq or (update.seq is None and self._stop_ids[call.stop] == update.stop_id)
                if same and expected is not None and expected.time is not None:
                    planned = call.departure if update.departure is not None else call.arrival
                    return trip.begins + expected.time - planned
        return None

    def runs(self, routes: frozenset[int]) -> list[Run]:
        """Give the runs of some routes of which there is news."""
        known = {key: run for found in (self._updates, self._vehicles) for key, (run, _) in found.items()}
        return [run for run in known.values() if run.trip.route in routes]

    def fate(self, run: Run) -> Fate:
        """Whether a run takes place."""
        found = self._updates.get(run.key)
        return Fate.RUNS if found is None else found[1].trip.fate

    def vehicle(self, run: Run) -> Vehicle | None:
        """The vehicle that makes a run, if it is known."""
        found = self._vehicles.get(run.key)
        return None if found is None else found[1]

    def predictions(self, run: Run) -> dict[int, Predicted]:
        """What the trip updates say of each call of a run, by sequence. Empty without news."""
        if run.key not in self._updates:
            return {}
        if run.key not in self._predictions:
            calls = self._timetable.calls(run)
            predicted = predict(calls, self._stop_ids, self._updates[run.key][1])
            self._predictions[run.key] = {one.call.seq: one for one in predicted}
        return self._predictions[run.key]

    def position(self, run: Run) -> tuple[Fit, int] | None:
        """Where the vehicle of a run is along its calls, and how late in seconds it is there (early is negative)."""
        vehicle = self.vehicle(run)
        if vehicle is None:
            return None
        calls = self._timetable.calls(run)
        arrivals, departures = [call.arrival for call in calls], [call.departure for call in calls]
        measured = vehicle.at or self._at
        expected = next((float(i) for i, call in enumerate(calls) if call.departure >= measured), float(len(calls) - 1))
        fit = self._fit(calls, vehicle, expected)
        if fit is None:
            return None
        late = round(measured - time_at(arrivals, departures, fit.index))
        return fit, max(0, late) if fit.index == 0 else late  # waiting at the first stop is not being early

    def loose(self, route: int) -> list[Loose]:
        """Give the vehicles of a route of which no trip is known."""
        return [one for vehicle in self._loose.get(route, ()) if (one := self._found(route, vehicle)) is not None]

    def _loose_on(self, route: int, vehicle: Vehicle) -> Loose | None:
        measured = vehicle.at or self._at
        best: Loose | None = None
        ref = vehicle.trip or TripRef()
        for pattern in self._timetable.patterns([route]):
            if ref.direction is not None and pattern.direction not in (None, ref.direction):
                continue
            day = days_around(measured, self._timetable.network.routes[route].zone, back=0)[0]
            calls = self._timetable.calls(self._timetable.run(pattern.trip, day))
            fit = self._fit(calls, vehicle, None)
            if fit is not None and (best is None or fit.off_m < best.fit.off_m):
                best = Loose(vehicle, pattern, fit, measured, day)
        return best

    def _fit(self, calls: Sequence[Call], vehicle: Vehicle, expected: float | None) -> Fit | None:
        stops = self._timetable.network.stops
        points = [(stops[call.stop].lat, stops[call.stop].lon) for call in calls]
        return locate(points, [self._stop_ids[c.stop] for c in calls], [c.seq for c in calls], vehicle, expected)
