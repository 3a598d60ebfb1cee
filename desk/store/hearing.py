"""Hearing what is published on Valkey: one connection, opened anew when it ends or falls silent.

What is published meanwhile is lost, so whoever hears is told of each beginning: then it looks by itself.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import structlog
from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.exceptions import RedisError

log = structlog.get_logger(__name__)

PAUSE_SECONDS = 1.0
PING_SECONDS = 2.0
"""How often the connection is asked whether it lives."""
SILENT_SECONDS = 5.0
"""So long without an answer Valkey is frozen, or the network cut: the connection is given up, and opened again."""
BEGUN = frozenset({"subscribe", "psubscribe"})
MESSAGES = frozenset({"message", "pmessage"})


@dataclass(frozen=True, slots=True)
class Hearing:
    """Hears one channel, or all of a pattern.

    `heard(channel, message)` is told of each message, `began()` of each time that messages are heard from now on, and
    `ended()` of each time that none are; `away` is the line in the log.
    """

    redis: Redis
    channel: str
    heard: Callable[[str, str], None]
    began: Callable[[], None]
    ended: Callable[[], None]
    away: str

    async def run(self) -> None:
        """Hear until cancelled."""
        while True:
            try:
                async with self.redis.pubsub() as pubsub:
                    subscribe = pubsub.psubscribe if self.channel.endswith("*") else pubsub.subscribe
                    await subscribe(self.channel)
                    await self._hear(pubsub)
            except (RedisError, TimeoutError, OSError) as exc:
                self.ended()
                log.warning(self.away, error=type(exc).__name__)
                await asyncio.sleep(PAUSE_SECONDS)

    async def _hear(self, pubsub: PubSub) -> None:
        """Pass on until the connection ends.

        Raises:
            TimeoutError: not even a question whether it lives is answered.
        """
        loop = asyncio.get_running_loop()
        heard_at = asked_at = loop.time()
        while True:
            message = await pubsub.get_message(timeout=1.0)
            now = loop.time()
            if message is not None:
                heard_at = now
                self._take(message)
            elif now - heard_at >= SILENT_SECONDS:
                raise TimeoutError
            if now - asked_at >= PING_SECONDS:
                asked_at = now
                await pubsub.ping()

    def _take(self, message: dict[str, str]) -> None:
        if message["type"] in BEGUN:
            self.began()
        elif message["type"] in MESSAGES:
            self.heard(message["channel"], message["data"])
