"""What lies around a stop is drawn from the timetable alone, within its box."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fixtures.transit import TABLES, board, edition, moment

from actions.transit.around import Drawing, drawing
from actions.transit.editions import Edition
from desk.contract.board import HIGH, WIDE

NUMBERS = re.compile(r"(\d+),(\d+)")
NOON = moment("08:05")


@pytest.fixture(scope="module")
def feed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Edition]:
    opened = edition(tmp_path_factory.mktemp("feed"))
    yield opened
    opened.timetable.close()


def drawn(feed: Edition, stop: str, lines: tuple[str, ...] = (), news: str = "") -> Drawing | None:
    """The drawing of a stop, by names; of all its lines if none are named."""
    place = feed.stops.find(stop).places[0]
    chosen = [line for name in lines for line in feed.lines.find(name)] or feed.timetable.network.lines_at(place)
    return drawing(feed.timetable, place, chosen, board(feed, stop, NOON, news).arrivals)


def test_the_ways_lie_within_the_box(feed: Edition) -> None:
    """And so does every stop that is marked."""
    found = drawn(feed, "河桥")
    assert found is not None
    points = [(int(x), int(y)) for x, y in NUMBERS.findall(found.path)]
    points += [(mark.x, mark.y) for mark in (found.here, *found.stops, *found.buses)]
    assert points
    assert [point for point in points if not (0 <= point[0] <= WIDE and 0 <= point[1] <= HIGH)] == []


def test_north_is_up_and_east_to_the_right(feed: Edition) -> None:
    """The lake lies north of the bridge, the gate to the west of it."""
    found = drawn(feed, "河桥")
    assert found is not None
    marks = {mark.names["zh_Hans"]: mark for mark in (found.here, *found.stops) if mark.names is not None}
    assert marks["湖心"].y < marks["河桥"].y
    assert marks["东门"].x < marks["河桥"].x < marks["南站"].x


def test_what_several_ways_share_is_drawn_once(feed: Edition) -> None:
    """Line 28 runs there and back: three stretches, and one by which the way back passes a stop by."""
    found = drawn(feed, "东门", ("28",))
    assert found is not None
    assert found.path.count("L") == 4


def test_no_neighbour_far_away_makes_the_drawing_small(tmp_path: Path) -> None:
    """Its way leads out of the box instead."""
    far = TABLES["stops.txt"].replace("north,北园,30.0000,120.0300", "north,北园,30.0000,120.1300")
    feed = edition(tmp_path, {"stops.txt": far})
    found = drawn(feed, "河桥", ("28",))
    feed.timetable.close()
    assert found is not None
    assert f"L{WIDE}," in found.path
    assert "北园" not in [mark.names["zh_Hans"] for mark in found.stops if mark.names is not None]


@pytest.mark.parametrize(("lat", "seen"), [(30.0, 1), (31.5, 0)])
def test_buses_are_marked_where_they_are_known_to_be(feed: Edition, lat: float, seen: int) -> None:
    """Those that are near, by their line."""
    news = (
        'entity { id: "v" vehicle { trip { trip_id: "out1" start_date: "20260101" route_id: "R28" } vehicle { id: "b" }'
        f" position {{ latitude: {lat} longitude: 120.004 }} current_stop_sequence: 2 }} }}"
    ).replace("20260101", "20261124")
    found = drawn(feed, "河桥", ("28",), news)
    assert found is not None
    assert [mark.names["en"] for mark in found.buses if mark.names is not None] == ["28"] * seen


def test_names_do_not_lie_over_each_other(feed: Edition) -> None:
    """The stop's own is always there."""
    found = drawn(feed, "河桥")
    assert found is not None
    assert found.here.names is not None
    rows = sorted((mark.y, mark.x) for mark in (found.here, *found.stops) if mark.names is not None)
    assert len(rows) == len(set(rows))


def test_lines_that_go_nowhere_are_not_drawn(feed: Edition) -> None:
    """There is nothing to see."""
    place = feed.stops.find("河桥").places[0]
    assert drawing(feed.timetable, place, [], []) is None
