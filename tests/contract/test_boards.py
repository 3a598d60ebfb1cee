"""`POST /commands/board` on the wire, asked as the desk asks it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestServer
from fixtures.as_roles import signed
from fixtures.boards import PretendedStops, board_of
from fixtures.house import KEYS

from actions.commands.stops import STOPS, Stops, routes
from actions.server.app import guarded
from desk.contract.board import StopAsked
from desk.contract.errors import BackendError, BackendTimeout, BackendUnavailable, CircuitOpen
from desk.web.buses.asking import KEPT_SECONDS, Boards
from roles.mac import DESK_TO_ACTIONS

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
ASKED = StopAsked(city="hangzhou", stop="river1", lines=["0:28"])


@dataclass
class Line:
    """The desk's end and the service's; `seconds` is the desk's clock."""

    url: str
    http: aiohttp.ClientSession
    service: PretendedStops
    seconds: float = 0.0
    desk: Boards = field(init=False)

    def __post_init__(self) -> None:
        self.desk = Boards(self.url, self.http, KEYS, lambda: self.seconds)


@pytest_asyncio.fixture
async def line() -> AsyncIterator[Line]:
    service = PretendedStops()
    application = web.Application(middlewares=[guarded(KEYS)])
    application[STOPS] = Stops([service])
    application.add_routes(routes())
    async with TestServer(application) as server, aiohttp.ClientSession() as http:
        yield Line(str(server.make_url("")).rstrip("/"), http, service)


async def test_the_board_comes_back_as_it_is(line: Line) -> None:
    """Of the moment that the desk names."""
    assert await line.desk.of(ASKED, NOW) == board_of(ASKED, NOW)


async def test_one_answer_is_everybodys_for_some_seconds(line: Line) -> None:
    """Then it is asked for anew; another stop is another question."""
    await line.desk.of(ASKED, NOW)
    await line.desk.of(ASKED, NOW)
    await line.desk.of(ASKED.model_copy(update={"lines": []}), NOW)
    assert len(line.service.asked) == 2
    line.seconds += KEPT_SECONDS
    await line.desk.of(ASKED, NOW)
    assert len(line.service.asked) == 3


async def test_what_there_is_not_is_no_failure(line: Line) -> None:
    """None, however often it is asked for."""
    line.service.knows = False
    for _ in range(10):
        assert await line.desk.of(ASKED, NOW) is None


async def test_without_a_timetable_nobody_says_it(line: Line) -> None:
    """And after some failures nobody is asked for a while."""
    line.service.failure = BackendUnavailable()
    for _ in range(5):
        with pytest.raises(BackendTimeout):
            await line.desk.of(ASKED, NOW)
    with pytest.raises(CircuitOpen):
        await line.desk.of(ASKED, NOW)
    line.service.failure = None
    line.seconds += 10
    assert await line.desk.of(ASKED, NOW) is not None


async def test_an_actions_server_that_is_away_is_unavailable(line: Line) -> None:
    """At once."""
    with pytest.raises(BackendError):
        await Boards("http://127.0.0.1:9", line.http, KEYS).of(ASKED, NOW)


async def test_what_is_no_command_is_refused(line: Line) -> None:
    """400 as problem+json."""
    path = "/commands/board"
    async with line.http.post(line.url + path, **signed(KEYS, DESK_TO_ACTIONS, path, {})) as response:
        assert response.status == 400
        assert (await response.json(content_type=None))["type"] == "bad-request"
