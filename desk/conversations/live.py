"""Live hints: that a conversation's stream has grown, or that someone is writing. Never the news itself.

Whoever streams subscribes first and then reads the store, and reads it again each second: a lost hint costs a second.
Which conversations a page shows just now is known here, too, for `WATCHED_SECONDS` after its last sign.
One connection a process listens to all conversations (a hint is some 60 bytes), however many streams are open.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from uuid import UUID

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

log = structlog.get_logger(__name__)

PREFIX = "desk:live:"
NEW = "new"
NEWS = "news"  # something new that nobody has just asked for
TYPING = "typing"  # the bot is slow to answer
WRITING = "writing"  # the resident writes, while a clerk has the conversation
PASSING = frozenset({TYPING, WRITING})
"""Hints of what is over in a moment, and stands nowhere."""
ENDED = "ended"  # sessions of it are over: whoever listens looks whether theirs is
WATCHED = "desk:watched:{}"
WATCHED_SECONDS = 40.0
PUBLISH_SECONDS = 0.25
PAUSE_SECONDS = 1.0


class Subscription:
    """What one stream hears of one conversation: the last hint, whatever is new before what passes."""

    def __init__(self) -> None:
        self._hint: str | None = None
        self._heard = asyncio.Event()

    def tell(self, hint: str) -> None:
        """Pass a hint on."""
        if self._hint is None or self._hint in PASSING or hint == ENDED:
            self._hint = hint
        self._heard.set()

    async def wait(self, timeout_seconds: float) -> str | None:
        """Wait for the next hint; None when the time is over."""
        try:
            async with asyncio.timeout(timeout_seconds):
                await self._heard.wait()
        except TimeoutError:
            return None
        hint, self._hint = self._hint, None
        self._heard.clear()
        return hint


class Live:
    """Publishes and hears hints. One is shared by a process."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._away_until = 0.0
        self._subscriptions: dict[UUID, set[Subscription]] = {}
        self._listener: asyncio.Task[None] | None = None
        self._listening = asyncio.Event()
        self._listener_away = False

    async def publish(self, *conversations: UUID, hint: str = NEW) -> None:
        """Tell all streams of conversations. Never raises for an absent Valkey: streams look by themselves."""
        now = asyncio.get_running_loop().time()
        if now < self._away_until or not conversations:
            return
        try:
            async with asyncio.timeout(PUBLISH_SECONDS), self._redis.pipeline(transaction=False) as pipeline:
                for conversation in conversations:
                    pipeline.publish(f"{PREFIX}{conversation}", hint)
                await pipeline.execute()
        except (RedisError, TimeoutError, OSError) as exc:
            log.warning("live_away", error=type(exc).__name__)
            self._away_until = now + PAUSE_SECONDS

    @asynccontextmanager
    async def subscribe(self, *conversations: UUID) -> AsyncIterator[Subscription]:
        """Hear the hints of conversations during the block, which begins once they are heard or Valkey is away."""
        subscription = Subscription()
        for conversation in conversations:
            self._subscriptions.setdefault(conversation, set()).add(subscription)
        if self._listener is None or self._listener.done():
            self._listener = asyncio.create_task(self._listen(), name="live hints")
        try:
            if not self._listener_away:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._listening.wait(), PUBLISH_SECONDS)
            yield subscription
        finally:
            for conversation in conversations:
                streams = self._subscriptions[conversation]
                streams.discard(subscription)
                if not streams:
                    del self._subscriptions[conversation]
            if not self._subscriptions:
                await self._stop()

    async def watched(self, conversation: UUID, page: str) -> None:
        """Note that a page shows a conversation. `page` tells it from others that do."""
        key, now = WATCHED.format(conversation), time.time()
        try:
            async with asyncio.timeout(PUBLISH_SECONDS), self._redis.pipeline(transaction=False) as pipeline:
                pipeline.zadd(key, {page: now})
                pipeline.zremrangebyscore(key, 0, now - WATCHED_SECONDS)
                pipeline.expire(key, int(2 * WATCHED_SECONDS))
                await pipeline.execute()
        except (RedisError, TimeoutError, OSError) as exc:
            log.warning("live_away", error=type(exc).__name__)

    async def left(self, conversation: UUID, page: str) -> None:
        """Note that the page is gone."""
        with suppress(RedisError, TimeoutError, OSError):
            async with asyncio.timeout(PUBLISH_SECONDS):
                await self._redis.zrem(WATCHED.format(conversation), page)

    async def is_watched(self, conversation: UUID) -> bool:
        """Whether a page shows a conversation. Without Valkey none does: who is told twice misses nothing."""
        try:
            async with asyncio.timeout(PUBLISH_SECONDS):
                seen = time.time() - WATCHED_SECONDS
                return bool(await self._redis.zcount(WATCHED.format(conversation), seen, "+inf"))
        except (RedisError, TimeoutError, OSError) as exc:
            log.warning("live_away", error=type(exc).__name__)
            return False

    async def _stop(self) -> None:
        listener, self._listener = self._listener, None
        if listener is not None:
            listener.cancel()
            await asyncio.gather(listener, return_exceptions=True)

    async def _listen(self) -> None:
        while True:
            try:
                async with self._redis.pubsub() as pubsub:
                    await pubsub.psubscribe(f"{PREFIX}*")
                    while True:
                        message = await pubsub.get_message(timeout=1.0)
                        if message is not None and message["type"] == "psubscribe":
                            self._listening.set()
                            self._listener_away = False
                        elif message is not None:
                            self._pass_on(message["channel"], message["data"])
            except (RedisError, TimeoutError, OSError) as exc:
                self._listener_away = True
                log.warning("live_away", error=type(exc).__name__)
                await asyncio.sleep(PAUSE_SECONDS)
            finally:
                self._listening.clear()

    def _pass_on(self, channel: str, hint: str) -> None:
        for subscription in self._subscriptions.get(UUID(channel.removeprefix(PREFIX)), ()):
            subscription.tell(hint)
