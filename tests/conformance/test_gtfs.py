"""Feeds of others: a real bus operator's timetable and positions, and the samples of validators and the standard.

They are not part of the repository: `CITYDESK_CONFORMANCE` names the folder that holds them. Without it these tests
fail, since a conformance run that looked at nothing proves nothing.
"""

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from google.protobuf import text_format
from google.transit import gtfs_realtime_pb2 as pb

from actions.transit.archive import BrokenFeed
from actions.transit.board import Boards, Source
from actions.transit.editions import Edition, open_edition
from actions.transit.loader import build
from actions.transit.realtime import Snapshot, parse, snapshot
from actions.transit.road import Road

VALIDATOR = "gtfs-rt-validator-fixtures/gtfs-realtime-validator-lib/src/test/resources"
EXAMPLES = "gtfs-spec-examples/gtfs-realtime/spec/en/examples"
WEDNESDAY_MORNING = datetime(2017, 9, 13, 14, 53, 15, tzinfo=UTC)  # 20 s after the positions were taken; 10:53 in Tampa


@pytest.fixture(scope="session")
def data() -> Path:
    named = os.environ.get("CITYDESK_CONFORMANCE")
    if not named or not Path(named).is_dir():
        pytest.fail("Set CITYDESK_CONFORMANCE to the folder of feeds (docs/how-to/connect-a-bus-feed.md says which).")
    return Path(named)


@pytest.fixture(scope="module")
def bullrunner(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Edition]:
    target = tmp_path_factory.mktemp("bullrunner") / "feed.sqlite"
    build(data / VALIDATOR / "bullrunner-gtfs.zip", target)
    opened = open_edition(target)
    yield opened
    opened.timetable.close()


@pytest.fixture(scope="module")
def positions(data: Path) -> Snapshot:
    return parse((data / VALIDATOR / "bullrunner-vehicle-positions").read_bytes())


def test_the_real_positions_are_read(positions: Snapshot) -> None:
    """Ten buses of six lines, none with a trip: only the line is known."""
    trips = [vehicle.trip for vehicle in positions.vehicles]
    assert len(trips) == 10
    assert {trip.route_id for trip in trips if trip} == set("ABCDEF")
    assert {trip.trip_id for trip in trips if trip} == {None}


@pytest.mark.parametrize(
    ("stop", "lines"),
    [
        pytest.param("Library LIB", {"A", "C", "D", "E", "F"}, id="a stop of many lines"),
        pytest.param("patel center", {"A"}, id="a stop of one line"),
        pytest.param("Maple Suites", {"C"}, id="a stop of a line with three buses on the road"),
    ],
)
def test_the_real_feed_answers_with_live_estimates(
    bullrunner: Edition, positions: Snapshot, stop: str, lines: set[str]
) -> None:
    """Every line at the stop has a bus on the road that is estimated within its round; the timetable follows it."""
    now = int(WEDNESDAY_MORNING.timestamp())
    found = bullrunner.stops.find(stop)
    assert found.sure
    board = Boards(bullrunner.timetable, Road(bullrunner.timetable, positions, now)).board(found.places[0], now)
    estimated = {a.line.names["en"] for a in board.arrivals if a.source is Source.ESTIMATE}
    assert estimated == lines
    assert all(now <= a.departure <= now + 3600 for a in board.arrivals if a.source is Source.ESTIMATE)
    assert any(a.source is Source.TIMETABLE for a in board.arrivals)
    assert [a.arrival for a in board.arrivals] == sorted(a.arrival for a in board.arrivals)


def test_the_real_bus_just_before_a_stop_is_expected_there_at_once(bullrunner: Edition, positions: Snapshot) -> None:
    """The bus of line A is 40 m from Math & Engineering: under two minutes to Patel Center, two stops on."""
    now = int(WEDNESDAY_MORNING.timestamp())
    place = bullrunner.stops.find("Patel Center").places[0]
    first = Boards(bullrunner.timetable, Road(bullrunner.timetable, positions, now)).board(place, now).arrivals[0]
    assert first.arrival - now < 120
    assert first.away is not None
    assert 1 <= first.away <= 3


@pytest.mark.parametrize(
    "feed",
    [
        "testagency.zip",
        "testagency2.zip",
        "bullrunner-gtfs-no-shapes.zip",
        "bullrunner-gtfs-timepoints-only-legacy-exact-times-1.zip",
    ],
)
def test_samples_of_validators_are_read(data: Path, tmp_path: Path, feed: str) -> None:
    """Each has stops, lines and buses on a Wednesday."""
    build(data / VALIDATOR / feed, tmp_path / "feed.sqlite")
    opened = open_edition(tmp_path / "feed.sqlite")
    noon = int(WEDNESDAY_MORNING.timestamp())
    served = [place for place in opened.timetable.network.places if place.lines]
    calls = [call for place in served for call in opened.timetable.departures(place.stop_ids, noon, noon + 86400)]
    assert len(calls) > len(served) / 2
    opened.timetable.close()


def test_a_feed_without_its_tables_is_refused_with_the_reason(data: Path, tmp_path: Path) -> None:
    """The names of its files are wrong, and the message says which one is missing."""
    with pytest.raises(BrokenFeed, match=r"no agency\.txt; it has bad_agency\.txt"):
        build(data / VALIDATOR / "badgtfs.zip", tmp_path / "feed.sqlite")


def test_the_standards_own_trip_updates_are_read(data: Path) -> None:
    """A delay that holds until the next update, and a trip by frequency that is told by its start."""
    text = (data / EXAMPLES / "trip-updates-full.asciipb").read_text()
    read = snapshot(text_format.Parse(text, pb.FeedMessage()))
    first = read.updates[0]
    assert (first.trip.trip_id, [(s.seq, s.arrival.delay if s.arrival else None) for s in first.stops]) == (
        "trip-1",
        [(3, 5), (8, 1), (10, None)],
    )
    assert ("frequency-expanded-trip", 11 * 3600 + 15 * 60 + 35) in [
        (u.trip.trip_id, u.trip.start) for u in read.updates
    ]
    assert read.at == 1284457468


def test_the_standards_own_alerts_are_read(data: Path) -> None:
    """With header, period and what they are about."""
    read = snapshot(text_format.Parse((data / EXAMPLES / "alerts.asciipb").read_text(), pb.FeedMessage()))
    assert read.alerts
    assert all(alert.header and alert.about for alert in read.alerts)
