"""An area on the map for which something is announced: polygons with holes, WGS 84 degrees, as GeoJSON writes them.

How many points there are is counted before anything is computed of them. Of residents only squares of a grid are known
(`desk.contract.grid`): an area reaches those whose square it touches, rather some too many than one too few.
"""

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from desk.contract.datum import gcj02_to_wgs84
from desk.contract.grid import IN_A_ROW, PER_DEGREE, column_of, row_of

if TYPE_CHECKING:  # geometry is loaded by what computes: an area is also read and shown
    from shapely.geometry import Polygon
    from shapely.geometry.base import BaseGeometry

    from desk.city.files import Bounds

MOST_POINTS = 2_000  # in all rings together
MOST_RINGS = 100
MOST_DEGREES = 6.0  # from south to north, and from west to east
LONGEST_WRITTEN = 200_000  # characters
DECIMALS = 5  # of degrees: a metre
DEGREE_KM = 111.2

type Position = tuple[float, float]
"""Longitude and latitude."""
type Ring = tuple[Position, ...]
type Datum = Literal["wgs84", "gcj02"]
type Ranges = tuple[tuple[int, int], ...]


class AreaFault(ValueError):
    """What is wrong with an area: `key` is a text of the console, with `args`."""

    def __init__(self, key: str, message: str, **args: str | int) -> None:
        super().__init__(message)
        self.key = key
        self.args_said = args


class Area(BaseModel):
    """A GeoJSON MultiPolygon (RFC 7946): of each polygon its border, then its holes; each ring ends where it begins.

    At most `MOST_POINTS` points; no ring crosses or touches itself or another; at most `MOST_DEGREES` wide and high.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    type: Literal["MultiPolygon"] = "MultiPolygon"
    coordinates: Annotated[tuple[tuple[Ring, ...], ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        _insist(self.coordinates)
        return self


def area_of(polygons: Sequence[Sequence[Sequence[Sequence[float]]]], datum: Datum = "wgs84") -> Area:
    """The area of polygons, each ring closed and in WGS 84, whatever it came in.

    Raises:
        AreaFault: it is none.
    """
    if sum(len(ring) for polygon in polygons for ring in polygon) > MOST_POINTS:
        raise _too_many()
    rings = tuple(tuple(_ring(ring, datum) for ring in polygon) for polygon in polygons)
    _insist(rings)
    return Area(coordinates=rings)


def read(written: str, datum: Datum = "wgs84") -> Area:
    """What somebody pasted: GeoJSON, a list of pairs, or a longitude and a latitude in each line.

    In lines a blank one begins another polygon. Latitude before longitude is understood where a number can be no
    latitude.

    Raises:
        AreaFault: nothing of the kind, or it is no area.
    """
    if len(written) > LONGEST_WRITTEN:
        raise _too_many()
    said = written.strip()
    if said.startswith(("{", "[")):
        try:
            return area_of(list(_of_json(json.loads(said))), datum)
        except (ValueError, TypeError, KeyError, RecursionError, OverflowError) as exc:
            if isinstance(exc, AreaFault):
                raise
            raise _unread() from exc
    parts = [part for part in said.replace("\r\n", "\n").split("\n\n") if part.strip()]
    return area_of([[_of_lines(part)] for part in parts], datum)


def written(area: Area) -> str:
    """The area as a person reads and changes it: lines where it is simple, else GeoJSON."""
    if all(len(polygon) == 1 for polygon in area.coordinates):
        return "\n\n".join("\n".join(f"{lon},{lat}" for lon, lat in polygon[0][:-1]) for polygon in area.coordinates)
    return area.model_dump_json()


@lru_cache(maxsize=64)
def shape(area: Area) -> "BaseGeometry":
    """The area as a geometry, x being longitude."""
    import shapely
    from shapely.geometry import Polygon

    return shapely.union_all([Polygon(rings[0], rings[1:]) for rings in area.coordinates])


@lru_cache(maxsize=64)
def ranges_of(area: Area) -> Ranges:
    """The squares that the area touches, as ranges of their numbers, both ends within."""
    from shapely.geometry import box

    ground = shape(area)
    west, south, east, north = ground.bounds
    found: list[tuple[int, int]] = []
    for row in range(row_of(south), row_of(north) + 1):
        low = row / PER_DEGREE - 90
        within = ground.intersection(box(west - 1, low, east + 1, low + 1 / PER_DEGREE))
        found += _joined(sorted(_columns(within)), row)
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Raster:
    """The squares that an area touches, on the smallest ground of whole rows and columns that holds them all.

    Attributes:
        first: number of the square in the south-west.
        last: the greatest number of a square that is touched.
        width: so many columns it has.
        squares: a bit each, row by row from the south, each row from the west; the lowest of a byte first.
    """

    first: int
    last: int
    width: int
    squares: bytes


@lru_cache(maxsize=64)
def raster_of(area: Area) -> Raster:
    """The squares that the area touches, so that one can be looked up at once."""
    ranges = ranges_of(area)
    south, north = ranges[0][0] // IN_A_ROW, ranges[-1][0] // IN_A_ROW
    west = min(first % IN_A_ROW for first, _ in ranges)
    width = max(last % IN_A_ROW for _, last in ranges) - west + 1
    bits = 0
    for first, last in ranges:
        at = (first // IN_A_ROW - south) * width + first % IN_A_ROW - west
        bits |= ((1 << last - first + 1) - 1) << at
    size = ((north - south + 1) * width + 7) // 8
    return Raster(south * IN_A_ROW + west, ranges[-1][1], width, bits.to_bytes(size, "little"))


def square_km(area: Area) -> float:
    """How large it is, within a per cent."""
    ground = shape(area)
    middle = (ground.bounds[1] + ground.bounds[3]) / 2
    return float(ground.area) * DEGREE_KM**2 * math.cos(math.radians(middle))


def meets(area: Area, bounds: "Bounds") -> bool:
    """Whether any of it lies within a city's bounds."""
    return bool(shape(area).intersects(_box(bounds)))


def within(ground: "BaseGeometry", bounds: "Bounds") -> Area | None:
    """As much of some ground as lies within a city's bounds, simple enough; None: nothing does."""
    import shapely

    found = shapely.make_valid(ground).intersection(_box(bounds))
    simple = found
    for degrees in (0.0, 0.0005, 0.002, 0.01):
        simple = shapely.make_valid(found.simplify(degrees)) if degrees else found
        polygons = [one for one in _polygons(simple) if one.area > 0]
        rings = [[[*one.exterior.coords], *([*hole.coords] for hole in one.interiors)] for one in polygons]
        if not rings:
            return None
        try:
            return area_of(rings)
        except AreaFault:
            continue
    west, south, east, north = simple.bounds
    return area_of([[[(west, south), (east, south), (east, north), (west, north)]]])


def _ring(points: Sequence[Sequence[float]], datum: Datum) -> Ring:
    found: list[Position] = []
    for point in points:
        if len(point) < 2 or not all(isinstance(one, int | float) and math.isfinite(one) for one in point[:2]):
            raise _unread()
        lon, lat = float(point[0]), float(point[1])
        if not (-180 <= lon <= 180 and -90 <= lat <= 90):
            raise AreaFault("error_announcement_area_range", f"{lon},{lat} is no longitude and latitude.")
        if datum == "gcj02":
            lat, lon = gcj02_to_wgs84(lat, lon)
        here = (round(lon, DECIMALS), round(lat, DECIMALS))
        if not found or found[-1] != here:
            found.append(here)
    if found and found[0] != found[-1]:
        found.append(found[0])
    return tuple(found)


def _insist(polygons: Sequence[Sequence[Ring]]) -> None:
    """Insist that polygons are an area: counted first, then looked at.

    Raises:
        AreaFault: they are none.
    """
    import shapely
    from shapely.geometry import MultiPolygon, Polygon

    rings = [ring for polygon in polygons for ring in polygon]
    if len(rings) > MOST_RINGS or sum(map(len, rings)) > MOST_POINTS:
        raise _too_many()
    if not rings or not all(polygons) or any(len(ring) < 4 or ring[0] != ring[-1] for ring in rings):
        raise AreaFault("error_announcement_area_ring", "Each ring has at least three points and ends where it begins.")
    if any(not (-180 <= lon <= 180 and -90 <= lat <= 90) for ring in rings for lon, lat in ring):
        raise AreaFault("error_announcement_area_range", "A point is no longitude and latitude.")
    for polygon in polygons:
        made = Polygon(polygon[0], polygon[1:])
        if not made.is_valid:
            raise _crossing(shapely.is_valid_reason(made))
    whole = MultiPolygon([(polygon[0], polygon[1:]) for polygon in polygons])
    if not whole.is_valid:
        raise _crossing(shapely.is_valid_reason(whole))
    west, south, east, north = whole.bounds
    if max(east - west, north - south) > MOST_DEGREES:
        most = round(MOST_DEGREES * DEGREE_KM)
        raise AreaFault("error_announcement_area_large", f"It is larger than {most} km.", most=most)


def _of_json(value: Any) -> Iterator[Sequence[Sequence[Sequence[float]]]]:
    """The polygons of GeoJSON, or of a bare list of points."""
    match value:
        case {"type": "FeatureCollection", "features": list(features)}:
            for one in features:
                yield from _of_json(one)
        case {"type": "Feature", "geometry": dict(geometry)}:
            yield from _of_json(geometry)
        case {"type": "GeometryCollection", "geometries": list(geometries)}:
            for one in geometries:
                yield from _of_json(one)
        case {"type": "Polygon", "coordinates": list(rings)}:
            yield rings
        case {"type": "MultiPolygon", "coordinates": list(polygons)}:
            yield from polygons
        case [[int() | float(), *_], *_]:
            yield [_turned(value)]
        case _:
            raise _unread()


def _of_lines(part: str) -> Sequence[Sequence[float]]:
    points = []
    for line in part.replace(";", "\n").split("\n"):
        numbers = [piece for piece in line.replace(",", " ").replace("\uff0c", " ").split() if piece]
        if not numbers:
            continue
        try:
            points.append([float(one) for one in numbers])
        except ValueError as exc:
            raise _unread() from exc
        if len(numbers) != 2:
            raise _unread()
        if len(points) > MOST_POINTS:
            raise _too_many()
    return _turned(points)


def _turned(points: Sequence[Sequence[float]]) -> Sequence[Sequence[float]]:
    """Longitude first: what is beyond 90 degrees is no latitude."""
    if points and all(len(one) >= 2 and abs(one[0]) <= 90 < abs(one[1]) for one in points):
        return [(one[1], one[0]) for one in points]
    return points


def _columns(ground: "BaseGeometry") -> Iterator[tuple[int, int]]:
    """The first and last column of each piece of a row."""
    for one in getattr(ground, "geoms", [ground]):
        if not one.is_empty:
            west, _, east, _ = one.bounds
            yield column_of(west), column_of(east)


def _joined(columns: Sequence[tuple[int, int]], row: int) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for first, last in columns:
        low, high = row * IN_A_ROW + first, row * IN_A_ROW + last
        if found and low <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(found[-1][1], high))
        else:
            found.append((low, high))
    return found


def _polygons(ground: "BaseGeometry") -> "Iterator[Polygon]":
    from shapely.geometry import Polygon

    for one in getattr(ground, "geoms", [ground]):
        if isinstance(one, Polygon):
            yield one
        elif hasattr(one, "geoms"):
            yield from _polygons(one)


def _box(bounds: "Bounds") -> "BaseGeometry":
    from shapely.geometry import box

    return box(bounds.west, bounds.south, bounds.east, bounds.north)


def _unread() -> AreaFault:
    return AreaFault("error_announcement_area_unread", "It is neither GeoJSON nor a longitude and a latitude a line.")


def _too_many() -> AreaFault:
    message = f"It has more than {MOST_POINTS} points or {MOST_RINGS} rings."
    return AreaFault("error_announcement_area_points", message, most=MOST_POINTS)


def _crossing(why: str) -> AreaFault:
    return AreaFault("error_announcement_area_crossing", f"Its border crosses itself: {why}.")
