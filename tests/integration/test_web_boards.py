"""Boards of stops on the web: for a card of the chat, and as a page."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from fixtures.boards import Boards
from fixtures.house import House
from fixtures.web import Site, serving

from desk.contract.errors import BackendUnavailable

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
IN_CHAT = "/chat/v1/cities/hangzhou/board?stop=river1&lines=0:28"
PAGE = "/hangzhou/buses?stop=river1&lines=0:28"


@asynccontextmanager
async def stopping(house: House, stops: Boards) -> AsyncIterator[Site]:
    async with serving(house, boards=stops, now=lambda: NOW) as site:
        yield site


async def test_a_card_is_brought_anew(house: House) -> None:
    """In the language that is asked for; never kept by anybody between."""
    stops = Boards(soonest=7)
    async with stopping(house, stops) as site:
        status, board, headers = await site.ask("GET", IN_CHAT + "&locale=en")
    assert (status, headers["Cache-Control"]) == (200, "no-store")
    assert board["asked"] == {"city": "hangzhou", "stop": "river1", "lines": ["0:28"], "towards": None}
    assert (board["ways"][0]["line"], board["ways"][0]["towards"]) == ("28", "towards North Park")
    assert (board["ways"][0]["coming"][0]["minutes"], board["at"]) == (7, "2026-11-24T08:00:00+08:00")


async def test_the_page_shows_the_same(house: House) -> None:
    """With its drawing, for no search engine, and with the stop in the way to another language."""
    async with stopping(house, Boards()) as site:
        status, page, headers = await site.ask("GET", PAGE + "&lang=en")
    assert (status, headers["Cache-Control"]) == (200, "no-store")
    for said in (
        "<h1>River Bridge</h1>",
        "towards North Park",
        '<path class="board-path" d="M0,120',
        "noindex",
        "28 is diverted",
    ):
        assert said in page
    assert 'href="?stop=river1&amp;lines=0:28&amp;lang=zh_Hans"' in page


@pytest.mark.parametrize("path", [IN_CHAT, PAGE])
async def test_what_there_is_not_is_not_found(house: House, path: str) -> None:
    """A stop, a city, and a desk that can ask nobody."""
    async with stopping(house, Boards(knows=False)) as site:
        assert (await site.ask("GET", path))[0] == 404
        assert (await site.ask("GET", path.replace("hangzhou", "atlantis")))[0] == 404
    async with serving(house) as site:
        assert (await site.ask("GET", path))[0] == 404


@pytest.mark.parametrize("path", [IN_CHAT, PAGE])
async def test_while_nobody_says_it_one_is_asked_to_come_again(house: House, path: str) -> None:
    """503, with when."""
    async with stopping(house, Boards(failure=BackendUnavailable())) as site:
        status, _, headers = await site.ask("GET", path)
    assert (status, headers["Retry-After"]) == (503, "10")


@pytest.mark.parametrize("query", ["", "stop=", f"stop={'x' * 201}", "stop=a&lines=" + ",".join(["b"] * 41)])
async def test_what_is_no_question_is_refused(house: House, query: str) -> None:
    """Without a stop, or with more than a board has."""
    stops = Boards()
    async with stopping(house, stops) as site:
        assert (await site.ask("GET", f"/chat/v1/cities/hangzhou/board?{query}"))[0] == 422
        assert (await site.ask("GET", f"/hangzhou/buses?{query}"))[0] == 422
    assert stops.asked == []


async def test_one_address_asks_no_faster_than_an_open_page(house: House) -> None:
    """After sixty at once it waits."""
    async with stopping(house, Boards()) as site:
        found = [(await site.ask("GET", IN_CHAT))[0] for _ in range(80)]
    assert 429 in found
    assert found[:60] == [200] * 60
