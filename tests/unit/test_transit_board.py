"""The board of a stop: timetable, road, and both together."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fixtures.transit import TABLES, board, edition, moment

from actions.transit.board import Arrival, Source
from actions.transit.editions import Edition


@pytest.fixture(scope="module")
def feed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Edition]:
    opened = edition(tmp_path_factory.mktemp("feed"))
    yield opened
    opened.timetable.close()


def row(arrival: Arrival) -> str:
    """Say one bus in short: line, clock, source."""
    minutes, seconds = divmod(arrival.arrival - moment("00:00"), 60)
    clock = f"{minutes // 60:02d}:{minutes % 60:02d}" + (f":{seconds:02d}" if seconds else "")
    return f"{arrival.line.names['en']} {clock} {arrival.source.value}"


def rows(
    feed: Edition, stop: str, clock: str, news: str = "", lines: tuple[str, ...] = ("28",), count: int = 3
) -> list[str]:
    return [row(arrival) for arrival in board(feed, stop, moment(clock), news, lines).arrivals[:count]]


def trip_update(trip: str, *stops: str) -> str:
    """An entity with news of a trip; `trip` and `stops` in protobuf's text form."""
    return f'entity {{ id: "{abs(hash((trip, stops)))}" trip_update {{ trip {{ {trip} }} {" ".join(stops)} }} }}'


def vehicle(trip: str, rest: str) -> str:
    said = f'trip {{ {trip} }} vehicle {{ id: "bus-1" }} {rest}'
    return f'entity {{ id: "v{abs(hash(said))}" vehicle {{ {said} }} }}'


OUT1 = 'trip_id: "out1" start_date: "20261124"'


def test_without_news_the_timetable_is_the_answer(feed: Edition) -> None:
    """Both directions, in order of time; a bus that ends here is not for boarding and left out."""
    assert rows(feed, "河桥", "08:05") == ["28 08:10 timetable", "28 08:25 timetable", "28 08:40 timetable"]


def test_a_bus_counts_until_it_leaves(feed: Edition) -> None:
    """It halts from 8:10:00 to 8:10:30."""
    assert rows(feed, "河桥", "08:10:20", count=1) == ["28 08:10 timetable"]
    assert rows(feed, "河桥", "08:10:40", count=1) == ["28 08:25 timetable"]


NEWS = [
    pytest.param(
        trip_update(OUT1, "stop_time_update { stop_sequence: 1 departure { delay: 120 } }"),
        ["28 08:12 live", "28 08:25 timetable", "28 08:40 timetable"],
        id="a delay from the first stop",
    ),
    pytest.param(
        trip_update(
            'trip_id: "out1"', f"stop_time_update {{ stop_id: 'river1' arrival {{ time: {moment('08:31')} }} }}"
        ),
        ["28 08:25 timetable", "28 08:31 live", "28 08:40 timetable"],
        id="a moment, found by stop, without a date",
    ),
    pytest.param(
        trip_update(OUT1 + " schedule_relationship: CANCELED"),
        ["28 08:25 timetable", "28 08:40 timetable", "28 09:10 timetable"],
        id="cancelled",
    ),
    pytest.param(
        trip_update(OUT1, "stop_time_update { stop_sequence: 2 schedule_relationship: SKIPPED }"),
        ["28 08:25 timetable", "28 08:40 timetable", "28 09:10 timetable"],
        id="this stop is skipped",
    ),
    pytest.param(
        trip_update(OUT1, "stop_time_update { stop_sequence: 2 schedule_relationship: NO_DATA }"),
        ["28 08:10 timetable", "28 08:25 timetable", "28 08:40 timetable"],
        id="no data",
    ),
    pytest.param(
        trip_update(
            'trip_id: "extra" route_id: "R28" schedule_relationship: ADDED',
            f"stop_time_update {{ stop_id: 'river1' arrival {{ time: {moment('08:07')} }} }}"
            f"stop_time_update {{ stop_id: 'south' arrival {{ time: {moment('08:15')} }} }}",
        ),
        ["28 08:07 live", "28 08:10 timetable", "28 08:25 timetable"],
        id="an extra bus",
    ),
    pytest.param(
        trip_update(
            'route_id: "R28" direction_id: 0 start_time: "08:00:00" start_date: "20261124"',
            "stop_time_update { stop_sequence: 2 arrival { delay: 60 } }",
        ),
        ["28 08:11 live", "28 08:25 timetable", "28 08:40 timetable"],
        id="a trip named by route, direction and start",
    ),
    pytest.param(
        trip_update('trip_id: "unknown"', "stop_time_update { stop_sequence: 2 arrival { delay: 60 } }"),
        ["28 08:10 timetable", "28 08:25 timetable", "28 08:40 timetable"],
        id="a trip that the timetable does not know",
    ),
    pytest.param(
        vehicle(OUT1, f"position {{ latitude: 30.0 longitude: 120.005 }} timestamp: {moment('08:08')}"),
        ["28 08:13 estimate", "28 08:25 timetable", "28 08:40 timetable"],
        id="a position alone: half way at 8:08, planned for 8:05",
    ),
    pytest.param(
        vehicle(OUT1, f"position {{ latitude: 30.0 longitude: 120.005 }} timestamp: {moment('07:50')}"),
        ["28 08:10 timetable", "28 08:25 timetable", "28 08:40 timetable"],
        id="a position from long ago",
    ),
    pytest.param(
        vehicle(
            'route_id: "R28" direction_id: 0',
            f"position {{ latitude: 30 longitude: 120.008 }} timestamp: {moment('08:05')}",
        ),
        ["28 08:07 estimate", "28 08:25 timetable", "28 08:40 timetable"],
        id="a vehicle of which only line and direction are known stands for the nearest planned bus",
    ),
    pytest.param(
        vehicle(OUT1, 'stop_id: "south" current_status: IN_TRANSIT_TO'),
        ["28 08:25 timetable", "28 08:40 timetable", "28 09:10 timetable"],
        id="the bus has passed already",
    ),
]


@pytest.mark.parametrize(("news", "expected"), NEWS)
def test_news_change_the_board(feed: Edition, news: str, expected: list[str]) -> None:
    """At 8:05 at 河桥, for line 28."""
    assert rows(feed, "河桥", "08:05", news) == expected


@pytest.mark.parametrize(
    ("news", "skipped"),
    [
        pytest.param(trip_update(OUT1 + " schedule_relationship: CANCELED"), False, id="cancelled"),
        pytest.param(
            trip_update(OUT1, "stop_time_update { stop_sequence: 2 schedule_relationship: SKIPPED }"),
            True,
            id="skipped",
        ),
    ],
)
def test_a_bus_that_will_not_come_is_told(feed: Edition, news: str, skipped: bool) -> None:
    """The board names the planned bus that will not come, and whether only this stop is left out."""
    missing = board(feed, "河桥", moment("08:05"), news, ("28",)).missing
    assert [(gone.planned, gone.skipped) for gone in missing] == [(moment("08:10:30"), skipped)]


def test_a_replaced_trip_runs_as_the_news_say_and_not_as_planned(feed: Edition) -> None:
    """The planned calls are gone, the told ones stand."""
    news = trip_update(
        OUT1 + ' route_id: "R28" schedule_relationship: REPLACEMENT',
        f"stop_time_update {{ stop_id: 'river1' arrival {{ time: {moment('08:18')} }} }}"
        f"stop_time_update {{ stop_id: 'north' arrival {{ time: {moment('08:33')} }} }}",
    )
    assert rows(feed, "河桥", "08:05", news) == ["28 08:18 live", "28 08:25 timetable", "28 08:40 timetable"]


def test_a_very_late_bus_is_still_expected(feed: Edition) -> None:
    """Planned three hours ago, and on its way by the news."""
    news = trip_update(OUT1, "stop_time_update { stop_sequence: 2 arrival { delay: 10800 } }")
    assert rows(feed, "河桥", "11:05", news, count=1) == ["28 11:10 live"]


def test_times_past_midnight_belong_to_the_evening_before(feed: Edition) -> None:
    """The bus of 24:20 is found at 0:10 the next day."""
    assert rows(feed, "河桥", "23:59", lines=("9",), count=1) == ["9 24:20 timetable"]
    found = board(feed, "河桥", moment("00:10", "2026-11-25"), lines=("9",)).arrivals[0]
    assert found.arrival == moment("00:20", "2026-11-25")


def test_tomorrows_first_bus_is_found_when_the_last_has_gone(feed: Edition) -> None:
    """At 23:00 line B支4 comes next at 8:15 tomorrow."""
    (first, *_) = board(feed, "河桥", moment("23:00"), lines=("B支4",)).arrivals
    assert first.arrival == moment("08:15", "2026-11-25")


def test_only_the_timetable_bounds_how_far_is_looked(tmp_path: Path) -> None:
    """Where nothing runs for three days, the first bus after them is found; after the calendar's end there is none."""
    holiday = "service_id,date,exception_type\n" + "".join(f"daily,202611{day},2\n" for day in (25, 26, 27))
    opened = edition(tmp_path, {"calendar_dates.txt": holiday})
    (first, *_) = board(opened, "河桥", moment("23:00"), lines=("28",)).arrivals
    assert first.arrival == moment("08:10", "2026-11-28")
    assert board(opened, "河桥", moment("12:00", "2027-03-01"), lines=("28",)).arrivals == ()
    opened.timetable.close()


def test_frequencies_become_buses_that_promise_a_headway(feed: Edition) -> None:
    """Line 7 leaves 湖心 each ten minutes from 8:00; its times are not exact."""
    arrivals = board(feed, "河桥", moment("08:05"), lines=("7",)).arrivals[:2]
    assert [(row(arrival), arrival.exact, arrival.run and arrival.run.headway) for arrival in arrivals] == [
        ("7 08:14 timetable", False, 600),
        ("7 08:24 timetable", False, 600),
    ]


@pytest.mark.parametrize(
    "trip",
    [
        pytest.param('trip_id: "loop" start_time: "08:10:00" start_date: "20261124"', id="by its start"),
        pytest.param(
            'trip_id: "loop" start_time: "08:07:00" start_date: "20261124" schedule_relationship: UNSCHEDULED',
            id="unscheduled",
        ),
        pytest.param('trip_id: "loop"', id="by the moment alone"),
    ],
)
def test_a_bus_by_frequency_is_matched_and_replaces_the_promise_before_it(feed: Edition, trip: str) -> None:
    """One bus is told for 8:15; the next promised one is at least half a headway later."""
    news = trip_update(trip, f"stop_time_update {{ stop_sequence: 2 arrival {{ time: {moment('08:15')} }} }}")
    assert rows(feed, "河桥", "08:06", news, ("7",)) == ["7 08:15 live", "7 08:24 timetable", "7 08:34 timetable"]


def test_a_vehicle_on_a_circle_comes_round_again(feed: Edition) -> None:
    """It has just passed 河桥 on line 7, of eight minutes: it is expected there in about eight minutes."""
    news = vehicle(
        'route_id: "R7"',
        f"position {{ latitude: 30.0010 longitude: 120.0101 bearing: 0 }} timestamp: {moment('08:06')}",
    )
    (first, *_) = board(feed, "河桥", moment("08:06"), news, ("7",)).arrivals
    assert first.source is Source.ESTIMATE
    assert 7 * 60 <= first.arrival - moment("08:06") <= 8 * 60


def test_where_the_vehicle_is_comes_from_its_position(feed: Edition) -> None:
    """Standing at 东门, one stop before 河桥."""
    news = trip_update(OUT1, "stop_time_update { stop_sequence: 1 departure { delay: 300 } }") + vehicle(
        OUT1, 'stop_id: "east1" current_stop_sequence: 1 current_status: STOPPED_AT'
    )
    (first, *_) = (a for a in board(feed, "河桥", moment("08:04"), news, ("28",)).arrivals if a.away is not None)
    assert first.at_stop is not None
    assert (first.at_stop.names["zh_Hans"], first.away, first.standing, row(first)) == (
        "东门",
        1,
        True,
        "28 08:15 live",
    )


def test_a_destination_leaves_only_the_buses_that_go_there(feed: Edition) -> None:
    """From 河桥 to 南站 goes line 28 outwards, and neither its way back nor B支4."""
    found = board(feed, "河桥", moment("08:05"), towards="南站").arrivals
    assert {(a.line.names["en"], a.headsign["zh_Hans"]) for a in found} == {("28", "北园")}


def test_a_line_that_only_ends_here_is_answered_with_its_arrivals(feed: Edition) -> None:
    """At 北园 line B支4 ends: the question when it gets there has an answer, and it is not for boarding."""
    (first, *_) = board(feed, "北园", moment("08:20"), lines=("B支4",)).arrivals
    assert (row(first), first.boards) == ("B支4 08:45 timetable", False)


def test_pickup_type_none_is_not_for_boarding(tmp_path: Path) -> None:
    """A stop for alighting only is left out while other buses of the line take passengers on."""
    times = TABLES["stop_times.txt"].replace("stop_sequence\n", "stop_sequence,pickup_type\n")
    times = times.replace("out1,08:10:00,08:10:30,river1,2", "out1,08:10:00,08:10:30,river1,2,1")
    opened = edition(tmp_path, {"stop_times.txt": times})
    assert rows(opened, "河桥", "08:05", count=1) == ["28 08:25 timetable"]
    opened.timetable.close()
