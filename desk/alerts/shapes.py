"""Where alerts hold: rings and circles on the earth, WGS 84 degrees, latitude before longitude as CAP writes them.

Points are counted by `desk.alerts.cap` before any of this looks at them.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import shapely
from shapely.geometry import Polygon, box
from shapely.geometry.base import BaseGeometry

from desk.city.files import Bounds

type Ring = tuple[tuple[float, float], ...]
"""Latitude and longitude of each point; the last is the first."""

EARTH_KM = 6371.0
DEGREE_KM = EARTH_KM * math.pi / 180
CORNERS = 64
"""So many a circle has where it is drawn as a polygon."""


@dataclass(frozen=True, slots=True)
class Circle:
    """A place and a distance from it."""

    lat: float
    lon: float
    km: float


def fault_of(ring: Ring) -> str | None:
    """What is wrong with the course of a closed ring: it crosses or touches itself, or encloses nothing."""
    polygon = _polygon(ring)
    return None if polygon.is_valid else str(shapely.is_valid_reason(polygon))


def ring_meets(ring: Ring, bounds: Bounds) -> bool:
    """Whether a valid ring and a box have any ground in common."""
    within = box(bounds.west, bounds.south, bounds.east, bounds.north)
    return bool(_polygon(ring).intersects(within))


def circle_meets(circle: Circle, bounds: Bounds) -> bool:
    """Whether a circle reaches a box: the box's nearest point is no farther than its radius."""
    lat = min(max(circle.lat, bounds.south), bounds.north)
    lon = min(max(circle.lon, bounds.west), bounds.east)
    return _distance_km(circle.lat, circle.lon, lat, lon) <= circle.km


def ground_of(rings: Iterable[Ring], circles: Iterable[Circle]) -> BaseGeometry:
    """All that valid rings and circles cover together, x being longitude; empty where there are none."""
    return shapely.union_all([*map(_polygon, rings), *map(_round, circles)])


def _round(circle: Circle) -> Polygon:
    """A circle as a polygon that holds it whole."""
    north = circle.km / DEGREE_KM / math.cos(math.pi / CORNERS)
    east = north / max(math.cos(math.radians(circle.lat)), 0.01)
    angles = [2 * math.pi * corner / CORNERS for corner in range(CORNERS)]
    return Polygon([(circle.lon + east * math.cos(one), circle.lat + north * math.sin(one)) for one in angles])


def _polygon(ring: Ring) -> Polygon:
    return Polygon([(lon, lat) for lat, lon in ring])


def _distance_km(lat: float, lon: float, other_lat: float, other_lon: float) -> float:
    """Along the earth (haversine)."""
    here, there = math.radians(lat), math.radians(other_lat)
    half = math.sin((there - here) / 2) ** 2
    half += math.cos(here) * math.cos(there) * math.sin(math.radians(other_lon - lon) / 2) ** 2
    return 2 * EARTH_KM * math.asin(math.sqrt(min(1.0, half)))
