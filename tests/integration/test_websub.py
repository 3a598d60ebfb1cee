"""A WebSub hub is told of changed feeds: real PostgreSQL, the pretend hub, a subscriber."""

import hashlib
import hmac
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer
from fixtures.bulletin import CITY, announced, withdrawn
from fixtures.house import House, until
from fixtures.pretend_city import pretend_city
from fixtures.staffed import actor
from fixtures.web import ANNOUNCED, application, reserved
from sqlalchemy import text

from desk.announcements import arming
from desk.contract.staff import Grant, Role
from desk.publicity.pinging import Pinging
from desk.store.database import transaction
from desk.web.parts import Announced

SECRET = "a-secret-of-the-subscriber"


@dataclass
class World:
    """A desk with its feeds, a hub that knows it, and what a subscriber got."""

    house: House
    http: ClientSession
    desk: str
    sandbox: str
    listener: str
    got: list[tuple[str, bytes]] = field(default_factory=list)
    ahead: timedelta = field(default_factory=timedelta)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    @property
    def pinging(self) -> Pinging:
        return Pinging(self.house.engine, self.http, self.house.cities, self.desk, f"{self.sandbox}/hub", self.now)

    async def heard(self) -> list[dict[str, Any]]:
        async with self.http.get(f"{self.sandbox}/_sandbox/hub") as answer:
            return list((await answer.json())["pings"])

    async def fault(self, **fault: Any) -> None:
        async with self.http.post(f"{self.sandbox}/_sandbox/faults", json={"system": "hub", **fault}) as answer:
            assert answer.status == 201

    async def row(self) -> tuple[int, str | None]:
        scalar = self.house.scalar
        return (
            await scalar("SELECT tries FROM feed_pings WHERE city = :city", city=CITY),
            await scalar("SELECT why FROM feed_pings WHERE city = :city", city=CITY),
        )


@pytest.fixture
async def world(house: House, tmp_path: Path) -> AsyncIterator[World]:
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(ClientSession())
        sandbox = await stack.enter_async_context(TestServer(pretend_city(tmp_path, lambda: datetime.now(UTC))))
        hub, (desk, held) = str(sandbox.make_url("")).rstrip("/"), reserved()
        named = Announced(ANNOUNCED.topics, desk, ANNOUNCED.authority, f"{hub}/hub")
        await stack.enter_async_context(TestServer(application(house, announced=named), socket_factory=held))
        world = World(house, http, desk, hub, "")

        async def agree(request: web.Request) -> web.Response:
            return web.Response(text=request.query["hub.challenge"])

        async def take(request: web.Request) -> web.Response:
            world.got.append((request.headers["X-Hub-Signature"], await request.read()))
            return web.Response(status=204)

        app = web.Application()
        app.add_routes([web.get("/", agree), web.post("/", take)])
        listener = await stack.enter_async_context(TestServer(app))
        world.listener = str(listener.make_url("/"))
        yield world


async def test_the_hub_is_told_of_what_changed(world: World) -> None:
    """Of the feeds of all topics and of the one that changed, in each language, once; it finds itself named in them."""
    await announced(world.house, published_at=datetime.now(UTC))
    assert await world.pinging.queue() == 1
    assert await world.pinging.ping(CITY)
    heard = await world.heard()
    assert {ping["topic"].removeprefix(f"{world.desk}/{CITY}/") for ping in heard} == {
        f"announcements.{form}?lang={tag}{topic}"
        for form in ("atom", "json")
        for tag in ("zh-Hans", "zh-Hant", "en")
        for topic in ("", "&topic=water")
    }
    assert {ping["status"] for ping in heard} == {200}
    assert [ping for ping in heard if ping["links"] != {"self": ping["topic"], "hub": f"{world.sandbox}/hub"}] == []
    assert (await world.pinging.queue(), await world.pinging.ping(CITY)) == (0, False)


async def test_a_subscriber_has_the_feed_at_once(world: World) -> None:
    """Whoever subscribed at the hub gets the feed by itself, signed, when something is announced or taken back."""
    form = {
        "hub.mode": "subscribe",
        "hub.topic": f"{world.desk}/{CITY}/announcements.atom?lang=en",
        "hub.callback": world.listener,
        "hub.secret": SECRET,
    }
    async with world.http.post(f"{world.sandbox}/hub", data=form) as answer:
        assert answer.status == 202
    number = await announced(world.house, published_at=datetime.now(UTC))
    await world.pinging.ping(CITY)
    await withdrawn(world.house, number, datetime.now(UTC))
    await world.pinging.ping(CITY)
    assert [b"Wensan" in body for _, body in world.got] == [True, False]
    signature, body = world.got[0]
    assert signature == "sha256=" + hmac.digest(SECRET.encode(), body, hashlib.sha256).hex()


@pytest.mark.parametrize("fault", [{"status": 503}, {"status": 429}, {"status": 400}])
async def test_a_hub_that_takes_nothing_is_told_later(world: World, fault: dict[str, Any]) -> None:
    """With longer and longer waits, until it takes it; what changed meanwhile is told with it."""
    await announced(world.house, published_at=datetime.now(UTC))
    await world.fault(count=2, **fault)
    assert not await world.pinging.ping(CITY)
    assert await world.row() == (1, f"status {fault['status']}")
    assert (await world.pinging.queue(), await world.pinging.ping(CITY)) == (0, False)
    world.ahead = timedelta(seconds=31)
    assert not await world.pinging.ping(CITY)
    assert (await world.row())[0] == 2
    await announced(world.house, published_at=datetime.now(UTC), topic="traffic")
    world.ahead = timedelta(seconds=31 + 61)
    assert await world.pinging.queue() == 1
    assert await world.pinging.ping(CITY)
    assert await world.row() == (0, None)
    assert {ping["topic"].partition("topic=")[2] for ping in await world.heard()} == {"", "water", "traffic"}


async def test_a_ping_that_died_is_made_again(world: World) -> None:
    """A connection that broke, or a worker that was killed: nothing is lost, and the same told twice does no harm."""
    await announced(world.house, published_at=datetime.now(UTC))
    await world.fault(cut=True, count=1)
    assert not await world.pinging.ping(CITY)
    world.ahead = timedelta(minutes=2)
    assert await world.pinging.ping(CITY)


async def test_a_restored_store_tells_the_hub_nothing(world: World) -> None:
    """Until somebody armed it: then of all that changed."""
    await announced(world.house, published_at=datetime.now(UTC))
    async with transaction(world.house.engine) as connection:
        await connection.execute(text("UPDATE announcement_arming SET store = 'another/1'"))
    assert (await world.pinging.queue(), await world.pinging.ping(CITY)) == (0, False)
    await arming.arm(world.house.engine, actor("operator", Grant(Role.OPERATOR)))
    assert (await world.pinging.queue(), await world.pinging.ping(CITY)) == (1, True)


async def test_jobs_tell_the_hub(world: World) -> None:
    """What is queued is told by a worker."""
    await announced(world.house, published_at=datetime.now(UTC))
    async with world.house.jobs({Pinging: world.pinging}):
        await world.pinging.queue()

        async def told() -> bool:
            return (
                bool(await world.heard())
                and await world.house.scalar("SELECT count(*) FROM feed_pings WHERE tries = 0 AND due_at IS NULL") == 1
            )

        await until(told)


async def test_without_a_hub_nothing_is_told(world: World) -> None:
    """Nor is anything written down."""
    await announced(world.house, published_at=datetime.now(UTC))
    pinging = Pinging(world.house.engine, world.http, world.house.cities, world.desk, None, world.now)
    assert (await pinging.queue(), await pinging.ping(CITY)) == (0, False)
    assert await world.house.scalar("SELECT count(*) FROM feed_pings") == 0
