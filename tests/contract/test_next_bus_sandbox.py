"""`next_bus` against the sandbox's feeds over HTTP: live at every hour, and honest when a feed fails."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import aiohttp
import pytest
import pytest_asyncio
from aiohttp.test_utils import TestServer, unused_port
from fixtures import loaded
from fixtures.pretend_city import pretend_city
from fixtures.turns import turn_of

from actions.dialogue.state.session import Frame
from actions.services.next_bus import NextBus
from actions.transit.editions import Editions
from actions.transit.offered import open_offered
from desk.contract.messages import Location
from desk.contract.wire import Locale
from desk.texts.catalogs import Catalogs
from sandbox.facts import facts

ROOT = Path(__file__).parents[2]
CITY = "hangzhou"
FACTS = facts(CITY)
NOON = datetime(2026, 11, 24, 12, 0, 20, tzinfo=ZoneInfo("Asia/Shanghai"))
DOWN = "实时数据暂时没有，以上为时刻表时间，仅供参考。"


@dataclass
class Street:
    """The sandbox at a moment that tests set, and a way to ask it."""

    url: str
    data_dir: Path
    catalogs: Catalogs
    now: datetime = NOON
    sandbox_now: datetime = field(default=NOON)

    async def read_timetable(self, city: str) -> None:
        """The first reading may take longer than a question waits."""
        async with aiohttp.ClientSession() as session:
            editions = Editions(f"{self.url}/bus/{city}/gtfs.zip", self.data_dir / "transit" / city, session)
            await editions.refresh()
            editions.close()

    async def ask(
        self, text: str, locale: Locale = "zh_Hans", location: Location | None = None, city: str = CITY
    ) -> str:
        """Ask with a service that has just started: nothing of a live feed is kept from before."""
        cities = {city: loaded.cities()[city]}
        kind = "text" if location is None else "location"
        turn = turn_of("c", kind, "next_bus", cities[city], locale, self.now, text=text, location=location)
        opening = open_offered(cities, ["next_bus"], root=ROOT, sandbox_url=self.url, data_dir=self.data_dir)
        async with opening as buses:
            step = await NextBus(buses).answer(turn, Frame("next_bus-1", "next_bus", self.now))
        replies = [*step.replies, *([step.question.reply] if step.question else [])]
        return "\n".join(self.catalogs.render(reply, locale).text for reply in replies)

    async def fault(self, **what: object) -> None:
        body = {"system": "bus", "city": CITY, **what}
        async with aiohttp.request("POST", f"{self.url}/_sandbox/faults", json=body) as response:
            assert response.status == 201


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> tuple[int, Path]:
    """A port and a folder for all tests of this module: a timetable that is made, and read, is the next test's too."""
    return unused_port(), tmp_path_factory.mktemp("street")


@pytest_asyncio.fixture
async def street(place: tuple[int, Path], tmp_path: Path, catalogs: Catalogs) -> AsyncIterator[Street]:
    port, folder = place
    made = Street("", folder, catalogs)
    (folder / "gtfs").mkdir(exist_ok=True)
    (tmp_path / "sandbox").mkdir()
    (tmp_path / "sandbox" / "gtfs").symlink_to(folder / "gtfs")
    async with TestServer(pretend_city(tmp_path, lambda: made.sandbox_now), port=port) as server:
        made.url = str(server.make_url("")).rstrip("/")
        await made.read_timetable(CITY)
        yield made


@pytest.mark.parametrize("hours", [0, 5, 11, 13, 17.5])
async def test_the_facts_are_answered_live_at_every_hour(street: Street, hours: float) -> None:
    """Stop and line by name, in English, and by a shared location."""
    street.now = street.sandbox_now = NOON + timedelta(hours=hours)
    stop, line = FACTS["stop_with_realtime"], FACTS["line_at_that_stop"]
    assert "实时" in await street.ask(f"{line}路到{stop}还要几分钟")
    english = await street.ask(f"when is the {line} due at {FACTS['stop_with_realtime_en']}", "en")
    assert english.startswith(f"Bus {line} at {FACTS['stop_with_realtime_en']}\n")
    assert "live" in english
    here = Location(lat=float(FACTS["stop_with_realtime_lat"]), lon=float(FACTS["stop_with_realtime_lon"]))
    shared = await street.ask("", location=here)
    assert shared.startswith(f"离您最近的站点：{stop}")
    assert "实时" in shared
    assert f"{FACTS['other_line_at_that_stop']}路" in shared


@pytest.mark.parametrize("city", loaded.seed().cities("bus.yml"))
async def test_the_facts_of_every_city_are_answered_live(street: Street, city: str) -> None:
    """By night, in each city: both lines by name in Chinese, the first in English too."""
    await street.read_timetable(city)
    street.now = street.sandbox_now = NOON + timedelta(hours=15)
    known = facts(city, seed=loaded.seed())
    for line in (known["line_at_that_stop"], known["other_line_at_that_stop"]):
        assert "实时" in await street.ask(f"{line}路到{known['stop_with_realtime']}还要几分钟", city=city)
    question = f"when is the {known['line_at_that_stop']} due at {known['stop_with_realtime_en']}"
    assert "live" in await street.ask(question, "en", city=city)


@pytest.mark.parametrize(
    "fault",
    [{"status": 503}, {"cut": True}, {"nonsense": True}, {"latency_ms": 3000}],
    ids=["503", "cut connection", "nonsense", "too slow"],
)
async def test_a_failing_feed_is_told_and_the_kept_timetable_answers(street: Street, fault: dict[str, object]) -> None:
    """Whatever happens on the wire."""
    question = f"{FACTS['line_at_that_stop']}路到{FACTS['stop_with_realtime']}还要几分钟"
    assert DOWN not in await street.ask(question)
    await street.fault(**fault)
    said = await street.ask(question)
    assert "按时刻表" in said
    assert "实时，" not in said
    assert DOWN in said


async def test_a_feed_that_stands_still_is_told(street: Street) -> None:
    """The feed answers, but what it says is five minutes old."""
    street.now = NOON + timedelta(minutes=5)
    said = await street.ask(f"{FACTS['line_at_that_stop']}路到{FACTS['stop_with_realtime']}还要几分钟")
    assert "实时数据暂未更新，以上为时刻表时间，仅供参考。" in said


async def test_the_owners_examples_are_answered(street: Street) -> None:
    """A branch line by its Chinese name, and the shortest question there is."""
    assert (await street.ask("B支4到拱宸桥还要几分钟")).startswith("B支4路 · 拱宸桥\n")
    assert "Which stop are you at?" in await street.ask("next bus", "en")
