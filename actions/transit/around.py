"""What lies around a stop, as a drawing: the ways of its lines, straight from stop to stop, and the buses on them.

From the timetable alone: streets are not drawn, and nothing is asked of anybody. North is up.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from actions.transit.board import Arrival
from actions.transit.geo import metres
from actions.transit.naming import Names
from actions.transit.network import Line, Place
from actions.transit.timetable import Timetable
from desk.contract.board import HIGH, WIDE

EDGE = 20
"""Units that stay free around what must be seen."""
NEIGHBOURS = 2
"""So many stops before and after the stop are seen on each way, as far as they are near."""
NEAR_M, FAR_M = 300.0, 2500.0
"""The drawing shows at least so much to each side, and no neighbour or bus that is further."""
PATTERNS = 40
MOST_STOPS, MOST_BUSES, MOST_LABELS, MOST_PATH = 60, 12, 7, 5000
BARS_M = (5000, 2000, 1000, 500, 200, 100)
LONGEST_BAR = 90
LABEL_HIGH = 15
UNITS_OF_CHARACTER, UNITS_OF_LETTER = 11.5, 6.5

type Point = tuple[float, float]  # metres east and north of the stop, then units right and down


@dataclass(frozen=True, slots=True)
class Mark:
    """A point with its name; None: there is no room for it. `before`: the name ends where the point is."""

    x: int
    y: int
    names: Names | None = None
    before: bool = False


@dataclass(frozen=True, slots=True)
class Drawing:
    """As `desk.contract.board.Around` says it; `bar_m` are the metres of `bar` units."""

    path: str
    here: Mark
    stops: tuple[Mark, ...]
    buses: tuple[Mark, ...]
    bar: int
    bar_m: int


@dataclass(frozen=True, slots=True)
class _Sheet:
    """How metres become units."""

    left: float
    top: float
    scale: float

    def put(self, point: Point) -> tuple[int, int]:
        east, north = point
        return round((east - self.left) * self.scale), round((self.top - north) * self.scale)

    def holds(self, point: Point) -> bool:
        x, y = self.put(point)
        return 0 <= x <= WIDE and 0 <= y <= HIGH


def drawing(timetable: Timetable, place: Place, lines: Sequence[Line], buses: Iterable[Arrival]) -> Drawing | None:
    """Draw the ways of some lines around a stop, and the buses of which is known where they are.

    None: the lines go nowhere from here.
    """
    ways = _ways(timetable, lines)
    centre = place.platforms[0]
    known = {stop.key: stop for way in ways for stop in way}
    points = {key: metres(*_middle(stop), centre.lat, centre.lon) for key, stop in known.items()}
    near = {stop.key: points[stop.key] for way in ways for stop in _neighbours(way, place)}
    seen = [point for point in near.values() if _reach(point) <= FAR_M]
    if not near:
        return None
    here = points.get(place.key, (0.0, 0.0))
    running = {
        bus.vehicle.id: (bus.line.names, metres(bus.vehicle.lat, bus.vehicle.lon, centre.lat, centre.lon))
        for bus in buses
        if bus.vehicle is not None and bus.vehicle.lat is not None and bus.vehicle.lon is not None
    }
    on_way = [point for _, point in running.values() if _reach(point) <= FAR_M]
    sheet = _sheet([here, *seen, *on_way])
    shown = sorted(
        (key for key in points if key != place.key and sheet.holds(points[key])),
        key=lambda key: _distance(points[key], here),
    )
    marks = _named([(place.names, here), *((known[key].names, points[key]) for key in shown[:MOST_STOPS])], sheet)
    on_road = [(names, point) for names, point in running.values() if sheet.holds(point)][:MOST_BUSES]
    bar_m = next((one for one in BARS_M if one * sheet.scale <= LONGEST_BAR), BARS_M[-1])
    return Drawing(
        path=_path(ways, points, sheet),
        here=marks[0],
        stops=tuple(marks[1:]),
        buses=tuple(Mark(*sheet.put(point), names, sheet.put(point)[0] > WIDE - 50) for names, point in on_road),
        bar=round(bar_m * sheet.scale),
        bar_m=bar_m,
    )


def _ways(timetable: Timetable, lines: Sequence[Line]) -> list[list[Place]]:
    """The stops of each way of the lines, the commonest ways first."""
    of_stop = timetable.network.place_of_stop
    patterns = timetable.patterns(route for line in lines for route in line.route_ids)[:PATTERNS]
    return [[of_stop[stop] for stop in timetable.stops_of(pattern.trip.id)] for pattern in patterns]


def _neighbours(way: Sequence[Place], place: Place) -> list[Place]:
    found = [at for at, stop in enumerate(way) if stop is place]
    near = {one for at in found for one in range(max(0, at - NEIGHBOURS), min(len(way), at + NEIGHBOURS + 1))}
    return [way[one] for one in sorted(near) if way[one] is not place]


def _middle(place: Place) -> tuple[float, float]:
    count = len(place.platforms)
    return sum(stop.lat for stop in place.platforms) / count, sum(stop.lon for stop in place.platforms) / count


def _reach(point: Point) -> float:
    return max(abs(point[0]), abs(point[1]))


def _distance(one: Point, other: Point) -> float:
    return (one[0] - other[0]) ** 2 + (one[1] - other[1]) ** 2


def _sheet(points: Sequence[Point]) -> _Sheet:
    """Fit what must be seen into the box, with its edge free and not larger than life."""
    easts, norths = [point[0] for point in points], [point[1] for point in points]
    wide = max(max(easts) - min(easts), 2 * NEAR_M)
    high = max(max(norths) - min(norths), NEAR_M)
    scale = min((WIDE - 2 * EDGE) / wide, (HIGH - 2 * EDGE) / high)
    middle = (max(easts) + min(easts)) / 2, (max(norths) + min(norths)) / 2
    return _Sheet(middle[0] - WIDE / 2 / scale, middle[1] + HIGH / 2 / scale, scale)


def _path(ways: Sequence[Sequence[Place]], points: dict[str, Point], sheet: _Sheet) -> str:
    """The ways as far as they lie in the box; what several share is drawn once."""
    drawn: set[frozenset[str]] = set()
    said: list[str] = []
    last = ""
    for way in ways:
        for one, other in pairwise(way):
            ends = frozenset((one.key, other.key))
            inside = _clipped(sheet.put(points[one.key]), sheet.put(points[other.key]))
            if ends in drawn or inside is None:
                continue
            drawn.add(ends)
            begins, stops = (f"{x},{y}" for x, y in inside)
            said.append(f"L{stops}" if begins == last else f"M{begins}L{stops}")
            last = stops
        last = ""
    path = "".join(said)
    return path if len(path) <= MOST_PATH else path[: path.rindex("M", 0, MOST_PATH)]


def _clipped(one: Point, other: Point) -> tuple[tuple[int, int], tuple[int, int]] | None:
    """The part of a line within the box (Liang and Barsky); None: there is none."""
    (x, y), (dx, dy) = one, (other[0] - one[0], other[1] - one[1])
    first, last = 0.0, 1.0
    for step, room in ((-dx, x), (dx, WIDE - x), (-dy, y), (dy, HIGH - y)):
        if step == 0:
            if room < 0:
                return None
        elif step < 0:
            first = max(first, room / step)
        else:
            last = min(last, room / step)
    if first >= last:
        return None
    return (round(x + first * dx), round(y + first * dy)), (round(x + last * dx), round(y + last * dy))


def _named(stops: Sequence[tuple[Names, Point]], sheet: _Sheet) -> list[Mark]:
    """The stops, the nearest with their names as far as these do not lie over each other."""
    marks: list[Mark] = []
    taken: list[tuple[float, float, float, float]] = []
    for names, point in stops:
        x, y = sheet.put(point)
        long = max(
            UNITS_OF_CHARACTER * len(names["zh_Hans"]), UNITS_OF_LETTER * len(names.get("en", "")), UNITS_OF_LETTER
        )
        before = x + 7 + long > WIDE
        left = x - 7 - long if before else x + 7
        label = (left, y - LABEL_HIGH / 2, left + long, y + LABEL_HIGH / 2)
        room = len(taken) < MOST_LABELS and left >= 0 and label[1] >= 0 and label[3] <= HIGH
        if room and not any(_over(label, one) for one in taken):
            taken.append(label)
            marks.append(Mark(x, y, names, before))
        else:
            marks.append(Mark(x, y))
    return marks


def _over(one: tuple[float, float, float, float], other: tuple[float, float, float, float]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
