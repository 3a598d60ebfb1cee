"""Our Open311 client against the pretend hotlines, in both formats, and what becomes of a report under faults."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import aiohttp
import pytest
import yaml
from aiohttp import web
from aiohttp.test_utils import TestServer
from aiohttp.typedefs import Handler
from fixtures import loaded
from fixtures.faults import PATIENT
from fixtures.patience import HANG_SECONDS
from fixtures.pretend_city import pretend_city
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from actions.backends.http import Endpoint, Limits, open_session
from actions.backends.open311 import Open311, Protocol, Report, Unknown
from desk.city.yaml_files import parse_yaml
from desk.contract.errors import BackendError, BackendNonsense, BackendRefused, BackendTimeout, BackendUnavailable
from sandbox.seed import DATA, Seed

NOW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
KEY = "0123456789abcdef0123456789abcdef"
CITIES = loaded.seed().cities("open311.yml")
OFFERED = loaded.cities()
HASTY = replace(PATIENT, attempt=0.4, only_attempt=0.4, budget=1.0)
"""Gives up on what is slow. Whatever else goes wrong is waited for, on a machine however busy."""
FAULTS: dict[str, dict[str, Any]] = {
    "down": {"status": 503},
    "broken": {"status": 500},
    "busy": {"status": 429},
    "cut": {"cut": True},
    "nonsense": {"nonsense": True},
    "slow": {"latency_ms": 600},
}


class World:
    """A sandbox whose clock is ours, and clients of its cities."""

    def __init__(self, url: str, session: aiohttp.ClientSession) -> None:
        self.url, self.session, self.now = url, session, NOW
        self.in_hand = 0  # requests that the sandbox has not yet answered

    def of(self, city: str, limits: Limits = PATIENT, *, api_key: str | None = None, **changed: Any) -> Open311:
        """The client that the city file asks for."""
        offered = OFFERED[city].services["report_problem"]
        protocol = Protocol.model_validate({**offered.settings["open311"], **changed})
        address = offered.endpoints["open311"].replace("sandbox:", self.url)
        endpoint = Endpoint("open311", address, self.session, limits, chance=lambda: 0.0)
        return Open311(endpoint, protocol, api_key)

    async def ask(self, method: str, path: str, body: object = None) -> Any:
        async with self.session.request(method, f"{self.url}/_sandbox/{path}", json=body) as response:
            return await response.json(content_type=None)

    async def received(self, city: str) -> list[dict[str, Any]]:
        """All reports that the hotline has."""
        found = await self.ask("GET", f"open311/{city}/requests")
        return list(found["reports"])

    async def rests(self) -> None:
        """Wait until what is slow has arrived."""
        async with asyncio.timeout(HANG_SECONDS):
            while self.in_hand:
                await asyncio.sleep(0.01)


@asynccontextmanager
async def a_world(folder: Path, seed: Seed | None = None) -> AsyncIterator[World]:
    worlds: list[World] = []
    application = pretend_city(folder, lambda: worlds[0].now if worlds else NOW, seed=seed or loaded.seed())

    @web.middleware
    async def counted(request: web.Request, handler: Handler) -> web.StreamResponse:
        worlds[0].in_hand += 1
        try:
            return await handler(request)
        finally:
            worlds[0].in_hand -= 1

    application.middlewares.insert(0, counted)
    server = TestServer(application)
    await server.start_server()
    async with open_session(PATIENT) as session:
        worlds.append(World(str(server.make_url("")).rstrip("/"), session))
        yield worlds[0]
    await server.close()


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with a_world(tmp_path) as world:
        yield world


async def of_type(client: Open311, kind: str) -> str:
    """The code of a category that the server takes so, and that asks nothing."""
    for category in await client.categories("zh-CN"):
        asks = category.metadata and (await client.definition(category.service_code, "zh-CN")).asked
        if category.type == kind and not asks:
            return category.service_code
    raise AssertionError(f"no category of type {kind}")


def report(code: str, **more: Any) -> Report:
    return Report.model_validate(
        {"service_code": code, "description": "路灯不亮 & <三天>", "address": "文三路", "phone": "13800138000", **more}
    )


@pytest.mark.parametrize("city", CITIES)
async def test_every_city_takes_a_report_and_says_how_it_stands(world: World, city: str) -> None:
    """Categories in two languages, a report, its standing: whatever format, jurisdiction and discovery the city has."""
    client = world.of(city)
    own, english = await client.categories("zh-CN"), await client.categories("en")
    assert [one.service_code for one in own] == [one.service_code for one in english]
    assert all(one.service_name != other.service_name for one, other in zip(own, english, strict=True))
    receipt = await client.submit(report(await of_type(client, "realtime")), key=KEY, now=NOW)
    request = await client.request(receipt.service_request_id, "zh-CN")
    assert request is not None
    assert (request.status, request.is_closed) == ("open", False)
    [kept] = await world.received(city)
    assert (kept["phone"], kept["address"]) == ("13800138000", "文三路")
    assert kept["description"].startswith("路灯不亮 & <三天>\n[ref ")


@pytest.mark.parametrize("city", ["hangzhou", "guangzhou", "ningbo", "taiyuan"])
async def test_a_report_is_taken_back_and_stays_so(world: World, city: str) -> None:
    """In both formats, with a jurisdiction, by discovery; a second time changes nothing."""
    client = world.of(city)
    receipt = await client.submit(report(await of_type(client, "realtime")), key=KEY, now=NOW)
    await client.withdraw(receipt.service_request_id)
    await client.withdraw(receipt.service_request_id)
    request = await client.request(receipt.service_request_id, "zh-CN")
    assert request is not None
    assert (request.is_closed, request.status_notes) == (True, "反映人已撤回")


@pytest.mark.parametrize(("number", "status"), [("", 409), ("20000101000001", 404)])
async def test_what_cannot_be_taken_back_is_refused(world: World, number: str, status: int) -> None:
    """What is closed already, and what the hotline does not know."""
    client = world.of("hangzhou")
    receipt = await client.submit(report(await of_type(client, "realtime")), key=KEY, now=NOW)
    world.now = NOW + timedelta(days=90)
    with pytest.raises(BackendRefused) as refused:
        await client.withdraw(number or receipt.service_request_id)
    assert refused.value.status == status


async def test_a_report_is_taken_without_a_telephone(world: World) -> None:
    """Nothing is sent in its place."""
    client = world.of("hangzhou")
    await client.submit(report(await of_type(client, "realtime"), phone=None), key=KEY, now=NOW)
    [kept] = await world.received("hangzhou")
    assert kept["phone"] is None


@pytest.mark.parametrize("city", ["hangzhou", "guangzhou"])
async def test_a_report_is_closed_in_time_or_by_the_agency(world: World, city: str) -> None:
    """Open, passed on, closed with notes over the clock; or at once when the agency says so."""
    client = world.of(city)
    code = await of_type(client, "realtime")
    receipt = await client.submit(report(code), key=KEY, now=NOW)
    seen = []
    for ahead in (timedelta(0), timedelta(minutes=11), timedelta(days=30)):
        world.now = NOW + ahead
        request = await client.request(receipt.service_request_id, "zh-CN")
        assert request is not None
        seen.append((request.status, bool(request.status_notes)))
    assert seen == [("open", True), ("open", True), ("closed", True)]
    await world.ask(
        "PUT", f"open311/{city}/requests/{receipt.service_request_id}", {"status": "open", "status_notes": "再查"}
    )
    request = await client.request(receipt.service_request_id, "zh-CN")
    assert request is not None
    assert (request.status, request.status_notes) == ("open", "再查")


@pytest.mark.parametrize("city", ["hangzhou", "changzhi"])
async def test_a_token_becomes_an_id(world: World, city: str) -> None:
    """A batch answers a token; the id is there a while later, and with it the report."""
    client = world.of(city)
    receipt = await client.submit(report(await of_type(client, "batch")), key=KEY, now=NOW)
    assert (receipt.service_request_id, bool(receipt.token)) == ("", True)
    assert await client.id_of(receipt.token) is None
    world.now = NOW + timedelta(minutes=45)
    number = await client.id_of(receipt.token)
    assert number is not None
    assert await client.request(number, "zh-CN") is not None


async def test_a_blackbox_answers_nothing_to_follow(world: World) -> None:
    """Neither id nor token."""
    client = world.of("hangzhou")
    receipt = await client.submit(report(await of_type(client, "blackbox")), key=KEY, now=NOW)
    assert (receipt.service_request_id, receipt.token) == ("", "")


@pytest.mark.parametrize("city", ["hangzhou", "shenzhen"])
async def test_a_point_a_photo_and_attributes_arrive(world: World, city: str) -> None:
    """Degrees, the address of the photo and the answer to what the category asks."""
    client = world.of(city)
    noise = next(one for one in await client.categories("en") if one.service_name == "Noise")
    [asked] = (await client.definition(noise.service_code, "en")).asked
    assert (asked.is_list, asked.values[0].name) == (True, "Building site")
    sent = report(
        noise.service_code,
        address=None,
        lat=30.274,
        lon=120.155,
        media_url="https://city.example/media/X",
        attributes=[(asked.code, asked.values[0].key)],
    )
    await client.submit(sent, key=KEY, now=NOW)
    [kept] = await world.received(city)
    assert (kept["lat"], kept["long"], kept["media_url"]) == (30.274, 120.155, "https://city.example/media/X")
    assert kept["attributes"][asked.code] == [asked.values[0].key]


@pytest.mark.parametrize(
    ("city", "changed", "sent", "status"),
    [
        ("hangzhou", {}, {"service_code": "nothing"}, 404),
        ("shanghai", {"jurisdiction_id": "elsewhere"}, {}, 404),
        ("shanghai", {"jurisdiction_id": None}, {}, 400),
        ("hangzhou", {}, {"media_url": "file:///etc/passwd"}, 400),
    ],
)
async def test_refusals_are_refusals(
    world: World, city: str, changed: dict[str, Any], sent: dict[str, Any], status: int
) -> None:
    """What the server does not take is refused with its status, in both formats."""
    code = await of_type(world.of(city), "realtime")
    with pytest.raises(BackendRefused) as refused:
        await world.of(city, **changed).submit(report(code, **sent), key=KEY, now=NOW)
    assert refused.value.status == status


@pytest.mark.parametrize("city", ["hangzhou", "nanchang"])
async def test_a_wrong_api_key_is_refused(tmp_path: Path, city: str) -> None:
    """A hotline that wants a key takes reports with it only."""
    target = tmp_path / "seed" / city
    target.mkdir(parents=True)
    data = parse_yaml((DATA / city / "open311.yml").read_text(encoding="utf-8"))
    (target / "open311.yml").write_text(yaml.safe_dump({**data, "api_key": "right"}), encoding="utf-8")
    async with a_world(tmp_path, Seed(tmp_path / "seed")) as world:
        code = await of_type(world.of(city), "realtime")
        for wrong in (None, "wrong"):
            with pytest.raises(BackendRefused) as refused:
                await world.of(city, api_key=wrong).submit(report(code), key=KEY, now=NOW)
            assert refused.value.status == 403
        await world.of(city, api_key="right").submit(report(code), key=KEY, now=NOW)
        assert len(await world.received(city)) == 1


@pytest.mark.parametrize("city", ["hangzhou", "nanchang", "shanghai", "qingdao"])
@pytest.mark.parametrize("fault", FAULTS)
async def test_reading_under_a_fault_is_a_backend_error(world: World, city: str, fault: str) -> None:
    """Whatever goes wrong with a list is said as what it is, never as an empty list."""
    await world.ask("POST", "faults", {"system": "open311", "city": city, **FAULTS[fault]})
    expected = {"down": BackendUnavailable, "busy": BackendUnavailable, "nonsense": BackendNonsense}
    with pytest.raises(expected.get(fault, BackendTimeout)):
        await world.of(city, HASTY if fault == "slow" else PATIENT).categories("zh-CN")


@pytest.mark.parametrize("fault", ["cut", "nonsense", "broken"])
async def test_an_answer_that_is_lost_is_found(world: World, fault: str) -> None:
    """The report is looked for by its mark at once: it is answered if it was taken, and unknown if not."""
    client = world.of("hangzhou")
    code = await of_type(client, "realtime")
    await world.ask("POST", "faults", {"system": "open311", "method": "POST", "count": 1, **FAULTS[fault]})
    if fault == "broken":
        with pytest.raises(Unknown):
            await client.submit(report(code), key=KEY, now=NOW)
        with pytest.raises(Unknown):
            await client.submit(report(code), key=KEY, now=NOW + timedelta(seconds=30), sent_at=NOW)
        assert await world.received("hangzhou") == []
    receipt = await client.submit(report(code), key=KEY, now=NOW + timedelta(seconds=61), sent_at=NOW)
    [kept] = await world.received("hangzhou")
    assert receipt.service_request_id == kept["id"]


async def test_what_is_not_listed_at_once_is_never_sent_again(world: World) -> None:
    """A batch shows nothing for a while: that a report is not in the list proves nothing."""
    client = world.of("hangzhou")
    code = await of_type(client, "batch")
    await world.ask("POST", "faults", {"system": "open311", "method": "POST", "count": 1, "cut": True})
    for ahead in (0, 3600):
        with pytest.raises(Unknown):
            await client.submit(
                report(code),
                key=KEY,
                now=NOW + timedelta(seconds=ahead),
                sent_at=NOW if ahead else None,
                listed=False,
            )
    assert len(await world.received("hangzhou")) == 1


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    city=st.sampled_from(["hangzhou", "nanchang", "shanghai", "qingdao", "taiyuan"]),
    schedule=st.lists(
        st.tuples(st.sampled_from(["GET", "POST"]), st.sampled_from(sorted(FAULTS)), st.integers(1, 3)), max_size=5
    ),
    waits=st.lists(st.sampled_from([5, 65, 300]), min_size=1, max_size=4),
)
def test_a_report_is_submitted_exactly_once_under_faults(
    city: str, schedule: list[tuple[str, str, int]], waits: list[int]
) -> None:
    """Whatever fails, a resident who tries again until it is answered has one report, and never two on the way."""

    async def story(folder: Path) -> None:
        async with a_world(folder) as world:
            code = await of_type(world.of(city), "realtime")
            client = world.of(city, HASTY)
            for method, fault, count in schedule:
                await world.ask(
                    "POST",
                    "faults",
                    {"system": "open311", "city": city, "method": method, "count": count, **FAULTS[fault]},
                )
            sent_at, number = None, None
            for wait in [*waits, *[65] * 40]:
                try:
                    receipt = await client.submit(report(code), key=KEY, now=world.now, sent_at=sent_at)
                except (BackendTimeout, BackendNonsense):
                    sent_at = sent_at or world.now
                except BackendError:
                    pass
                else:
                    number = receipt.service_request_id
                    break
                world.now += timedelta(seconds=wait)
                client = world.of(city, HASTY)  # its circuit closed, as after its rest
                await world.rests()
                assert len(await world.received(city)) <= 1
            kept = await world.received(city)
            assert [one["id"] for one in kept] == [number]

    with TemporaryDirectory() as folder:
        asyncio.run(story(Path(folder)))
