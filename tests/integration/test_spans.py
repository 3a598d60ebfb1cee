"""Spans as a collector on the wire gets them; one that hangs, fails or is away costs residents nothing."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestClient, TestServer
from fixtures.as_roles import signed
from fixtures.fake_bot import FakeBot
from fixtures.house import KEYS, House, until
from fixtures.markers import Markers
from fixtures.web import Caller, serving
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from pydantic import BaseModel

from actions.backends.http import Endpoint, open_session
from actions.server.app import guarded
from desk.contract.errors import BackendError
from desk.http.sockets import free_port
from desk.http.spans import open_spans
from desk.http.tracing import SPANS, job_span, recording
from desk.store.database import transaction
from desk.store.deferring import REPLIES, defer
from desk.store.jobs import JOBS
from roles.mac import DESK_TO_ACTIONS
from roles.trace import trace_of, traceparent
from sandbox.collector import Collector
from sandbox.faults import Fault, Faults, middleware
from sandbox.state import State

PLANTED = {"text": "Quillwort seventeen", "plate": "浙A9Q7X1", "telephone": "13812345678", "id": "11010119900307901X"}
EXPORT_SECONDS = 0.5
"""So long an export may take here; else ten."""


@dataclass
class Traced:
    """A collector on the wire, and a process that exports to it."""

    url: str
    faults: Faults

    async def spans(self) -> list[dict[str, Any]]:
        """All that it took."""
        async with ClientSession() as http, http.get(f"{self.url}/_sandbox/collector") as answer:
            return list((await answer.json())["spans"])

    async def found(self, enough: Callable[[list[dict[str, Any]]], bool]) -> list[dict[str, Any]]:
        """The same, once it is enough."""

        async def is_there() -> bool:
            return enough(await self.spans())

        await until(is_there)
        return await self.spans()


@asynccontextmanager
async def collecting() -> AsyncIterator[Traced]:
    """A collector while the block lasts."""
    state = State(None)
    faults, collector = Faults(state), Collector()
    application = web.Application(middlewares=[middleware(faults)])
    application.add_routes(collector.routes())
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield Traced(f"http://127.0.0.1:{runner.addresses[0][1]}", faults)
    finally:
        await runner.cleanup()
        state.close()


@asynccontextmanager
async def tracing_to(url: str, queued: int = 2048) -> AsyncIterator[None]:
    """This process plays all roles, and exports to a collector. It ends without waiting for this loop."""
    exporter = OTLPSpanExporter(endpoint=f"{url}/collector/v1/traces", timeout=EXPORT_SECONDS)
    opened = open_spans("roles", "1", exporter=exporter, queued=queued)
    try:
        with recording(opened.__enter__()):
            yield
    finally:
        await asyncio.to_thread(opened.__exit__, None, None, None)


async def answered(caller: Caller, words: str) -> str:
    """Say something and wait for its answer; the id of the message."""
    status, receipt = await caller.post(words, text=words)
    assert status in (202, 200)  # 200: it came before

    async def is_answered() -> bool:
        page = await caller.page()
        return any(one["type"] == "turn_done" and one["in_reply_to"] == receipt["message_id"] for one in page)

    await until(is_answered)
    return str(receipt["message_id"])


def parts_of(spans: list[dict[str, Any]], trace: str) -> dict[str, dict[str, Any]]:
    """The spans of a trace by their names."""
    return {one["name"]: one for one in spans if one["trace"] == trace}


async def test_a_message_is_one_tree_from_serve_to_the_bot(house: House) -> None:
    """Serve's span is its root, the turn is below it, the call of the bot below that; and the bot is told that one."""
    async with collecting() as traced, tracing_to(traced.url):
        async with FakeBot() as bot, house.worker(bot.url), serving(house) as site:
            caller = await site.open()
            trace = trace_of(caller.session, await answered(caller, "hello"))
        spans = await traced.found(lambda some: len(parts_of(some, trace)) >= 3)
    taken, turn, call = (parts_of(spans, trace)[name] for name in ("send messages", "process messages", "POST /turn"))
    assert (taken["parent"], turn["parent"], call["parent"]) == ("", taken["span"], turn["span"])
    assert (taken["kind"], turn["kind"], call["kind"]) == ("producer", "consumer", "client")
    assert bot.traces == [f"00-{trace}-{call['span']}-01"]
    assert turn["attributes"]["desk.outcome"] == "answered"
    assert call["attributes"]["http.response.status_code"] == 200


async def test_a_message_that_came_twice_has_one_root(house: House) -> None:
    """The repetition is no second beginning."""
    async with collecting() as traced, tracing_to(traced.url):
        async with FakeBot() as bot, house.worker(bot.url), serving(house) as site:
            caller = await site.open()
            first = await answered(caller, "hello")
            assert await answered(caller, "hello") == first
        trace = trace_of(caller.session, first)
        spans = await traced.found(lambda some: len(parts_of(some, trace)) >= 3)
    assert [one["name"] for one in spans if one["trace"] == trace and not one["parent"]] == ["send messages"]


class Nothing(BaseModel):
    """An empty answer."""


async def test_a_call_of_an_agency_is_below_what_asked_for_it() -> None:
    """With host, operation and status; without query, numbers or names."""

    async def city(_: web.Request) -> web.Response:
        return web.json_response({}, status=503)

    async def handler(_: web.Request) -> web.Response:
        endpoint = Endpoint("police", str(there.make_url("")), session)
        with pytest.raises(BackendError):
            await endpoint.call("POST", f"/fines/{PLANTED['plate']}?telephone={PLANTED['telephone']}", Nothing)
        return web.json_response({})

    fines, actions = web.Application(), web.Application(middlewares=[guarded(KEYS)])
    fines.router.add_post("/fines/{plate}", city)
    actions.router.add_post("/commands/look", handler)
    async with (
        collecting() as traced,
        tracing_to(traced.url),
        TestServer(fines) as there,
        open_session() as session,
        TestClient(TestServer(actions)) as client,
    ):
        sent = signed(KEYS, DESK_TO_ACTIONS, "/commands/look", {})
        sent["headers"]["traceparent"] = traceparent("a" * 32)
        assert (await client.post("/commands/look", **sent)).status == 200
        spans, port = await traced.found(lambda some: len(some) >= 2), there.port
    by_name = parts_of(spans, "a" * 32)
    look, call = by_name["POST /commands/look"], by_name["POST /fines/{}"]
    assert (look["parent"], call["parent"]) == ("a" * 16, look["span"])
    assert call["attributes"] == {
        "http.request.method": "POST",
        "url.template": "/fines/{}",
        "server.address": "127.0.0.1",
        "server.port": port,
        "peer.service": "police",
        "http.response.status_code": 503,
        "error.type": "503",
    }
    assert call["failed"]


@JOBS.task(name="tests.traced", queue=REPLIES)
async def traced_job() -> None:
    """Does nothing."""


async def test_a_job_is_a_tree_of_its_own(house: House) -> None:
    """By its task and lane."""
    async with collecting() as traced, tracing_to(traced.url), house.jobs(recorded=job_span):
        async with transaction(house.engine) as connection:
            await defer(connection, "tests.traced", lane=REPLIES)

        def is_there(some: list[dict[str, Any]]) -> bool:
            return any(one["attributes"].get("messaging.operation.name") == "tests.traced" for one in some)

        spans = await traced.found(is_there)
    [one] = [one for one in spans if one["attributes"].get("messaging.operation.name") == "tests.traced"]
    assert (one["name"], one["parent"], one["failed"]) == ("process replies", "", False)


async def test_nothing_of_a_resident_is_in_any_span(house: House) -> None:
    """Neither what was written, nor who wrote it: session, token, address; also where a turn breaks."""
    async with collecting() as traced, tracing_to(traced.url):
        async with FakeBot() as bot, house.worker(bot.url), serving(house) as site:
            caller = await site.open()
            lines = [f"{said} {words}" for said in ("", "error=1") for words in PLANTED.values()]
            messages = [await answered(caller, one) for one in lines]
        traces = {trace_of(caller.session, one) for one in messages}
        spans = await traced.found(lambda some: traces <= {one["trace"] for one in some if one["name"] == "POST /turn"})
    who = {"session": caller.session, "token": caller.token}
    assert Markers({**PLANTED, **who}).found(json.dumps(spans, ensure_ascii=False).encode()) == set()


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param({"latency_ms": 60_000}, id="it hangs"),
        pytest.param({"status": 503}, id="it is overloaded"),
        pytest.param({"status": 400}, id="it refuses"),
        pytest.param({"cut": True}, id="it breaks off"),
        pytest.param(None, id="it is away"),
    ],
)
async def test_whatever_a_collector_does_every_turn_is_taken(house: House, fault: dict[str, Any] | None) -> None:
    """With a queue of four spans: what does not fit is dropped and counted, and each message is answered once."""
    before = {name: SPANS.labels(outcome=name)._value.get() for name in ("dropped", "failed")}
    async with collecting() as traced:
        if fault is not None:
            traced.faults.set(Fault(system="collector", **fault))
        url = traced.url if fault is not None else f"http://127.0.0.1:{free_port()}"
        async with tracing_to(url, queued=4), FakeBot() as bot, house.worker(bot.url), serving(house) as site:
            caller = await site.open()
            said = [await answered(caller, f"line {number}") for number in range(12)]
    assert bot.asked == dict.fromkeys(said, 1)
    lost = sum(SPANS.labels(outcome=name)._value.get() - count for name, count in before.items())
    assert lost >= 36
