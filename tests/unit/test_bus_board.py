"""The board of a stop: the same buses as in the text, in pieces, and asked for anew without a dialogue."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio
from fixtures.transit import ZONE, message, moment, zipped
from fixtures.turns import turn_of

from actions.dialogue.state.session import Frame
from actions.services.next_bus import NextBus
from actions.transit.buses import CityBuses
from actions.transit.editions import Editions
from actions.transit.live import LiveFeed, LiveFeeds
from desk.city.files import Bounds, City, Names
from desk.contract.board import StopAsked
from desk.contract.messages import Reply
from desk.contract.rendered import RenderedBoard, RenderedMessage
from desk.contract.wire import LOCALES, Locale
from desk.texts.catalogs import Catalogs

CITY = City(
    slug="testville",
    names=Names(zh_Hans="试城", en="Testville"),
    languages=["zh_Hans", "zh_Hant", "en"],
    bounds=Bounds(south=29.5, west=119.5, north=30.5, east=120.5),
    agencies=[],
    accounts=[],
    services={},
)
NEWS = (
    'entity { id: "1" trip_update { trip { trip_id: "out1" start_date: "20261124" }'
    " stop_time_update { stop_sequence: 1 departure { delay: 120 } } } }"
    'entity { id: "2" alert { informed_entity { route_id: "R28" } header_text {'
    ' translation { text: "28路绕行" language: "zh" } translation { text: "28 is diverted" language: "en" } } } }'
)


@dataclass
class Stop:
    """A resident at a stop, and the service that they ask."""

    service: NextBus
    catalogs: Catalogs

    async def ask(self, text: str, clock: str = "08:01", locale: Locale = "zh_Hans") -> tuple[Reply, RenderedMessage]:
        """The one reply, and how it is shown."""
        now = datetime.fromtimestamp(moment(clock), ZONE)
        turn = turn_of("c", "text", "next_bus", CITY, locale, now, text=text)
        step = await self.service.answer(turn, Frame("next_bus-1", "next_bus", now))
        (reply,) = step.replies
        return reply, self.catalogs.render(reply, locale)

    async def board(self, text: str, clock: str = "08:01", locale: Locale = "zh_Hans") -> RenderedBoard:
        _, shown = await self.ask(text, clock, locale)
        (card,) = shown.cards
        assert card.board is not None
        return card.board


@pytest_asyncio.fixture
async def stop(tmp_path: Path, catalogs: Catalogs) -> AsyncIterator[Stop]:
    feed = tmp_path / "live.pb"
    feed.write_bytes(message(NEWS, moment("08:01")).SerializeToString())
    async with aiohttp.ClientSession() as session:
        editions = Editions(str(zipped(tmp_path)), tmp_path / "kept", session)
        await editions.refresh()
        feeds = LiveFeeds([LiveFeed(str(feed), session)], [])
        yield Stop(NextBus({"testville": CityBuses("testville", editions, feeds)}), catalogs)
        editions.close()


async def test_a_board_has_line_direction_minutes_and_source(stop: Stop) -> None:
    """Each bus in pieces, as large as a page likes them."""
    board = await stop.board("28路到河桥还要几分钟")
    way = board.ways[0]
    assert (board.name, way.line, way.towards) == ("河桥", "28路", "开往北园")
    assert [(bus.minutes, bus.clock, bus.source, bus.known) for bus in way.coming] == [
        (11, "08:12", "live", "实时，还有1站"),
        (39, "08:40", "timetable", "按时刻表"),
        (69, "09:10", "timetable", "按时刻表"),
    ]
    assert board.notes == ["公告：28路绕行"]


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("text", ["28路到河桥还要几分钟", "河桥有什么车", "28路、7路和B支4到河桥", "28路到河桥到哪了"])
async def test_the_text_says_all_that_the_card_says(stop: Stop, text: str, locale: Locale) -> None:
    """The card adds no fact; `line` is what stands above it; the rows are for pages that draw no boards."""
    _, shown = await stop.ask(text, locale=locale)
    (card,) = shown.cards
    assert card.board is not None
    said = [bus.clock for way in card.board.ways for bus in way.coming] + card.board.notes
    assert [one for one in said if one not in shown.text] == []
    rows = "\n".join(row.value for row in card.rows)
    assert [bus.said for way in card.board.ways for bus in way.coming if bus.said not in rows] == []
    assert shown.line
    assert shown.text.startswith(shown.line.splitlines()[0])


async def test_a_day_without_buses_has_the_clock_of_another_one(stop: Stop) -> None:
    """No minutes, and a remark that none runs for now."""
    way = (await stop.board("B支4到河桥还要几分钟", "22:00", "en")).ways[0]
    assert (way.coming[0].minutes, way.coming[0].clock) == (None, "25 November 2026, 08:15")
    assert way.remarks == ["No buses for now; this is the next one."]


@pytest.mark.parametrize("text", ["28路到河桥还要几分钟", "河桥有什么车", "从河桥到南站的车"])
async def test_it_is_asked_for_anew_without_a_dialogue(stop: Stop, text: str) -> None:
    """By what it says of itself: the same at the same moment."""
    board = await stop.board(text)
    again = await stop.service.board(board.asked, board.at)
    assert again is not None
    assert stop.catalogs.board(again, "zh_Hans") == board


async def test_one_line_has_a_button_that_asks_the_same(stop: Stop) -> None:
    """Which the card names, so that a page with a way of its own leaves it out."""
    reply, shown = await stop.ask("28路到河桥还要几分钟")
    assert shown.cards[0].board is not None
    assert shown.cards[0].board.again == reply.buttons[0].payload
    assert (await stop.board("河桥有什么车")).again is None


@pytest.mark.parametrize(
    "asked",
    [
        StopAsked(city="testville", stop="nowhere"),
        StopAsked(city="testville", stop="south", lines=["bus:7"]),
        StopAsked(city="testville", stop="south", towards="nowhere"),
        StopAsked(city="atlantis", stop="south"),
    ],
    ids=["stop", "line", "goal", "city"],
)
async def test_what_there_is_not_has_no_board(stop: Stop, asked: StopAsked) -> None:
    """None, and nothing else in its place."""
    assert await stop.service.board(asked, datetime.fromtimestamp(moment("08:01"), ZONE)) is None


async def test_what_lies_around_is_drawn_in_the_residents_language(stop: Stop) -> None:
    """Stops by their names, and how long a stretch of it is."""
    around = (await stop.board("how long till bus 28 gets to River Bridge", locale="en")).around
    assert around is not None
    assert around.here.name == "River Bridge"
    assert around.scale == "500 m"
    assert around.path.startswith("M")
