"""Hints to whoever looks at a page of the console: that something of a kind has changed. Never the news itself.

Pages ask for what they show when they hear a hint. When hints may have been lost, because Valkey was away or frozen,
they are told to look at everything.
"""

import asyncio
import re
from collections.abc import AsyncGenerator
from contextlib import suppress
from random import Random

from redis.asyncio import Redis
from redis.exceptions import RedisError

from desk.store.hearing import Hearing

CHANNEL = "desk:news"
TOPIC = re.compile(r"[a-z_]{1,40}")
PUBLISH_SECONDS = 0.25
TOPICS = ("alerts", "requests", "tickets")
"""All that pages wait for."""
EVERYTHING = ""
SPREAD_SECONDS = 3.0
CHANCE = Random()
MOST_WAITING = 100  # hints of one listener


class News:
    """Publishes and hears hints. One is shared by a process; one connection listens for all."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._listeners: set[asyncio.Queue[str]] = set()
        self._task: asyncio.Task[None] | None = None
        self._hearing = Hearing(redis, CHANNEL, self._pass_on, self._begin, self._end, "news_away")
        self._has_heard = False  # and so somebody may have missed something by the next beginning

    async def tell(self, topic: str) -> None:
        """Tell all pages that something of a kind has changed: `requests`, `tickets`. Never raises."""
        with suppress(RedisError, TimeoutError, OSError):
            async with asyncio.timeout(PUBLISH_SECONDS):
                await self._redis.publish(CHANNEL, topic)

    async def topics(self, each_seconds: float) -> AsyncGenerator[str | None]:
        """The topics that are told of, as they come; None when there was none for so long."""
        queue: asyncio.Queue[str] = asyncio.Queue(MOST_WAITING)
        self._listeners.add(queue)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._hearing.run(), name="news of staff")
        try:
            while True:
                try:
                    async with asyncio.timeout(each_seconds):
                        topic = await queue.get()
                except TimeoutError:
                    yield None
                    continue
                if topic != EVERYTHING:
                    yield topic
                    continue
                await asyncio.sleep(CHANCE.uniform(0, SPREAD_SECONDS))  # not all browsers at once
                for each in TOPICS:
                    yield each
        finally:
            self._listeners.discard(queue)
            if not self._listeners:
                await self._stop()

    async def _stop(self) -> None:
        task, self._task = self._task, None
        self._has_heard = False
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    def _begin(self) -> None:
        """Hints are heard from now on: those who listen since before may have missed some."""
        if self._has_heard:
            self._put(EVERYTHING)
        self._has_heard = True

    def _end(self) -> None:
        self._has_heard = True

    def _pass_on(self, _: str, topic: str) -> None:
        if TOPIC.fullmatch(topic):
            self._put(topic)

    def _put(self, topic: str) -> None:
        for queue in self._listeners:
            with suppress(asyncio.QueueFull):
                queue.put_nowait(topic)
