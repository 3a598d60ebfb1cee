"""Pretend buses move by the clock: predictions come true, at every hour."""

from collections import Counter
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from fixtures import loaded
from google.transit import gtfs_realtime_pb2 as gtfs_rt

from sandbox.bus import well_served_stop
from sandbox.transit import network, realtime
from sandbox.transit.movement import position, runs_under_way
from sandbox.transit.network import Line, Network

SEED = loaded.seed()
CITIES = SEED.cities("bus.yml")
SHANGHAI = ZoneInfo("Asia/Shanghai")
MONDAY = datetime(2026, 11, 23, tzinfo=SHANGHAI)
# each hour of the day once, on the days of a week by turns: no two weekdays have timetables of their own
HOURS = [
    MONDAY + timedelta(days=hour % 7, hours=hour, minutes=hour * 7 % 60, seconds=hour * 13 % 60) for hour in range(24)
]


def load(city: str) -> Network:
    return SEED.load(city, "bus.yml", network.build)


def decoded(feed: bytes) -> gtfs_rt.FeedMessage:
    message = gtfs_rt.FeedMessage()
    message.ParseFromString(feed)
    return message


def route_ids(lines: list[Line]) -> set[str]:
    return {line.data.route_id for line in lines}


@pytest.mark.parametrize("city", CITIES)
def test_fact_lines_have_a_bus_within_15_minutes_at_every_hour(city: str) -> None:
    """By the feed alone, both lines at the fact stop have a bus coming within 15 minutes, at each hour of the day."""
    loaded = load(city)
    stop, lines = well_served_stop(loaded)
    platforms = {platform.id for platform in loaded.platforms.values() if platform.stop == stop}
    missing = []
    for now in HOURS:
        soon = range(int(now.timestamp()), int(now.timestamp()) + 15 * 60)
        coming = {
            entity.trip_update.trip.route_id
            for entity in decoded(realtime.trip_updates(loaded, now)).entity
            for update in entity.trip_update.stop_time_update
            if update.stop_id in platforms and update.arrival.time in soon
        }
        missing += [(now, route) for route in route_ids(lines[:2]) - coming]
    assert missing == []


@pytest.mark.parametrize("city", CITIES)
def test_lines_round_the_clock_come_both_ways_at_every_hour(city: str) -> None:
    """Every such line has buses under way in both directions at each hour of the day."""
    loaded = load(city)
    wanted = {pattern for line in loaded.lines.values() if line.round_the_clock for pattern in line.patterns}
    lacking = [(now, wanted - {run.pattern for run in runs_under_way(loaded, now)}) for now in HOURS]
    assert [(now, patterns) for now, patterns in lacking if patterns] == []


@pytest.mark.parametrize("city", CITIES)
def test_buses_have_ids_of_their_own(city: str) -> None:
    """At no moment do two buses under way share an id or a trip."""
    shared = []
    for now in HOURS:
        runs = runs_under_way(load(city), now)
        shared += [(now, name) for name, times in Counter(run.vehicle for run in runs).items() if times > 1]
        shared += [(now, key) for key, times in Counter((r.trip_id, r.day) for r in runs).items() if times > 1]
    assert shared == []


@pytest.mark.parametrize("city", CITIES)
def test_predictions_come_true(city: str) -> None:
    """A bus stands at each stop but its last at the second at which it was predicted minutes before."""
    loaded = load(city)
    now = MONDAY + timedelta(hours=17, minutes=33)
    predicted = {
        (run.trip_id, run.day, index): run.actual[index]
        for run in runs_under_way(loaded, now)
        for index in run.upcoming(int(now.timestamp()) + 1)
        if run.actual[index] - now.timestamp() < 300 and index < len(run.actual) - 1
    }
    assert len(predicted) > 30
    for (trip, day, index), moment in predicted.items():
        then = {(r.trip_id, r.day): r for r in runs_under_way(loaded, datetime.fromtimestamp(moment, SHANGHAI))}
        where = position(then[trip, day], moment)
        assert (where.index, where.stands) == (index, True)


@pytest.mark.parametrize("city", CITIES)
def test_buses_move_at_the_speed_of_buses(city: str) -> None:
    """No bus goes faster than 70 km/h, and most are on the move."""
    positions = [
        entity.vehicle.position
        for entity in decoded(realtime.vehicle_positions(load(city), MONDAY + timedelta(hours=8))).entity
    ]
    assert max(where.speed for where in positions) < 70 / 3.6
    assert sum(where.speed > 1 for where in positions) > len(positions) / 2


@pytest.mark.parametrize("city", CITIES)
def test_both_feeds_speak_of_the_same_buses(city: str) -> None:
    """TripUpdates and VehiclePositions name the same trips with the same buses."""
    loaded, now = load(city), MONDAY + timedelta(hours=23, minutes=59, seconds=50)
    updates = {
        (e.trip_update.trip.trip_id, e.trip_update.trip.start_date, e.trip_update.vehicle.id)
        for e in decoded(realtime.trip_updates(loaded, now)).entity
    }
    vehicles = {
        (e.vehicle.trip.trip_id, e.vehicle.trip.start_date, e.vehicle.vehicle.id)
        for e in decoded(realtime.vehicle_positions(loaded, now)).entity
    }
    assert updates == vehicles


def test_runs_after_midnight_belong_to_the_day_on_which_they_began() -> None:
    """At 2:10 on Tuesday the night line runs with start_date of Monday and a start_time past 24:00."""
    feed = decoded(realtime.trip_updates(load("hangzhou"), MONDAY + timedelta(days=1, hours=2, minutes=10)))
    trips = [entity.trip_update.trip for entity in feed.entity if entity.trip_update.trip.route_id == "251"]
    assert trips
    assert {trip.start_date for trip in trips} == {"20261123"}
    assert all(trip.start_time >= "24:00:00" for trip in trips)


def test_day_lines_sleep_at_night() -> None:
    """At 2:10 a line by day has no bus: its last has gone."""
    runs = runs_under_way(load("hangzhou"), MONDAY + timedelta(hours=2, minutes=10))
    assert "82" not in {run.pattern.route_id for run in runs}


def test_feed_of_a_moment_is_always_the_same() -> None:
    """Two readings within one second are equal; the next second has a later timestamp."""
    loaded, now = load("hangzhou"), MONDAY + timedelta(hours=12)
    first = realtime.trip_updates(loaded, now)
    assert realtime.trip_updates(loaded, now + timedelta(milliseconds=900)) == first
    later = decoded(realtime.trip_updates(loaded, now + timedelta(seconds=1)))
    assert later.header.timestamp == decoded(first).header.timestamp + 1


def test_delays_stay_small_and_are_told() -> None:
    """Buses are at most 30 s ahead and three minutes behind; time minus delay is the timetable's time."""
    loaded, now = load("hangzhou"), MONDAY + timedelta(hours=8)
    delays = [
        update.arrival.delay
        for entity in decoded(realtime.trip_updates(loaded, now)).entity
        for update in entity.trip_update.stop_time_update
    ]
    assert -30 <= min(delays) < 0 < max(delays) <= 180
