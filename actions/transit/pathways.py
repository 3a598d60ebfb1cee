"""What a timetable says of lines as a whole: their pathways, and their first and last buses."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from actions.transit.journeys import Pathway, usual_wait
from actions.transit.network import Line, Place
from actions.transit.service_day import origin
from actions.transit.timetable import Timetable

DIRECTIONS = 4
"""So many directions of a line are named, those with the most buses first."""


@dataclass(frozen=True, slots=True)
class Hours:
    """First and last bus of a line in one direction at a place, on one service day: Unix times."""

    line: Line
    at: Place
    towards: Place
    first: int
    last: int
    buses: int
    day: date


def pathways(timetable: Timetable) -> list[Pathway]:
    """Read the pathways of a timetable: one for each pattern, with the times of one of its trips."""
    network, by_frequency, found = timetable.network, timetable.trips_by_frequency(), []
    for pattern in timetable.patterns(network.routes):
        calls = timetable.calls_of_trip(pattern.trip.id)
        if len(calls) < 2:
            continue
        trips = by_frequency.get(pattern.id, pattern.trips)
        found.append(
            Pathway(
                network.line_of_route[pattern.route],
                tuple(network.place_of_stop[stop] for stop, _, _, _ in calls),
                tuple(arrival for _, arrival, _, _ in calls),
                tuple(departure for _, _, departure, _ in calls),
                (*(board for _, _, _, board in calls[:-1]), False),
                usual_wait(trips),
                trips,
            )
        )
    return found


def hours_of(timetable: Timetable, line: Line, day: date, place: Place | None = None) -> list[Hours]:
    """The first and last buses of a line on a service day, by direction; at a place, else at where they begin.

    Buses that end at the place do not count: nobody can get on.
    """
    network = timetable.network
    services = timetable.services_on(day)
    spans = {id_: span for route in line.route_ids for id_, span in timetable.spans(route, services).items()}
    joined: defaultdict[tuple[str, str], list[tuple[int, int, int, Place, Place]]] = defaultdict(list)
    for pattern in timetable.patterns(line.route_ids):
        calls = timetable.calls_of_trip(pattern.trip.id)
        at = _index(network.place_of_stop[stop].key for stop, _, _, _ in calls[:-1]) if place is not None else {}
        index = 0 if place is None else at.get(place.key)
        span = spans.get(pattern.id)
        if index is None or span is None or len(calls) < 2:
            continue
        offset = calls[index][2] - pattern.trip.begins
        here, end = network.place_of_stop[calls[index][0]], network.place_of_stop[calls[-1][0]]
        joined[here.key, end.key].append((span[0] + offset, span[1] + offset, span[2], here, end))
    zero = origin(day, line.routes[0].zone)
    found = [
        Hours(line, rows[0][3], rows[0][4], zero + min(r[0] for r in rows), zero + max(r[1] for r in rows),
              sum(r[2] for r in rows), day)
        for rows in joined.values()
    ]  # fmt: skip
    return sorted(found, key=lambda hours: -hours.buses)[:DIRECTIONS]


def _index(keys: Iterable[str]) -> dict[str, int]:
    """The first index of each key."""
    places: dict[str, int] = {}
    for index, key in enumerate(keys):
        places.setdefault(key, index)
    return places
