"""Distances and directions on the map, WGS 84 degrees. Exact enough within a city."""

import math

type Point = tuple[float, float]  # latitude, longitude

METRES_PER_DEGREE = 111_195.0  # of latitude, on a sphere of 6,371 km radius


def distance_metres(a: Point, b: Point) -> float:
    north, east = _offsets(a, b)
    return math.hypot(north, east)


def bearing(a: Point, b: Point) -> float:
    """The direction from a to b: degrees clockwise from north, 0 to below 360."""
    north, east = _offsets(a, b)
    return math.degrees(math.atan2(east, north)) % 360


def between(a: Point, b: Point, part: float) -> Point:
    """The point at `part` (0 to 1) of the way from a to b."""
    return a[0] + (b[0] - a[0]) * part, a[1] + (b[1] - a[1]) * part


def to_the_right(point: Point, heading: float, metres: float) -> Point:
    """The point so far to the right of someone who looks along `heading` degrees."""
    side = math.radians(heading + 90)
    lat = point[0] + math.cos(side) * metres / METRES_PER_DEGREE
    lon = point[1] + math.sin(side) * metres / (METRES_PER_DEGREE * math.cos(math.radians(point[0])))
    return round(lat, 6), round(lon, 6)


def _offsets(a: Point, b: Point) -> tuple[float, float]:
    shrink = math.cos(math.radians((a[0] + b[0]) / 2))
    return (b[0] - a[0]) * METRES_PER_DEGREE, (b[1] - a[1]) * METRES_PER_DEGREE * shrink
