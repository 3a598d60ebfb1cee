"""`POST /commands/status` on the wire, asked as the desk asks it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestServer
from fixtures.as_roles import signed
from fixtures.cases import NEIGHBOURS, WEDDINGS, Registry, appointment, report
from fixtures.house import KEYS

from actions.commands.following import FOLLOWING, Following, routes
from actions.server.app import guarded
from desk.cases.agencies import ActionsStatus
from desk.contract.errors import BackendNonsense, BackendUnavailable
from roles.mac import DESK_TO_ACTIONS


@dataclass
class Line:
    """The desk's end and the registry's."""

    desk: ActionsStatus
    registry: Registry
    url: str
    http: aiohttp.ClientSession


@pytest_asyncio.fixture
async def line() -> AsyncIterator[Line]:
    registry = Registry()
    application = web.Application(middlewares=[guarded(KEYS)])
    application[FOLLOWING] = Following({WEDDINGS: registry}, NEIGHBOURS)
    application.add_routes(routes())
    async with TestServer(application) as server, aiohttp.ClientSession() as http:
        url = str(server.make_url("")).rstrip("/")
        yield Line(ActionsStatus(url, http, KEYS), registry, url, http)


async def test_the_case_comes_back_as_it_stands(line: Line) -> None:
    """With the agency's words beside it."""
    line.registry.now["marriage_registration-1"] = {"status": "missed", "over": True}
    answer = await line.desk.status(appointment())
    assert answer is not None
    assert (answer.case.status, answer.case.over, answer.said.args) == ("missed", True, {"value": "agency says missed"})


async def test_what_no_service_follows_is_no_failure(line: Line) -> None:
    """Another service, or a city that does not offer it: None."""
    assert await line.desk.status(report()) is None
    assert await line.desk.status(appointment(city="atlantis")) is None


async def test_a_failing_agency_is_unavailable(line: Line) -> None:
    """And so is an actions server that is not there."""
    line.registry.failure = BackendUnavailable()
    with pytest.raises(BackendUnavailable):
        await line.desk.status(appointment())
    with pytest.raises(BackendUnavailable):
        await ActionsStatus("http://127.0.0.1:9", line.http, KEYS).status(appointment())


async def test_an_answer_about_another_case_is_nonsense(line: Line) -> None:
    """The case's own name, city, service and kind cannot change."""
    line.registry.now["marriage_registration-1"] = {"case": "marriage_registration-2"}
    with pytest.raises(BackendNonsense):
        await line.desk.status(appointment())


async def test_what_is_no_command_is_refused(line: Line) -> None:
    """400 as problem+json."""
    path = "/commands/status"
    async with line.http.post(line.url + path, **signed(KEYS, DESK_TO_ACTIONS, path, {})) as response:
        assert response.status == 400
        assert (await response.json(content_type=None))["type"] == "bad-request"
