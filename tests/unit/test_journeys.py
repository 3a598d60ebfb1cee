"""Journeys over small networks: the same that a search through all possibilities finds, and what is known of them."""

import math
from collections.abc import Sequence
from itertools import product
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actions.transit.geo import distance_m
from actions.transit.journeys import (
    CHANGE_SECONDS,
    CHANGE_WALK_M,
    METRES_A_SECOND,
    TOO_DEAR,
    TOO_DEAR_SECONDS,
    WALK_WEIGHT,
    Journey,
    JourneyIndex,
    Pathway,
)
from actions.transit.network import Line, Network, Place, Route, Stop

ZONE = ZoneInfo("Asia/Shanghai")
STEP = 0.002  # degrees of latitude: about 220 m, so that some places lie near enough to walk


def place(number: int, row: int, column: int, lines: frozenset[str]) -> Place:
    """A place with one platform on a grid."""
    key = f"p{number}"
    names = {"zh_Hans": key, "en": key}
    return Place(key, names, (Stop(number, key, "", names, 30 + row * STEP, 120 + column * STEP, ""),), lines)


def line(number: int) -> Line:
    name = str(number)
    route = Route(number, name, 1, name, "", {"zh_Hans": name}, {}, 3, ZONE)
    return Line(f"1:{name}", {"zh_Hans": f"{name}路", "en": name}, (route,))


def network(places: Sequence[Place], lines: Sequence[Line]) -> Network:
    return Network(
        tuple(places),
        tuple(lines),
        {stop.id: stop for one in places for stop in one.platforms},
        {route.id: route for one in lines for route in one.routes},
        {stop.id: one for one in places for stop in one.platforms},
        {route.id: one for one in lines for route in one.routes},
        {one.key: one for one in places},
        {one.key: one for one in lines},
    )


@st.composite
def indexes(draw: st.DrawFn) -> JourneyIndex:
    """Networks of up to ten places and six pathways of up to four lines; pathways may pass a place twice."""
    spots = draw(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=3, max_size=10, unique=True))
    count = draw(st.integers(1, 4))
    drawn = []
    for _ in range(draw(st.integers(1, 6))):
        stops = draw(st.lists(st.integers(0, len(spots) - 1), min_size=2, max_size=6))
        seconds = [0]
        for _ in stops[1:]:
            seconds.append(seconds[-1] + draw(st.integers(1, 600)))
        waits = draw(st.sampled_from([60.0, 300.0, 1800.0]))
        boards = tuple(draw(st.booleans()) for _ in stops[:-1])
        drawn.append((draw(st.integers(1, count)), stops, tuple(seconds), waits, (*boards, False)))
    lines = {number: line(number) for number in range(1, count + 1)}
    served = [frozenset(f"1:{n}" for n, stops, *_ in drawn if number in stops) for number in range(len(spots))]
    places = [place(n, row, column, served[n]) for n, (row, column) in enumerate(spots)]
    ways = [
        Pathway(lines[number], tuple(places[stop] for stop in stops), seconds, seconds, boards, wait)
        for number, stops, seconds, wait, boards in drawn
    ]
    return JourneyIndex(network(places, list(lines.values())), ways)


def apart(one: Place, two: Place) -> float:
    a, b = one.platforms[0], two.platforms[0]
    return distance_m(a.lat, a.lon, b.lat, b.lon)


def walk(metres: float) -> float:
    return metres / METRES_A_SECOND * WALK_WEIGHT


def every_journey(
    index: JourneyIndex, access: dict[str, float], egress: dict[str, float]
) -> dict[tuple[str, ...], float]:
    """The cost of the cheapest journey by each sequence of lines, found by trying everything."""
    rides = [
        (way, i, j, way.wait + way.arrivals[j] - way.departures[i])
        for way in index.pathways
        for i in range(len(way.places))
        for j in range(i + 1, len(way.places))
        if way.boards[i]
    ]
    found: dict[tuple[str, ...], float] = {}
    for way, i, j, cost in rides:
        if (start := access.get(way.places[i].key)) is not None and (end := egress.get(way.places[j].key)) is not None:
            key, total = (way.line.key,), walk(start) + cost + walk(end)
            found[key] = min(found.get(key, math.inf), total)
    direct = {key[0] for key in found}
    for (one, i, j, first), (two, k, m, second) in product(rides, rides):
        start, end = access.get(one.places[i].key), egress.get(two.places[m].key)
        between = apart(one.places[j], two.places[k])
        if start is None or end is None or between > CHANGE_WALK_M or one.line.key == two.line.key:
            continue
        if one.line.key in direct or two.line.key in direct:
            continue
        keys = (one.line.key, two.line.key)
        total = walk(start) + first + CHANGE_SECONDS + walk(between) + second + walk(end)
        found[keys] = min(found.get(keys, math.inf), total)
    cheapest = min(found.values(), default=0.0)
    return {keys: cost for keys, cost in found.items() if cost <= TOO_DEAR * cheapest + TOO_DEAR_SECONDS}


def by_lines(journeys: Sequence[Journey]) -> dict[tuple[str, ...], float]:
    return {tuple(ride.line.key for ride in one.rides): one.cost for one in journeys}


@settings(max_examples=400, deadline=None)
@given(indexes(), st.data())
def test_journeys_are_those_of_a_search_through_everything(index: JourneyIndex, data: st.DataObject) -> None:
    """By every sequence of lines the same cheapest cost, no journey more and none less, the cheapest first."""
    served = list({p.key: p for way in index.pathways for p in way.places}.values())
    start, end = data.draw(st.sampled_from(served)), data.draw(st.sampled_from(served))
    access, egress = index.around(start), index.around(end)
    found = index.find(access, egress)
    assert by_lines(found) == pytest.approx(every_journey(index, access, egress))
    assert [one.cost for one in found] == sorted(one.cost for one in found)


@settings(max_examples=200, deadline=None)
@given(indexes(), st.data())
def test_journeys_hang_together(index: JourneyIndex, data: st.DataObject) -> None:
    """Each ride is part of one pathway of its line; walks join them; the parts add up to the cost."""
    served = list({p.key: p for way in index.pathways for p in way.places}.values())
    start, end = data.draw(st.sampled_from(served)), data.draw(st.sampled_from(served))
    access, egress = index.around(start), index.around(end)
    for journey in index.find(access, egress):
        assert len(journey.walks) == len(journey.rides) + 1
        for ride in journey.rides:
            ways = [way for way in index.pathways if way.line.key == ride.line.key]
            assert any(
                way.places[i].key == ride.board.key
                and way.places[i + ride.stops].key == ride.alight.key
                and way.arrivals[i + ride.stops] - way.departures[i] == ride.seconds
                for way in ways
                for i in range(len(way.places) - ride.stops)
            )
        assert journey.walks[0] == access[journey.rides[0].board.key]
        assert journey.walks[-1] == egress[journey.rides[-1].alight.key]
        assert all(metres <= CHANGE_WALK_M for metres in journey.walks[1:-1])


def straight(number: int, places: Sequence[Place], minutes: int = 2, wait: float = 300.0) -> Pathway:
    """A line through places, so many minutes apart."""
    times = tuple(range(0, 60 * minutes * len(places), 60 * minutes))
    boards = (*[True] * (len(places) - 1), False)
    return Pathway(line(number), tuple(places), times, times, boards, wait)


def test_a_change_is_worth_a_longer_ride() -> None:
    """A direct line that takes some minutes longer comes before a change."""
    both = frozenset({"1:1", "1:2", "1:3"})
    spots = [place(n, 0, 10 * n, both) for n in range(8)]
    index = JourneyIndex(
        network(spots, [line(1), line(2), line(3)]),
        [straight(1, spots, 3), straight(2, spots[:5], 2), straight(3, spots[4:], 2)],
    )
    found = index.find({"p0": 0.0}, {"p7": 0.0})
    assert [[ride.line.key for ride in one.rides] for one in found] == [["1:1"], ["1:2", "1:3"]]
    assert (found[0].rides[0].stops, found[0].rides[0].seconds) == (7, 7 * 180)


def test_nobody_rides_back_on_a_line_of_one_way() -> None:
    """A pathway is run in its order only."""
    spots = [place(n, 0, 10 * n, frozenset({"1:1"})) for n in range(3)]
    index = JourneyIndex(network(spots, [line(1)]), [straight(1, spots)])
    assert index.find({"p2": 0.0}, {"p0": 0.0}) == []


def test_a_stop_is_walked_to_if_the_line_does_not_reach_the_goal() -> None:
    """The last stop within a walk is where to get off; the walk is told in metres."""
    spots = [
        place(0, 0, 0, frozenset({"1:1"})),
        place(1, 0, 20, frozenset({"1:1"})),
        place(2, 2, 20, frozenset({"1:2"})),
    ]
    index = JourneyIndex(network(spots, [line(1), line(2)]), [straight(1, spots[:2])])
    (journey,) = index.find(index.around(spots[0]), index.around(spots[2]))
    assert journey.rides[0].alight.key == "p1"
    assert journey.walks == pytest.approx((0.0, apart(spots[1], spots[2])))
