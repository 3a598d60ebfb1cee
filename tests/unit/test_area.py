"""Areas on the map: what is read, what is refused, which squares they touch."""

import json

import pytest
from shapely.geometry import Point, box

from desk.city.area import (
    MOST_POINTS,
    Area,
    AreaFault,
    area_of,
    meets,
    ranges_of,
    raster_of,
    read,
    shape,
    within,
    written,
)
from desk.city.files import Bounds
from desk.contract.grid import IN_A_ROW, cell_at

SQUARE = [[120.151, 30.271], [120.169, 30.271], [120.169, 30.279], [120.151, 30.279], [120.151, 30.271]]
HANGZHOU = Bounds(south=29.18, west=118.34, north=30.57, east=120.72)


def _touches(area: Area, lat: float, lon: float) -> bool:
    cell = cell_at(lat, lon)
    return any(first <= cell <= last for first, last in ranges_of(area))


@pytest.mark.parametrize(
    "said",
    [
        json.dumps({"type": "Polygon", "coordinates": [SQUARE]}),
        json.dumps({"type": "MultiPolygon", "coordinates": [[SQUARE]]}),
        json.dumps({"type": "Feature", "properties": {}, "geometry": {"type": "Polygon", "coordinates": [SQUARE]}}),
        json.dumps(
            {
                "type": "FeatureCollection",
                "features": [{"type": "Feature", "geometry": {"type": "Polygon", "coordinates": [SQUARE]}}],
            }
        ),
        json.dumps(SQUARE),
        "120.151,30.271\n120.169,30.271\n120.169,30.279\n120.151,30.279",
        "120.151 30.271; 120.169 30.271; 120.169 30.279; 120.151 30.279",
        "30.271, 120.151\r\n30.271，120.169\r\n30.279,120.169\r\n30.279,120.151",
    ],
)
def test_whatever_it_is_written_in_it_is_one_area(said: str) -> None:
    """GeoJSON, pairs, or lines; latitude first is understood where a number can be no latitude."""
    assert read(said) == area_of([[SQUARE]])


@pytest.mark.parametrize(
    ("said", "key"),
    [
        ("", "ring"),
        ("here", "unread"),
        ("{}", "unread"),
        ('{"type": "Point", "coordinates": [120, 30]}', "unread"),
        ('{"type": "Polygon", "coordinates": [["a", "b", "c", "d"]]}', "unread"),
        ('{"type": "Polygon", "coordinates": [[[null, 1], [2, 3], [4, 5]]]}', "unread"),
        ("[" * 10_000, "unread"),
        ("120,30,5\n121,30,5\n121,31,5", "unread"),
        ("120,30\n121,30", "ring"),
        ("120,30\n121,31\n121,30\n120,31", "crossing"),
        ("1200,30\n121,30\n121,31", "range"),
        ("120,30\nnan,30\n121,31", "unread"),
        ("100,30\n121,30\n121,31", "large"),
        ("\n".join(f"120.{n},30" for n in range(MOST_POINTS + 5)), "points"),
        (json.dumps([[[120, 30]] * 100_000]), "points"),
        (json.dumps({"type": "Polygon", "coordinates": [[[120.0, 30.0]] * 9_000]}), "points"),
    ],
)
def test_what_is_no_area_is_refused_with_the_reason(said: str, key: str) -> None:
    """Nothing is guessed, and nothing large is computed."""
    with pytest.raises(AreaFault) as refused:
        read(said)
    assert refused.value.key == f"error_announcement_area_{key}"


def test_a_hundred_thousand_points_cost_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are counted before anything is computed of them."""
    for computes in ("desk.city.area._ring", "desk.city.area._insist", "shapely.geometry.Polygon"):
        monkeypatch.setattr(computes, None)
    with pytest.raises(AreaFault) as refused:
        area_of([[[(120 + n * 1e-6, 30.0) for n in range(100_000)]]])
    assert refused.value.key == "error_announcement_area_points"


def test_squares_that_are_touched_are_reached() -> None:
    """A resident is told whose square has any ground in common with the area, and nobody else."""
    area = area_of([[SQUARE]])
    assert _touches(area, 30.275, 120.155)
    assert _touches(area, 30.2701, 120.1501)
    assert not _touches(area, 30.2601, 120.155)
    assert not _touches(area, 30.275, 120.185)


def test_a_hole_is_left_out() -> None:
    """Squares that lie wholly in a hole are not reached."""
    outer = [[120.0, 30.0], [120.2, 30.0], [120.2, 30.2], [120.0, 30.2]]
    hole = [[120.05, 30.05], [120.15, 30.05], [120.15, 30.15], [120.05, 30.15]]
    area = area_of([[outer, hole]])
    assert not _touches(area, 30.105, 120.105)
    assert _touches(area, 30.025, 120.105)
    assert read(written(area)) == area


def test_ranges_are_what_each_square_says() -> None:
    """The ranges name each square that meets the ground, once, in order."""
    area = read("120.0,30.0\n120.3,30.1\n120.1,30.33\n120.02,30.2")
    named = [cell for first, last in ranges_of(area) for cell in range(first, last + 1)]
    assert named == sorted(set(named))
    ground = shape(area)
    for row in range(35):
        for column in range(35):
            south, west = 29.99 + row / 100, 119.99 + column / 100
            square = box(west + 1e-9, south + 1e-9, west + 0.01 - 1e-9, south + 0.01 - 1e-9)
            if ground.intersects(square):
                assert cell_at(south + 0.005, west + 0.005) in named


@pytest.mark.parametrize(
    "said",
    [
        "120.0,30.0\n120.3,30.1\n120.1,30.33\n120.02,30.2",
        "120.001,30.001\n120.002,30.001\n120.002,30.002",
        "120.3,30.0\n120.31,30.0\n120.31,30.01\n\n120.0,30.2\n120.04,30.2\n120.04,30.25",
    ],
)
def test_a_raster_has_a_bit_for_each_square(said: str) -> None:
    """Set for those that the ranges name, and for no other of its ground."""
    area = read(said)
    ground = raster_of(area)
    rows = len(ground.squares) * 8 // ground.width
    named = {cell for first, last in ranges_of(area) for cell in range(first, last + 1)}
    found = {
        ground.first + row * IN_A_ROW + column
        for row in range(rows)
        for column in range(ground.width)
        if ground.squares[(row * ground.width + column) // 8] >> (row * ground.width + column) % 8 & 1
    }
    assert found == named
    assert ground.last == max(named)
    assert ground.first <= min(named)


def test_chinese_coordinates_are_put_right() -> None:
    """What was copied from a Chinese map is moved by some hundred metres."""
    said = "120.1551,30.2741\n120.1651,30.2741\n120.1651,30.2841"
    right, moved = read(said), read(said, "gcj02")
    assert 0.001 < abs(right.coordinates[0][0][0][0] - moved.coordinates[0][0][0][0]) < 0.01


def test_what_reaches_beyond_the_city_is_cut() -> None:
    """Of an alert's ground counts what lies in the city, simplified where it has too many points."""
    assert within(Point(139.7, 35.6).buffer(1), HANGZHOU) is None
    ragged = Point(120.2, 30.3).buffer(2, quad_segs=3_000)
    cut = within(ragged, HANGZHOU)
    assert cut is not None
    assert meets(cut, HANGZHOU)
    assert shape(cut).bounds[2] <= HANGZHOU.east + 0.001
