"""Where a vehicle is along its stops, and when it will reach the next ones. Pure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from actions.transit.geo import metres
from actions.transit.realtime import Standing, Vehicle

OFF_ROUTE_M = 400.0
"""A vehicle farther than this from the straight lines between stops is on no such trip (depot, diversion, GPS)."""
WRONG_WAY_M = 250.0
"""What heading against a segment costs in the choice of segment: out and back often run on one street."""
ALIKE_M = 40.0
"""Segments that fit within this much of the best are told apart by the timetable."""
SHORT_SEGMENT_M = 30.0


@dataclass(frozen=True, slots=True)
class Fit:
    """A place along a sequence of stops: 3.25 is a quarter of the way from stop 3 to 4. `off_m`: how far beside."""

    index: float
    off_m: float


def locate(
    points: Sequence[tuple[float, float]],
    stop_ids: Sequence[str],
    seqs: Sequence[int],
    vehicle: Vehicle,
    expected_index: float | None = None,
) -> Fit | None:
    """Find a vehicle along the stops of a trip. None if it is on none of its segments, or says nothing.

    What the vehicle says of itself (stop sequence, stop and status) counts before where it is.
    """
    named = _named(stop_ids, seqs, vehicle, expected_index)
    if named is not None and vehicle.standing is Standing.STOPPED:
        return Fit(float(named), 0.0)
    if vehicle.lat is None or vehicle.lon is None:
        if named is None:
            return None
        return Fit(max(0.0, named - (0.1 if vehicle.standing is Standing.INCOMING else 0.5)), 0.0)
    here = [metres(lat, lon, vehicle.lat, vehicle.lon) for lat, lon in points]
    if named is not None:
        return Fit(0.0, 0.0) if named == 0 else _onto(here[named - 1], here[named], named - 1)[0]
    fits = [
        (fit.off_m + (WRONG_WAY_M if _against(heading, vehicle.bearing) else 0.0), fit)
        for fit, heading in (_onto(here[i], here[i + 1], i) for i in range(len(here) - 1))
    ]
    best = min((cost for cost, _ in fits), default=math.inf)
    if best > OFF_ROUTE_M:
        return None
    alike = [(cost, fit) for cost, fit in fits if cost <= best + ALIKE_M]
    if expected_index is not None:
        return min(alike, key=lambda pair: abs(pair[1].index - expected_index))[1]
    return min(alike, key=lambda pair: pair[0])[1]


def _named(stop_ids: Sequence[str], seqs: Sequence[int], vehicle: Vehicle, expected: float | None) -> int | None:
    if vehicle.seq is not None and vehicle.seq in seqs:
        return list(seqs).index(vehicle.seq)
    if vehicle.stop_id is None:
        return None
    places = [index for index, stop_id in enumerate(stop_ids) if stop_id == vehicle.stop_id]
    if len(places) == 1 or (places and expected is not None):
        return min(places, key=lambda index: abs(index - (expected or 0.0)))
    return None


def _onto(a: tuple[float, float], b: tuple[float, float], index: int) -> tuple[Fit, float | None]:
    """Project the origin onto the segment a→b. Gives the fit, and the heading in degrees unless too short."""
    dx, dy = b[0] - a[0], b[1] - a[1]
    length = math.hypot(dx, dy)
    share = 0.0 if length == 0 else min(1.0, max(0.0, -(a[0] * dx + a[1] * dy) / length**2))
    off = math.hypot(a[0] + share * dx, a[1] + share * dy)
    heading = math.degrees(math.atan2(dx, dy)) % 360 if length >= SHORT_SEGMENT_M else None
    return Fit(index + share, off), heading


def _against(heading: float | None, bearing: float | None) -> bool:
    if heading is None or bearing is None:
        return False
    return abs((heading - bearing + 180) % 360 - 180) > 100


def time_at(arrivals: Sequence[int], departures: Sequence[int], index: float) -> float:
    """Give the planned time at a place along the stops: standing at a stop counts as its departure."""
    stop = min(int(index), len(arrivals) - 1)
    if stop == len(arrivals) - 1:
        return float(arrivals[stop])
    share = index - stop
    return departures[stop] + share * (arrivals[stop + 1] - departures[stop])
