"""The stream of the chat API over a real store: nothing lost, nothing doubled, whatever goes away for a while."""

import asyncio
from pathlib import Path

import psycopg
from aiohttp.test_utils import TestClient, TestServer
from fixtures.fake_bot import FakeBot
from fixtures.house import House, until
from fixtures.web import Caller, serving

from desk.app.health import Store
from desk.app.runtime import Runtime
from desk.app.settings import Settings
from desk.http.serving import measures
from desk.web.health import Effect, Health, Part, add_readiness


async def test_stream_resumes_after_last_event_id(caller: Caller, house: House) -> None:
    """A stream begins after Last-Event-ID or `after`, whichever is later; ids are seqs; nothing is lost or doubled."""
    async with FakeBot() as bot, house.worker(bot.url):
        await caller.post("a", text="one")
        async with caller.stream() as stream:
            opening = await stream.frame()
            first = await stream.events(3)
        await caller.post("b", text="two")
        async with caller.stream(after=1, **{"Last-Event-ID": "3"}) as stream:
            second = await stream.events(2)
    assert "retry" in opening
    assert [identity for identity, _ in first + second] == ["1", "2", "3", "4", "5"]
    assert all(identity == str(data["seq"]) for identity, data in first + second)


async def test_stream_passes_typing_on_without_an_id(caller: Caller, house: House) -> None:
    """A typing hint is an event of its own name, without an id."""
    async with caller.stream(after=1) as stream:
        await stream.frame()
        await until(lambda: house.redis.publish(f"desk:live:{caller.session}", "typing"), becomes=1)
        frame = await stream.frame()
    assert frame == {"event": "typing", "data": '{"type":"typing"}'}


async def test_stream_without_hints_reads_the_store_by_itself(caller: Caller, house: House) -> None:
    """A hint that never came costs seconds, not the message."""
    async with caller.stream(after=1) as stream:
        await stream.frame()
        await house.redis.config_set("maxclients", "1")  # no new connection hears or publishes anything
        try:
            async with FakeBot() as bot, house.worker(bot.url):
                await caller.post("a", text="one")
                events = await stream.events(2)
        finally:
            await house.redis.config_set("maxclients", "10000")
    assert [data["type"] for _, data in events] == ["message", "turn_done"]


async def test_long_poll_answers_as_soon_as_something_is_said(caller: Caller, house: House) -> None:
    """A page waits for the first event and then comes at once, not when its time is over."""
    waiting = asyncio.create_task(caller.page(after=1, wait=25))
    async with FakeBot() as bot, house.worker(bot.url):
        await caller.post("a", text="one")
        async with asyncio.timeout(20):
            events = await waiting
    assert events[0]["type"] == "message"


async def test_long_poll_answers_an_empty_page_when_time_is_over(caller: Caller) -> None:
    """A quiet conversation's page is empty."""
    assert await caller.page(after=1, wait=0.3) == []


async def monitored(house: House) -> tuple[int, int]:
    """What a monitor hears of readiness, and of life."""
    application, store = measures(), Store(house.engine, Runtime(Settings(), Path(), Path(), {}))
    add_readiness(application, Health([Part("database", Effect.INTAKE, store.database, "Bring it up.")]))
    async with TestClient(TestServer(application)) as monitor:
        return (await monitor.get("/readyz")).status, (await monitor.get("/healthz")).status


async def test_a_database_that_is_away_is_said_so(house: House) -> None:
    """Without the database the answer is 503 with Retry-After, and readiness is withdrawn; the process lives."""
    async with serving(house) as site:
        caller = await site.open()
        name = house.database_url.rsplit("/", 1)[1].split("?")[0]
        await shut(house, name, "false")
        try:
            status, problem, headers = await caller.ask("GET", "me/data")
            ready, alive = await monitored(house)
        finally:
            await shut(house, name, "true")
        recovered = await caller.page()
    assert (status, problem["type"], "Retry-After" in headers, ready, alive, len(recovered)) == (
        503,
        "/problems/unavailable",
        True,
        503,
        200,
        1,
    )


async def test_a_stream_outlives_a_database_that_restarts(house: House) -> None:
    """The stream stays open while the database is away, and goes on without loss or repetition."""
    async with serving(house) as site:
        caller = await site.open()
        name = house.database_url.rsplit("/", 1)[1].split("?")[0]
        async with caller.stream() as stream, FakeBot() as bot:
            await stream.events(1)
            await shut(house, name, "false")
            await asyncio.sleep(1.5)
            await shut(house, name, "true")
            async with house.worker(bot.url):
                await caller.post("a", text="one")
                events = await stream.events(2)
    assert [identity for identity, _ in events] == ["2", "3"]


async def shut(house: House, name: str, allowed: str) -> None:
    """Allow or forbid connections to a database, ending those there are."""
    admin = house.database_url.replace(f"/{name}", "/postgres")
    async with await psycopg.AsyncConnection.connect(admin, autocommit=True) as connection:
        await connection.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS {allowed}")
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = %s AND backend_type = 'client backend'",
            [name],
        )
