"""Timetables and live feeds over HTTP: fetched once, kept, replaced whole, never lost to a broken one."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestServer
from fixtures.patience import HANG_SECONDS
from fixtures.transit import TABLES, message, moment, zipped

from actions.transit.archive import BrokenFeed
from actions.transit.editions import Editions
from actions.transit.live import CACHE_SECONDS, Health, LiveFeed
from desk.contract.errors import BackendError, BackendUnavailable

NOW = moment("08:05")


class Operator:
    """A bus operator's server: what it serves, and how often it was asked."""

    def __init__(self) -> None:
        self.body = b""
        self.status = 200
        self.tag = '"1"'
        self.asked: list[int] = []

    async def serve(self, request: web.Request) -> web.Response:
        known = request.headers.get("If-None-Match") == self.tag
        status = 304 if known and self.status == 200 else self.status
        self.asked.append(status)
        await asyncio.sleep(0.05)
        return web.Response(status=status, body=self.body if status == 200 else b"", headers={"ETag": self.tag})


@pytest.fixture
def operator(tmp_path: Path) -> Operator:
    made = Operator()
    made.body = zipped(tmp_path).read_bytes()
    return made


@pytest_asyncio.fixture
async def url(operator: Operator) -> AsyncIterator[str]:
    application = web.Application()
    application.router.add_get("/feed", operator.serve)
    async with TestServer(application) as server:
        yield str(server.make_url("/feed"))


@pytest_asyncio.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as opened:
        yield opened


@pytest_asyncio.fixture
async def editions(url: str, session: aiohttp.ClientSession, tmp_path: Path) -> AsyncIterator[Editions]:
    made = Editions(url, tmp_path / "kept", session)
    yield made
    made.close()


async def test_an_unchanged_feed_is_not_fetched_twice(editions: Editions, operator: Operator) -> None:
    """The second look sends the validators of the first and is answered 304."""
    assert [await editions.refresh(), await editions.refresh()] == [True, False]
    assert operator.asked == [200, 304]


async def test_a_new_feed_replaces_the_old_whole(editions: Editions, operator: Operator, tmp_path: Path) -> None:
    """The new edition is in use, and its file is the only one left."""
    await editions.refresh()
    routes = TABLES["routes.txt"].replace("R28,bus,28", "R28,bus,29")
    operator.body, operator.tag = zipped(tmp_path, {"routes.txt": routes}).read_bytes(), '"2"'
    assert await editions.refresh()
    assert editions.current is not None
    assert editions.current.lines.find("29") != ()
    assert [path.stem for path in (tmp_path / "kept").glob("*.sqlite")] == [editions.current.fingerprint]


@pytest.mark.parametrize(
    ("body", "status", "error"),
    [
        pytest.param(b"<html>maintenance</html>", 200, BrokenFeed, id="an error page"),
        pytest.param(b"", 200, BrokenFeed, id="nothing"),
        pytest.param(b"", 503, BackendUnavailable, id="503"),
    ],
)
async def test_a_broken_feed_changes_nothing(
    editions: Editions, operator: Operator, tmp_path: Path, body: bytes, status: int, error: type[BackendError]
) -> None:
    """The old edition stays in use, no debris stays behind, and the reason is told."""
    await editions.refresh()
    before = editions.current
    operator.body, operator.status, operator.tag = body, status, '"2"'
    with pytest.raises(error):
        await editions.refresh()
    assert editions.current is before
    assert sorted(path.suffix for path in (tmp_path / "kept").iterdir()) == [".json", ".sqlite"]


async def test_a_feed_that_lost_a_table_is_refused_with_the_reason(
    editions: Editions, operator: Operator, tmp_path: Path
) -> None:
    """It is built in a child process; the reason comes back."""
    operator.body = zipped(tmp_path, {"stops.txt": None}).read_bytes()
    with pytest.raises(BrokenFeed, match=r"no stops\.txt"):
        await editions.refresh()


async def test_after_a_restart_the_kept_edition_serves_without_the_network(
    editions: Editions, operator: Operator, session: aiohttp.ClientSession, tmp_path: Path
) -> None:
    """The operator is down, and the buses are answered all the same."""
    await editions.refresh()
    operator.status = 503
    again = Editions(editions.source, tmp_path / "kept", session)
    upkeep = asyncio.create_task(again.keep_fresh())
    edition = await again.ready(HANG_SECONDS)
    upkeep.cancel()
    with suppress(asyncio.CancelledError):
        await upkeep
    assert edition.lines.find("28") != ()
    again.close()


async def test_a_damaged_file_is_built_anew(editions: Editions, session: aiohttp.ClientSession, tmp_path: Path) -> None:
    """Whatever the disk did to it."""
    await editions.refresh()
    (kept,) = (tmp_path / "kept").glob("*.sqlite")
    editions.close()
    kept.write_bytes(b"no database" * 1000)
    again = Editions(editions.source, tmp_path / "kept", session)
    upkeep = asyncio.create_task(again.keep_fresh())
    edition = await again.ready(HANG_SECONDS)
    upkeep.cancel()
    with suppress(asyncio.CancelledError):
        await upkeep
    assert edition.lines.find("28") != ()
    again.close()


async def test_a_question_before_any_timetable_gets_the_reason(editions: Editions, operator: Operator) -> None:
    """And makes the next try come at once: when the operator is back, so are the buses."""
    operator.status = 503
    upkeep = asyncio.create_task(editions.keep_fresh())
    with pytest.raises(BackendUnavailable, match="503"):
        await editions.ready(HANG_SECONDS)
    operator.status = 200
    edition = None
    while edition is None:
        with suppress(BackendUnavailable):
            edition = await editions.ready(HANG_SECONDS)
    upkeep.cancel()
    with suppress(asyncio.CancelledError):
        await upkeep
    assert edition is editions.current


async def test_questions_share_one_reading_of_a_live_feed(
    url: str, operator: Operator, session: aiohttp.ClientSession
) -> None:
    """Fifty at once are one request; ten seconds later it is one more, and a failure is shared as well."""
    operator.body = message("", NOW).SerializeToString()
    clock = [0.0]
    feed = LiveFeed(url, session, timer=lambda: clock[0])
    readings = await asyncio.gather(*(feed.read(NOW) for _ in range(50)))
    assert ({reading.health for reading in readings}, len(operator.asked)) == ({Health.FRESH}, 1)
    clock[0] += CACHE_SECONDS
    operator.status = 503
    await asyncio.gather(*(feed.read(NOW + 10) for _ in range(50)))
    assert len(operator.asked) == 2


async def test_a_live_feed_that_fails_counts_until_its_news_are_old(
    url: str, operator: Operator, session: aiohttp.ClientSession
) -> None:
    """The last good news hold for two minutes, then the feed is down."""
    operator.body = message("", NOW).SerializeToString()
    clock = [0.0]
    feed = LiveFeed(url, session, timer=lambda: clock[0])
    await feed.read(NOW)
    operator.status = 500
    clock[0] = 1000.0
    assert [(await feed.read(NOW + age)).health for age in (10, 120, 121)] == [Health.FRESH, Health.FRESH, Health.DOWN]


@pytest.mark.parametrize(
    ("at", "health"),
    [
        pytest.param(NOW - 120, Health.FRESH, id="two minutes old"),
        pytest.param(NOW - 121, Health.STALE, id="older"),
        pytest.param(NOW + 600, Health.STALE, id="from a clock that is wrong"),
        pytest.param(0, Health.STALE, id="of no known moment"),
    ],
)
async def test_a_live_feed_is_judged_by_its_own_moment(
    url: str, operator: Operator, session: aiohttp.ClientSession, at: int, health: Health
) -> None:
    """Not by when it was fetched."""
    operator.body = message("", at).SerializeToString()
    assert (await LiveFeed(url, session).read(NOW)).health is health
