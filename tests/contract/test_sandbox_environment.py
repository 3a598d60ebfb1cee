"""The pretend environment services keep the contract that the actions are built on, at any hour."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest
import schemathesis
from aiohttp.test_utils import TestServer
from fixtures import loaded
from fixtures.faults import LASTING, PATIENT, Fault, limits_under
from fixtures.patience import HANG_SECONDS
from fixtures.pretend_city import pretend_city
from fixtures.sandbox_process import SandboxProcess
from hypothesis import HealthCheck, settings

from actions.backends.environment import Air, Environment, Weather
from actions.backends.http import Endpoint, Limits, open_session
from desk.contract.errors import BackendError

CONTRACT = Path(__file__).parents[2] / "docs" / "reference" / "environment.openapi.yaml"
CITY = "hangzhou"
CITIES = loaded.seed().cities("environment.yml")
NOW = datetime(2026, 11, 24, 1, 20, tzinfo=UTC)

contract = schemathesis.openapi.from_path(CONTRACT)


class World:
    """A sandbox at a moment, and a client of one city."""

    def __init__(self, url: str, session: aiohttp.ClientSession) -> None:
        self.url, self.session = url, session

    def of(self, city: str = CITY, limits: Limits = PATIENT) -> Environment:
        endpoint = Endpoint("environment", f"{self.url}/environment/{city}", self.session, limits, chance=lambda: 0.0)
        return Environment(endpoint)

    async def put(self, body: object, city: str = CITY) -> int:
        async with self.session.put(f"{self.url}/_sandbox/environment/{city}", json=body) as response:
            return response.status

    async def post(self, path: str, body: object) -> int:
        async with self.session.post(f"{self.url}/_sandbox/{path}", json=body) as response:
            return response.status


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    server = TestServer(pretend_city(tmp_path, lambda: NOW))
    await server.start_server()
    async with open_session(PATIENT) as session:
        yield World(str(server.make_url("")).rstrip("/"), session)
    await server.close()


@contract.parametrize()
@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
def test_every_answer_is_of_the_contract(case: schemathesis.Case, sandbox: SandboxProcess) -> None:
    """Whatever is asked, rightly or wrongly, status, content type and body are of the contract."""
    case.call_and_validate(base_url=f"{sandbox.url}/environment/{CITY}", timeout=HANG_SECONDS)


@pytest.mark.parametrize("city", CITIES)
async def test_client_reads_every_city(world: World, city: str) -> None:
    """Air measured within the hour, in every district; eight days of weather that begin no later than today."""
    air, weather = await world.of(city).air(), await world.of(city).weather()
    assert timedelta(0) <= NOW - air.measured_at < timedelta(hours=1)
    assert len(air.districts) >= 4
    assert weather.days[0].date <= NOW.date() < weather.days[-1].date
    assert all(day.low < day.high for day in weather.days)


async def test_same_hour_has_the_same_air(world: World) -> None:
    """Asked twice, the answers are equal; the next day's are not."""
    first = await world.of().air()
    assert await world.of().air() == first
    assert await world.put({"now": (NOW + timedelta(days=1)).isoformat()}) == 200
    assert (await world.of().air()).concentrations != first.concentrations


@pytest.mark.parametrize("hour", range(0, 24, 3))
async def test_forecast_holds_today_at_any_hour(world: World, hour: int) -> None:
    """Also before the day's first forecast is issued: yesterday's reaches over today."""
    now = datetime(2026, 11, 24, tzinfo=UTC) + timedelta(hours=hour)
    await world.put({"now": now.isoformat()})
    weather = await world.of().weather()
    local = now + timedelta(hours=8)
    assert weather.issued_at <= now
    assert local.date() in [day.date for day in weather.days]


async def test_scenario_changes_what_it_names_until_reset(world: World) -> None:
    """Old data, other air, warnings; a reset lifts all of it."""
    before: tuple[Air, Weather] = await world.of().air(), await world.of().weather()
    warning = {"kind": {"zh_Hans": "暴雨", "en": "Rainstorm"}, "colour": "red"}
    changes = {"behind_hours": 5, "concentrations": {"pm25": 300}, "rain_chance": 100, "warnings": [warning]}
    assert await world.put(changes) == 200
    air, weather = await world.of().air(), await world.of().weather()
    assert before[0].measured_at - air.measured_at == timedelta(hours=5)
    assert air.concentrations.model_dump(exclude_none=True) == {"pm25": 300}
    assert {day.rain_chance for day in weather.days} == {100}
    assert [(one.kind.en, one.colour) for one in weather.warnings] == [("Rainstorm", "red")]
    assert await world.post("reset", {"city": CITY}) == 200
    assert (await world.of().air(), await world.of().weather()) == before


async def test_scenario_that_is_none_is_refused(world: World) -> None:
    """A misspelt field is told, not overlooked; an unknown city too."""
    assert await world.put({"behind": 5}) == 422
    assert await world.put({}, city="atlantis") == 404


@pytest.mark.parametrize(("fault", "error"), LASTING, ids=str)
async def test_lasting_fault_is_a_retryable_error(world: World, fault: Fault, error: type[BackendError]) -> None:
    """What does not go away within the budget is an error that says trying later can help; once is survived."""
    body = {"system": "environment", "city": CITY, **fault}
    limits = limits_under(fault)
    assert await world.post("faults", {**body, "count": 1}) == 201
    assert (await world.of(limits=limits).air()).districts
    assert await world.post("faults", body) == 201
    with pytest.raises(error) as caught:
        await world.of(limits=limits).air()
    assert caught.value.retryable
