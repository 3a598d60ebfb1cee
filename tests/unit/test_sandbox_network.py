"""The pretend bus network: from the data file to a timetable."""

import csv
import io
import zipfile
from itertools import pairwise
from typing import Any

import pytest
from fixtures import loaded

from desk.city.files import load_city
from desk.city.yaml_files import parse_yaml
from sandbox.bus import well_served_stop
from sandbox.seed import DATA, Seed, SeedError
from sandbox.transit import gtfs, network
from sandbox.transit.geometry import bearing, distance_metres, to_the_right
from sandbox.transit.network import Network

SEED = loaded.seed()
CITIES = SEED.cities("bus.yml")
LITTLE = """
agency: {names: {zh_Hans: 公交, en: Buses}, url: "https://bus.example/", phone: "12345"}
timezone: Asia/Shanghai
speed_kmh: 20
timetables:
  day: [{from: "06:00", until: "22:00", every: 10}]
  always: [{from: "00:00", until: "24:00", every: 10}]
stops: [[甲, Alpha, 30.0, 120.0], [乙, Beta, 30.01, 120.0], [丙, Gamma, 30.02, 120.0]]
lines: [{line: "1", timetable: always, stops: [甲, 乙, 丙]}, {line: 支2, id: Z2, timetable: day, stops: [丙, 乙, 甲]}]
"""


def little(**changes: object) -> dict[str, Any]:
    data = parse_yaml(LITTLE)
    return {**data, **changes}


def load(city: str) -> Network:
    return SEED.load(city, "bus.yml", network.build)


def table(feed: bytes, name: str) -> list[dict[str, str]]:
    with zipfile.ZipFile(io.BytesIO(feed)) as archive:
        return list(csv.DictReader(io.StringIO(archive.read(name).decode())))


def feed_of(city: Network) -> bytes:
    return gtfs.static_feed(city, first_year=2025, last_year=2031, version="test")


@pytest.mark.parametrize("city", CITIES)
def test_network_lies_within_the_city(city: str) -> None:
    """Every stop lies within the map bounds of its city's file."""
    bounds = load_city(DATA.parents[1] / "cities" / f"{city}.yml").bounds
    assert [stop.zh for stop in load(city).stops.values() if not bounds.contain(*stop.at)] == []


@pytest.mark.parametrize("city", CITIES)
def test_network_uses_every_stop(city: str) -> None:
    """No stop of the file is served by no line."""
    loaded = load(city)
    assert set(loaded.stops) == {platform.stop.zh for platform in loaded.platforms.values()}


@pytest.mark.parametrize("city", CITIES)
def test_network_stop_names_end_without_station(city: str) -> None:
    """Stops are named without 站 at the end, as people say them; a coach or railway station is a name."""
    allowed = ("车站", "客运站", "东站", "西站", "南站", "北站")
    names = [stop.zh for stop in load(city).stops.values()]
    assert [name for name in names if name.endswith("站") and not name.endswith(allowed)] == []


@pytest.mark.parametrize("city", CITIES)
def test_network_segments_are_believable(city: str) -> None:
    """Between neighbouring stops a bus drives at 5 to 45 km/h in a straight line."""
    patterns = [pattern for line in load(city).lines.values() for pattern in line.patterns]
    speeds = [
        distance_metres(here.at, there.at) / (later - earlier) * 3.6
        for pattern in patterns
        for (here, there), (earlier, later) in zip(pairwise(pattern.platforms), pairwise(pattern.offsets), strict=True)
    ]
    assert 5 < min(speeds) <= max(speeds) < 45


@pytest.mark.parametrize("city", CITIES)
def test_network_has_a_stop_with_two_lines_round_the_clock(city: str) -> None:
    """There is a stop that two lines with plain numbers pass at every hour."""
    _, lines = well_served_stop(load(city))
    assert all(line.data.line.isdigit() and line.round_the_clock for line in lines[:2])


def test_departures_round_the_clock_leave_no_gap() -> None:
    """From the last departure of a day to the first of the next it is no longer than a headway."""
    pattern = network.build(little()).lines["1"].patterns[0]
    following = [*pattern.departures, pattern.departures[0] + network.DAY]
    assert {later - earlier for earlier, later in pairwise(following)} == {600}


def test_departures_by_day_stay_within_the_day() -> None:
    """A line that runs from 6 to 22 has no departure before 6 nor a headway past 22."""
    pattern = network.build(little()).lines["支2"].patterns[0]
    assert 6 * 3600 <= pattern.departures[0] <= pattern.departures[-1] < 22 * 3600 + 600


def test_platforms_lie_on_both_sides_of_the_road() -> None:
    """The two directions of a line stop at different platforms of the same stop, some steps apart."""
    out, back = network.build(little()).lines["1"].patterns
    here, there = out.platforms[1], back.platforms[1]
    assert here.stop == there.stop
    assert here.id != there.id
    assert 10 < distance_metres(here.at, there.at) < 40


def test_bearing_and_distance_are_those_of_the_map() -> None:
    """A hundredth of a degree north is 1,112 m at bearing 0; the right-hand side of north is east."""
    assert distance_metres((30.0, 120.0), (30.01, 120.0)) == pytest.approx(1111.95, abs=0.1)
    assert bearing((30.0, 120.0), (30.01, 120.0)) == pytest.approx(0)
    assert bearing((30.0, 120.0), (30.0, 119.99)) == pytest.approx(270, abs=0.01)
    assert to_the_right((30.0, 120.0), 0, 100)[1] > 120.0


def test_static_feed_of_the_same_network_is_the_same_bytes() -> None:
    """Built twice, the zip is equal; with other years it is not."""
    first, again = feed_of(network.build(little())), feed_of(network.build(little()))
    assert first == again
    assert first != gtfs.static_feed(network.build(little()), first_year=2026, last_year=2031, version="test")


@pytest.mark.parametrize("city", CITIES)
def test_static_feed_has_english_for_every_stop_and_headsign(city: str) -> None:
    """translations.txt names every stop by record and every headsign by value."""
    feed = feed_of(load(city))
    rows = [row for row in table(feed, "translations.txt") if row["language"] == "en" and row["translation"]]
    assert {row["stop_id"] for row in table(feed, "stops.txt")} == {
        row["record_id"] for row in rows if row["table_name"] == "stops"
    }
    assert {row["trip_headsign"] for row in table(feed, "trips.txt")} == {
        row["field_value"] for row in rows if row["field_name"] == "trip_headsign"
    }


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"lines": [{"line": "1", "timetable": "day", "stops": ["甲", "乙", "丁"]}]}, "丁"),
        ({"lines": [{"line": "1", "timetable": "week", "stops": ["甲", "乙", "丙"]}]}, "week"),
        ({"lines": [{"line": "支1", "timetable": "day", "stops": ["甲", "乙", "丙"]}]}, "ASCII"),
        ({"lines": [{"line": "1", "timetable": "day", "stops": ["甲", "乙"]}]}, "at least 3"),
        ({"stops": [["甲", "Alpha", 30, 120], ["甲", "Beta", 30, 120], ["丙", "Gamma", 30, 120]]}, "twice"),
        ({"stops": [["甲", "Alpha", 30, 120], ["乙", "Alpha", 30, 120], ["丙", "Gamma", 30, 120]]}, "English"),
        ({"speed_kmh": 300}, "speed_kmh"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_network_data_that_is_wrong_is_refused(changes: dict[str, object], says: str) -> None:
    """The error names what is wrong."""
    with pytest.raises(ValueError, match=says):
        network.build(little(**changes))


def test_seed_of_an_unknown_city_names_the_known_ones() -> None:
    """Asking for a city without data says which there are, and never leaves the data folder."""
    with pytest.raises(SeedError, match="hangzhou"):
        Seed().load("../hangzhou", "bus.yml", network.build)
