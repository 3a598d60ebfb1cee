"""One message is found in the log of every role by one name, down to the system of a city that it asked."""

import asyncio
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from fixtures.as_roles import signed
from fixtures.fake_bot import FakeBot
from fixtures.house import KEYS, House, until
from fixtures.web import Caller, serving
from pydantic import BaseModel
from structlog.contextvars import merge_contextvars
from structlog.testing import capture_logs

from actions.backends.http import Endpoint, open_session
from actions.server.app import guarded
from desk.contract.errors import BackendError
from desk.http.tracing import follow
from roles.mac import DESK_TO_ACTIONS
from roles.trace import trace_of, traceparent


@contextmanager
def logs() -> Iterator[list[MutableMapping[str, Any]]]:
    """What is logged meanwhile, with what is bound."""
    with capture_logs(processors=[merge_contextvars]) as captured:
        yield captured


async def answered(caller: Caller, words: str) -> str:
    """Say something and wait for its answer; the id of the message."""
    status, receipt = await caller.post(words, text=words)
    assert status == 202

    async def is_answered() -> bool:
        return any(
            one["type"] == "turn_done" and one["in_reply_to"] == receipt["message_id"] for one in await caller.page()
        )

    await until(is_answered)
    return str(receipt["message_id"])


async def test_a_message_is_followed_from_serve_to_the_bot(house: House) -> None:
    """serve says that it took it in, the worker how it was answered, and the bot is asked under the same name."""
    async with FakeBot() as bot, house.worker(bot.url), serving(house) as site:
        caller = await site.open()
        with logs() as captured:
            one, two = [await answered(caller, words) for words in ("hello", "again")]
    wanted = [trace_of(caller.session, one), trace_of(caller.session, two)]
    for event in ("message_taken", "turn_taken"):
        assert [line["trace_id"] for line in captured if line["event"] == event] == wanted
    assert bot.traces == [traceparent(trace) for trace in wanted]
    assert [line for line in captured if "hello" in str(line) or "again" in str(line)] == []


class Nothing(BaseModel):
    """An empty answer."""


async def test_it_is_followed_from_the_actions_to_the_city() -> None:
    """A role that is asked has it in its lines, and sends it along to the system that it asks; the next has its own."""
    asked: list[str | None] = []

    async def city(request: web.Request) -> web.Response:
        asked.append(request.headers.get("traceparent"))
        return web.json_response({}, status=503)

    async def handler(_: web.Request) -> web.Response:
        with pytest.raises(BackendError):
            await Endpoint("police", str(there.make_url("")), session).call("POST", "/fines", Nothing)
        return web.json_response({})

    fines, actions = web.Application(), web.Application(middlewares=[guarded(KEYS)])
    fines.router.add_post("/fines", city)
    actions.router.add_post("/commands/look", handler)
    async with TestServer(fines) as there, open_session() as session, TestClient(TestServer(actions)) as client:
        with logs() as captured:
            for trace in ("a" * 32, "b" * 32):
                sent = signed(KEYS, DESK_TO_ACTIONS, "/commands/look", {})
                sent["headers"]["traceparent"] = traceparent(trace)
                assert (await client.post("/commands/look", **sent)).status == 200
            assert (
                await client.post("/commands/look", **signed(KEYS, DESK_TO_ACTIONS, "/commands/look", {}))
            ).status == 200
    assert asked == [traceparent("a" * 32), traceparent("b" * 32), None]
    failed = [line.get("trace_id") for line in captured if line["event"] == "backend_failed"]
    assert failed == ["a" * 32, "b" * 32, None]


async def test_a_turn_that_breaks_is_named_too(house: House) -> None:
    """The line of the failure has the trace of the message, not only that of its answer."""
    async with FakeBot() as bot, house.worker(bot.url), serving(house) as site:
        caller = await site.open()
        with logs() as captured:
            message = await answered(caller, "error=1 hello")
    trace = trace_of(caller.session, message)
    failed = [line for line in captured if line["event"] == "turn_failed"]
    assert [line["trace_id"] for line in failed] == [trace]


async def test_what_was_followed_ends_with_its_task() -> None:
    """The next thing that a process does is another."""

    async def turn() -> None:
        follow("conversation", 1)

    await asyncio.create_task(turn())
    with logs() as captured:
        from structlog import get_logger

        get_logger().info("after")
    assert "trace_id" not in captured[0]
