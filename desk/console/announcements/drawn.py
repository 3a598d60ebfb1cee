"""An area drawn: its border, the squares that it touches, and districts' names as landmarks. No map is fetched."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from desk.city.area import DEGREE_KM, Area, ranges_of, shape, square_km
from desk.city.files import City, District
from desk.contract.grid import square_of

WIDTH = 480.0
MOST_SQUARES = 1_500  # so many are drawn; of more the border says it
LANDMARKS = 3  # so many of the nearest are within the picture
MARGIN = 0.12
LEAST_DEGREES = 0.03
BARS_KM = (0.5, 1, 2, 5, 10, 20, 50, 100, 200)


@dataclass(frozen=True, slots=True)
class Landmark:
    """A district's name, and where it stands."""

    x: float
    y: float
    slug: str
    is_right: bool


@dataclass(frozen=True, slots=True)
class Drawing:
    """A picture `width` by `height`: paths as SVG writes them, and a bar of `bar_km`."""

    width: float
    height: float
    border: str
    squares: str
    touched: int
    landmarks: Sequence[Landmark]
    bar: float
    bar_km: float
    square_km: float


def drawn(area: Area, city: City) -> Drawing:
    """The picture of an area with what lies around it."""
    ground = shape(area)
    middle = ground.centroid
    known = sorted((one for one in city.districts if one.centre is not None), key=lambda one: _away(one, middle))
    west, south, east, north = ground.bounds
    for one in known[:LANDMARKS]:
        assert one.centre is not None
        west, east = min(west, one.centre.lon), max(east, one.centre.lon)
        south, north = min(south, one.centre.lat), max(north, one.centre.lat)
    wide, high = max(east - west, LEAST_DEGREES), max(north - south, LEAST_DEGREES)
    west, east, south, north = west - wide * MARGIN, east + wide * MARGIN, south - high * MARGIN, north + high * MARGIN
    narrower = math.cos(math.radians((south + north) / 2))
    scale = WIDTH / ((east - west) * narrower)

    def at(lon: float, lat: float) -> tuple[float, float]:
        return round((lon - west) * narrower * scale, 1), round((north - lat) * scale, 1)

    ranges = ranges_of(area)
    touched = sum(last - first + 1 for first, last in ranges)
    squares = [_box(at, first, last) for first, last in ranges] if touched <= MOST_SQUARES else []
    marks = [
        Landmark(*at(one.centre.lon, one.centre.lat), one.slug, at(one.centre.lon, one.centre.lat)[0] > WIDTH / 2)
        for one in known
        if one.centre is not None and west <= one.centre.lon <= east and south <= one.centre.lat <= north
    ]
    km = WIDTH / (scale / DEGREE_KM)
    bar_km = max((one for one in BARS_KM if one <= km / 3), default=BARS_KM[0])
    border = " ".join(
        "M" + " L".join(f"{x},{y}" for x, y in (at(*point) for point in ring)) + " Z"
        for polygon in area.coordinates
        for ring in polygon
    )
    height = round((north - south) * scale, 1)
    return Drawing(
        WIDTH,
        height,
        border,
        " ".join(squares),
        touched,
        marks,
        round(bar_km * scale / DEGREE_KM, 1),
        bar_km,
        square_km(area),
    )


def _box(at: Callable[[float, float], tuple[float, float]], first: int, last: int) -> str:
    """Squares side by side as one path."""
    left, right = square_of(first), square_of(last)
    (x, y), (beyond, below) = at(left.west, left.north), at(right.east, right.south)
    return f"M{x},{y} H{beyond} V{below} H{x} Z"


def _away(district: District, middle: Any) -> float:
    assert district.centre is not None
    return math.hypot(district.centre.lat - middle.y, district.centre.lon - middle.x)
