"""`streams`: what open pages cost on which nothing happens, and how long a post takes beside them.

Each stream is a resident of its own with a session of its own, who has read the greeting and waits. Processor time is
that of processes, not of clocks: what else the machine does changes it little.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from aiohttp import ClientSession, ClientTimeout, TCPConnector

from bench import product
from bench.figures import percentile
from bench.ground import OurModel, Tell
from bench.machine import machine
from bench.processor import seconds_of
from bench.product import LOCALE, Product
from bench.versions import Before
from desk.city.files import load_cities
from desk.contract.errors import DeskError
from desk.http.descriptors import raise_limit
from values.lexicon import lexicon

STREAMS, SECONDS = 5_000, 30.0
POSTS, POST_EACH_SECONDS = 100, 0.1
WARM_UP = 20  # posts before those that are timed
OPENED_AT_ONCE = 20
SETTLE_SECONDS = 10.0
BESIDE = 200  # descriptors of the bench itself
ROLES = ("serve", "postgres", "valkey")
GREETED = 1  # the seq of the greeting, which has been read
SAID = lexicon(str(Path(__file__).with_name("webhooks.py"))).text("warm_up")


class StreamsError(DeskError):
    """Not as many streams could be opened as were wanted, or one ended."""


@dataclass(frozen=True)
class Seen:
    """What was seen during some seconds: processor seconds of each role, and how long posts took."""

    seconds: float
    processor: dict[str, float]
    posts: list[float]

    @property
    def p50_ms(self) -> float:
        return round(percentile(self.posts, 0.5) * 1000, 1)

    @property
    def percent(self) -> dict[str, float]:
        """Of a core, by role."""
        return {role: round(spent / self.seconds * 100, 1) for role, spent in self.processor.items()}


async def measure(
    ours: OurModel, before: Before | None, tell: Tell, *, streams: int = STREAMS, seconds: float = SECONDS
) -> dict[str, Any]:
    """Measure ours, and a version before where one is given; answers the result's document.

    Raises:
        StartError: a product does not come up.
        StreamsError: a stream could not be opened, or ended.
    """
    if raise_limit() < streams + BESIDE:
        raise StreamsError(f"This process may not open {streams:,} connections: raise the limit (ulimit -Hn).")
    city = next(iter(load_cities(ours.root / "cities")))
    alone, beside = await _of_version(ours.root, ours.model, None, city, tell, streams, seconds)
    others = []
    if before is not None:
        alone_before, beside_before = await _of_version(before.root, before.model, before, city, tell, streams, seconds)
        others = [_side(f"{before.name}, {streams:,} streams", beside_before, alone_before)]
    return {
        "name": "streams",
        "ours": _side(f"Citydesk, {streams:,} streams", beside, alone),
        "peer": _side("Citydesk, no stream", alone, alone),
        "ratio": round(beside.p50_ms / alone.p50_ms, 2),
        "other_peers": others,
        "machine": machine(ours.load_before),
        "method": {"streams": streams, "seconds": seconds, "posts": POSTS, "post_each_seconds": POST_EACH_SECONDS},
    }


def _side(name: str, seen: Seen, alone: Seen) -> dict[str, Any]:
    percent = seen.percent
    return {
        "name": name,
        "percent_of_a_core": percent,
        "percent_in_all": round(sum(percent.values()), 1),
        "p50_ms": seen.p50_ms,
        "ratio": round(seen.p50_ms / alone.p50_ms, 2),
    }


async def _of_version(
    root: Path, model: Path, before: Before | None, city: str, tell: Tell, streams: int, seconds: float
) -> tuple[Seen, Seen]:
    """What was seen without streams, and beside them."""
    name, python = (before.name, str(before.python)) if before else (product.NAME, product.PYTHON)
    async with AsyncExitStack() as stack:
        tell.step(f"starting {name}")
        running = await stack.enter_async_context(product.started(root, model.parent, name=name, python=python))
        limits = ClientTimeout(total=None, sock_connect=60)
        http = await stack.enter_async_context(ClientSession(timeout=limits, connector=TCPConnector(limit=0)))
        street = Street(running, http, city, tell)
        tell.step("warming up")
        await street.post(WARM_UP)
        await asyncio.sleep(SETTLE_SECONDS)
        alone = await street.look(seconds)
        async with street.open(streams):
            await asyncio.sleep(SETTLE_SECONDS)
            beside = await street.look(seconds)
        return alone, beside


@dataclass(frozen=True)
class Street:
    """A running product, and how residents reach it."""

    running: Product
    http: ClientSession
    city: str
    tell: Tell

    async def look(self, seconds: float) -> Seen:
        """Watch what roles spend while nothing happens, then time posts."""
        self.tell.step(f"{seconds:.0f} s in which nothing happens")
        before, began = self._spent(), time.monotonic()
        await asyncio.sleep(seconds)
        after, took = self._spent(), time.monotonic() - began
        self.tell.step(f"{POSTS} posts")
        return Seen(took, {role: after[role] - before[role] for role in ROLES}, await self.post(POSTS))

    def _spent(self) -> dict[str, float]:
        return {role: seconds_of([self.running.pid(role)]) for role in ROLES}

    async def post(self, posts: int) -> list[float]:
        """Post so many messages of one resident, one after the other; how many seconds each took."""
        token, took = await self._session(), list[float]()
        for number in range(posts):
            began = time.perf_counter()
            said = {"client_msg_id": uuid4().hex, "text": SAID}
            async with self.http.post(self._url("messages"), json=said, headers=_bearer(token)) as answer:
                await answer.read()
                if answer.status != 202:
                    raise StreamsError(f"A post was answered {answer.status}.")
            took.append(time.perf_counter() - began)
            self.tell.progress(number + 1, posts)
            await asyncio.sleep(max(0.0, POST_EACH_SECONDS - took[-1]))
        return took

    @asynccontextmanager
    async def open(self, streams: int) -> AsyncIterator[None]:
        """Hold so many streams open while the block lasts, and read what comes.

        Raises:
            StreamsError: one is refused, or has ended by the end of the block.
        """
        self.tell.step(f"opening {streams:,} streams")
        gate, opened = asyncio.Semaphore(OPENED_AT_ONCE), asyncio.Semaphore(0)

        async def listen() -> None:
            async with AsyncExitStack() as stack:
                async with gate:
                    headers = {**_bearer(await self._session()), "Accept": "text/event-stream"}
                    asked = self.http.get(self._url(f"events?after={GREETED}"), headers=headers)
                    answer = await stack.enter_async_context(asked)
                if answer.status != 200:
                    raise StreamsError(f"A stream was answered {answer.status}.")
                opened.release()
                async for _ in answer.content.iter_any():
                    pass
                raise StreamsError("A stream ended by itself.")

        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(listen()) for _ in range(streams)]
            for number in range(streams):
                await opened.acquire()
                self.tell.progress(number + 1, streams)
            yield
            for task in tasks:
                task.cancel()

    async def _session(self) -> str:
        wanted = {"city": self.city, "locale": LOCALE}
        async with self.http.post(self._url("sessions"), json=wanted) as answer:
            return str((await answer.json())["token"])

    def _url(self, path: str) -> str:
        return f"{self.running.url}/chat/v1/{path}"


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}
