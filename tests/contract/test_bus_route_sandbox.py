"""`bus_route` over the networks of all pretend cities: what the facts say of journeys is true, at any hour."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from fixtures import loaded
from fixtures.turns import turn_of

from actions.dialogue.state.session import Frame
from actions.services.bus_route.lookup import answer
from actions.transit.buses import View
from actions.transit.editions import Edition, open_edition
from actions.transit.live import NO_LIVE
from actions.transit.loader import build
from actions.transit.road import Road
from desk.city.files import City
from desk.contract.messages import Location
from desk.contract.wire import Locale
from desk.texts.catalogs import Catalogs
from sandbox.facts import facts
from sandbox.transit import gtfs, network

ALL_CITIES = loaded.cities()
CITIES = {slug: city for slug, city in ALL_CITIES.items() if "bus_route" in city.services}
ZONE = ZoneInfo("Asia/Shanghai")


class World:
    """A city's timetable, and residents who ask about ways."""

    def __init__(self, city: City, known: dict[str, str], edition: Edition, catalogs: Catalogs) -> None:
        self.city, self.edition, self.catalogs = city, edition, catalogs
        self.facts = known

    def ask(self, text: str, hour: int, locale: Locale = "zh_Hans", location: Location | None = None) -> str:
        """Ask at an hour; with a location, share it when the beginning is asked for."""
        now = datetime(2026, 11, 24, hour, 7, tzinfo=ZONE)
        moment = int(now.timestamp())
        view = View("testville", self.edition, NO_LIVE, Road(self.edition.timetable, NO_LIVE.buses, moment), moment)
        frame = Frame("bus_route-1", "bus_route", now)
        turn = turn_of("c", "text", "bus_route", self.city, locale, now, text=text)
        step = answer(turn, frame, view)
        if location is not None:
            frame = replace(frame, values=step.values, question=step.question)
            step = answer(replace(turn, kind="location", text="", location=location), frame, view)
        return "\n".join(self.catalogs.render(reply, locale).text for reply in step.replies)


@pytest.fixture(scope="module", params=sorted(CITIES))
def world(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, catalogs: Catalogs
) -> Iterator[World]:
    city, known = CITIES[request.param], facts(request.param, seed=loaded.seed())
    folder = tmp_path_factory.mktemp(city.slug)
    seeded = loaded.seed().load(city.slug, "bus.yml", network.build)
    (folder / "feed.zip").write_bytes(gtfs.static_feed(seeded, first_year=2026, last_year=2026, version="1"))
    build(folder / "feed.zip", folder / "feed.sqlite")
    edition = open_edition(folder / "feed.sqlite")
    yield World(city, known, edition, catalogs)
    edition.timetable.close()


def test_route_of_the_facts_is_the_only_direct_line(world: World) -> None:
    """No other line goes directly, and it is left where the facts say."""
    known, index = world.facts, world.edition.journeys
    start, goal = (world.edition.stops.find(known[end]).places for end in ("route_from", "route_to"))
    assert len(start) == len(goal) == 1
    found = [one for one in index.find(index.around(start[0]), index.around(goal[0])) if one.direct]
    assert [one.rides[0].line.names["en"] for one in found] == [known["route_line"]]
    assert found[0].rides[0].board == start[0]
    assert found[0].rides[0].alight.names["zh_Hans"] == known["route_alight_stop"]


@pytest.mark.parametrize("hour", [0, 3, 8, 12, 23])
def test_route_of_the_facts_is_told_at_any_hour(world: World, hour: int) -> None:
    """In Chinese and English, by name and by location: line, stop to get off, and a bus that comes."""
    known = world.facts
    chinese = world.ask(f"从{known['route_from']}到{known['route_to']}怎么坐公交", hour)
    assert f"{known['route_line']}路直达" in chinese
    assert f"在{known['route_alight_stop']}下车" in chinese
    assert "现在没有车" not in chinese.partition("方案2")[0]
    english = world.ask(f"how do I get from {known['route_from_en']} to {known['route_to_en']} by bus", hour, "en")
    assert f"Line {known['route_line']}, direct" in english
    assert f"get off at {known['route_alight_stop_en']}." in english
    place = Location(lat=float(known["route_from_lat"]), lon=float(known["route_from_lon"]))
    shared = world.ask(f"去{known['route_to']}坐几路车", hour, location=place)
    assert f"在{known['route_from']}乘{known['route_line']}路" in shared
    assert f"在{known['route_alight_stop']}下车" in shared
