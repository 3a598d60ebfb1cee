"""The client of the traffic police over the pretend one, whole and with faults, and over a server that breaks rules."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from fixtures.faults import LASTING, ONCE, PATIENT, Fault, limits_under
from fixtures.patience import HANG_SECONDS
from fixtures.pretend_city import pretend_city
from structlog.testing import capture_logs

from actions.backends.http import Endpoint, Limits, open_session
from actions.backends.traffic_police import TrafficPolice
from actions.backends.wire import Payment
from desk.contract.errors import BackendError, BackendNonsense, BackendRefused, BackendTimeout, BackendUnavailable

CITY, SYSTEM = "hangzhou", "traffic-police"
NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)


@dataclass
class World:
    """A running sandbox and a client of it."""

    url: str
    session: aiohttp.ClientSession
    facts: dict[str, str] = field(default_factory=dict)

    def of(self, limits: Limits) -> TrafficPolice:
        """A client that is so patient."""
        return TrafficPolice(endpoint(f"{self.url}/{SYSTEM}/{CITY}", self.session, limits))

    @property
    def police(self) -> TrafficPolice:
        return self.of(PATIENT)

    async def fault(self, **what: object) -> None:
        """Ask the sandbox for a fault."""
        body = {"system": SYSTEM, "city": CITY, **what}
        async with self.session.post(f"{self.url}/_sandbox/faults", json=body) as response:
            assert response.status == 201, await response.text()

    async def faults_left(self) -> int:
        async with self.session.get(f"{self.url}/_sandbox/faults") as response:
            return len((await response.json())["faults"])

    def proof(self) -> tuple[str, str]:
        return self.facts["plate_with_unpaid_fine"], self.facts["vin_last6"]


def endpoint(address: str, session: aiohttp.ClientSession, limits: Limits = PATIENT) -> Endpoint:
    return Endpoint("police", address, session, limits=limits, chance=lambda: 0.0)


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with open_session(PATIENT) as opened:
        yield opened


@pytest.fixture
async def world(tmp_path: Path, session: aiohttp.ClientSession) -> AsyncIterator[World]:
    server = TestServer(pretend_city(tmp_path, lambda: NOW))
    await server.start_server()
    url = str(server.make_url("")).rstrip("/")
    world = World(url, session)
    async with session.get(f"{url}/_sandbox/facts/{CITY}") as response:
        world.facts = await response.json()
    yield world
    await server.close()


async def payment(world: World) -> tuple[str, Payment]:
    """The notice of the fact's fine, and a payment of it."""
    violation = (await world.police.violations(*world.proof())).violations[0]
    return violation.notice, Payment(order="order-1", amount=violation.amount, trade_no="trade-1", paid_at=NOW)


async def test_violations_of_a_vehicle(world: World) -> None:
    """Plate and tail give the violations on record, with what every text needs."""
    found = await world.police.violations(*world.proof())
    assert [one.amount for one in found.violations] == [world.facts["fine_amount"]]
    assert found.violations[0].place.en


@pytest.mark.parametrize(
    ("plate", "tail", "code"),
    [("浙A99999", "733540", "unknown-vehicle"), ("fact", "123456", "vin-mismatch")],
)
async def test_refusals_have_their_code(world: World, plate: str, tail: str, code: str) -> None:
    """What the police does not know is a refusal with a code, and is not tried again."""
    with pytest.raises(BackendRefused) as caught:
        await world.police.violations(world.proof()[0] if plate == "fact" else plate, tail)
    assert caught.value.code == code
    assert not caught.value.retryable


async def test_payment_is_reported_once_however_often(world: World) -> None:
    """The same key and payment again changes nothing and answers as the first time."""
    number, paid = await payment(world)
    first = await world.police.pay(number, paid, key="conversation-1")
    assert first.status == "paid"
    assert await world.police.pay(number, paid, key="conversation-1") == first
    assert await world.police.notice(number) == first


async def test_second_payment_is_refused(world: World) -> None:
    """A notice that is paid is not paid again by another payment."""
    number, paid = await payment(world)
    await world.police.pay(number, paid, key="conversation-1")
    with pytest.raises(BackendRefused) as caught:
        await world.police.pay(number, paid.model_copy(update={"trade_no": "trade-2"}), key="conversation-2")
    assert caught.value.code == "already-paid"


@pytest.mark.parametrize("fault", ONCE, ids=str)
async def test_one_fault_is_survived(world: World, fault: Fault) -> None:
    """Reading is repeated: one failure of any kind is not noticed."""
    await world.fault(**fault, count=1)
    assert (await world.of(limits_under(fault)).violations(*world.proof())).violations
    assert await world.faults_left() == 0


async def test_payment_survives_an_answer_that_was_cut(world: World) -> None:
    """The report arrived and its answer did not: the repetition finds the payment done, once."""
    number, paid = await payment(world)
    await world.fault(cut=True, count=1)
    assert (await world.police.pay(number, paid, key="conversation-1")).status == "paid"


@pytest.mark.parametrize(("fault", "error"), LASTING, ids=str)
async def test_lasting_fault_is_a_retryable_error(world: World, fault: Fault, error: type[BackendError]) -> None:
    """What does not go away within the budget is an error that says trying later can help."""
    await world.fault(**fault)
    with pytest.raises(error) as caught:
        await world.of(limits_under(fault)).violations(*world.proof())
    assert caught.value.retryable


async def test_nothing_personal_is_logged(world: World) -> None:
    """Plate and VIN tail stand in no log line, whatever fails."""
    await world.fault(nonsense=True)
    with capture_logs() as logs, pytest.raises(BackendNonsense) as caught:
        await world.police.violations(*world.proof())
    said = f"{logs} {caught.value}"
    assert [secret for secret in world.proof() if secret in said] == []


async def test_server_that_is_not_there(session: aiohttp.ClientSession) -> None:
    """A refused connection is unavailable: nothing was changed."""
    police = TrafficPolice(endpoint("http://127.0.0.1:9", session))
    with pytest.raises(BackendUnavailable):
        await police.notice("330105929209156")


Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


async def served(handler: Handler) -> TestServer:
    """A server that answers everything so."""
    application = web.Application()
    application.router.add_route("*", "/{rest:.*}", handler)
    server = TestServer(application)
    await server.start_server()
    return server


async def test_what_must_not_be_repeated_is_sent_once(session: aiohttp.ClientSession) -> None:
    """A call with an effect and no idempotency key is not sent again after a failure."""
    calls: list[str] = []

    async def fails(request: web.Request) -> web.Response:
        calls.append(request.path)
        return web.Response(status=500)

    server = await served(fails)
    with pytest.raises(BackendUnavailable):
        await endpoint(str(server.make_url("")), session).call("POST", "/act", Payment)
    await server.close()
    assert calls == ["/act"]


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (200, b"x" * 2_000_000, BackendNonsense),
        (200, b"[]", BackendNonsense),
        (302, b"", BackendNonsense),
        (404, b"<html>no such page</html>", BackendNonsense),
        (404, b'{"type": "not-found"}', BackendRefused),
    ],
    ids=["too large", "another shape", "a redirect", "an error page", "a problem"],
)
async def test_answers_are_not_believed_blindly(
    session: aiohttp.ClientSession, status: int, body: bytes, error: type[BackendError]
) -> None:
    """Size, shape and status are checked before anything is used."""

    async def answers(_: web.Request) -> web.Response:
        return web.Response(status=status, body=body, headers={"Location": "/elsewhere"})

    server = await served(answers)
    with pytest.raises(error):
        await endpoint(str(server.make_url("")), session).call("GET", "/notice", Payment)
    await server.close()


async def test_system_that_is_down_is_left_alone(session: aiohttp.ClientSession) -> None:
    """After failures in a row calls are refused at once, without reaching the system."""
    calls = 0

    async def fails(_: web.Request) -> web.Response:
        nonlocal calls
        calls += 1
        return web.Response(status=500)

    server = await served(fails)
    one = endpoint(str(server.make_url("")), session)
    for _ in range(5):
        with pytest.raises(BackendUnavailable):
            await one.call("GET", "/notice", Payment)
    await server.close()
    assert calls == one.circuit.threshold


async def test_budget_holds_all_tries(session: aiohttp.ClientSession) -> None:
    """A system that hangs costs the budget and no more, whatever a try may take: the caller's limit is not reached."""
    let_go = asyncio.Event()

    async def hangs(_: web.Request) -> web.Response:
        await let_go.wait()
        return web.Response()

    server = await served(hangs)
    limits = replace(PATIENT, budget=0.5)
    async with asyncio.timeout(HANG_SECONDS):
        with pytest.raises(BackendTimeout, match=r"within 0\.5 s"):
            await endpoint(str(server.make_url("")), session, limits).call("GET", "/notice", Payment)
    let_go.set()
    await server.close()
