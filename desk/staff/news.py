"""Hints to whoever looks at a page of the console: that something of a kind has changed. Never the news itself.

Pages ask for what they show when they hear a hint; one that is lost costs until the next.
"""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import suppress

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

log = structlog.get_logger(__name__)

CHANNEL = "desk:news"
TOPIC = re.compile(r"[a-z_]{1,40}")
PUBLISH_SECONDS = 0.25
PAUSE_SECONDS = 1.0
MOST_WAITING = 100  # hints of one listener


class News:
    """Publishes and hears hints. One is shared by a process; one connection listens for all."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._listeners: set[asyncio.Queue[str]] = set()
        self._task: asyncio.Task[None] | None = None

    async def tell(self, topic: str) -> None:
        """Tell all pages that something of a kind has changed: `requests`, `tickets`. Never raises."""
        with suppress(RedisError, TimeoutError, OSError):
            async with asyncio.timeout(PUBLISH_SECONDS):
                await self._redis.publish(CHANNEL, topic)

    async def topics(self, each_seconds: float) -> AsyncIterator[str | None]:
        """The topics that are told of, as they come; None when there was none for so long."""
        queue: asyncio.Queue[str] = asyncio.Queue(MOST_WAITING)
        self._listeners.add(queue)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._listen(), name="news of staff")
        try:
            while True:
                try:
                    async with asyncio.timeout(each_seconds):
                        yield await queue.get()
                except TimeoutError:
                    yield None
        finally:
            self._listeners.discard(queue)
            if not self._listeners:
                await self._stop()

    async def _stop(self) -> None:
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _listen(self) -> None:
        while True:
            try:
                async with self._redis.pubsub() as pubsub:
                    await pubsub.subscribe(CHANNEL)
                    while True:
                        message = await pubsub.get_message(ignore_subscribe_messages=True, timeout=1.0)
                        if message is not None and TOPIC.fullmatch(message["data"]):
                            self._pass_on(message["data"])
            except (RedisError, TimeoutError, OSError) as exc:
                log.warning("news_away", error=type(exc).__name__)
                await asyncio.sleep(PAUSE_SECONDS)

    def _pass_on(self, topic: str) -> None:
        for queue in self._listeners:
            with suppress(asyncio.QueueFull):
                queue.put_nowait(topic)
