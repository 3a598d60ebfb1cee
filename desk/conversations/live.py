"""Live hints: that a conversation's stream has grown, or that someone is writing. Never the news itself.

Whoever streams subscribes first and then reads the store; what a lost hint told of is found by the rounds over all
streams of the process (`desk.conversations.rounds`).
Which conversations a page shows just now is known here, too, for `WATCHED_SECONDS` after its last sign.
One connection a process listens to all conversations (a hint is some 60 bytes), however many streams are open.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from itertools import batched
from uuid import UUID

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from desk.store.hearing import Hearing

log = structlog.get_logger(__name__)

PREFIX = "desk:live:"
MANY = "desk:lives"
"""Hints for many conversations at once: the hint, then their ids."""
ALL = "desk:live*"
MANY_AT_ONCE = 500
NEW = "new"
NEWS = "news"  # something new that nobody has just asked for
TYPING = "typing"  # the bot is slow to answer
WRITING = "writing"  # the resident writes, while a clerk has the conversation
PASSING = frozenset({TYPING, WRITING})
"""Hints of what is over in a moment, and stands nowhere."""
ENDED = "ended"  # sessions of it are over: whoever listens looks whether theirs is
WATCHED = "desk:watched:{}"
WATCHED_SECONDS = 40.0
LOOKED_AT = "desk:looked:{}"
LOOKED_AT_SECONDS = 40
PUBLISH_SECONDS = 0.25
PAUSE_SECONDS = 1.0
MOST_AT_ONCE = 500  # pages in one script
# Members of KEYS[i] are ARGV[i + 2]; ARGV[1] is now, ARGV[2] for how many seconds a key stays.
STILL_WATCHED = """
for i, key in ipairs(KEYS) do
  redis.call('ZADD', key, ARGV[1], ARGV[i + 2])
  redis.call('EXPIRE', key, ARGV[2])
end
"""


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

    async def wait(self, timeout_seconds: float | None = None) -> str | None:
        """Wait for the next hint; None when the time is over. Without a time: for as long as it takes."""
        try:
            async with asyncio.timeout(timeout_seconds):
                await self._heard.wait()
        except TimeoutError:
            return None
        hint, self._hint = self._hint, None
        self._heard.clear()
        return hint


class Live:
    """Publishes and hears hints. One is shared by a process.

    `gaps` counts how often hints may have been lost, because the listening connection was opened anew.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._still_watched = redis.register_script(STILL_WATCHED)
        self._hearing = Hearing(redis, ALL, self._pass_on, self._begin, self._end, "live_away")
        self.gaps = 0
        self._away_until = 0.0
        self._subscriptions: dict[UUID, set[Subscription]] = {}
        self._listener: asyncio.Task[None] | None = None
        self._listening = asyncio.Event()
        self._listener_away = False

    @property
    def is_deaf(self) -> bool:
        """Whether no hints are heard just now, since Valkey is away."""
        return self._listener_away

    async def publish(self, *conversations: UUID, hint: str = NEW) -> None:
        """Tell all streams of conversations. Never raises for an absent Valkey: streams look by themselves."""
        now = asyncio.get_running_loop().time()
        if now < self._away_until or not conversations:
            return
        try:
            async with asyncio.timeout(PUBLISH_SECONDS), self._redis.pipeline(transaction=False) as pipeline:
                if len(conversations) == 1:
                    pipeline.publish(f"{PREFIX}{conversations[0]}", hint)
                else:
                    for some in batched(conversations, MANY_AT_ONCE, strict=False):
                        pipeline.publish(MANY, " ".join([hint, *(one.hex for one in some)]))
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
            self._listener = asyncio.create_task(self._hearing.run(), name="live hints")
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

    async def still_watched(self, pages: Sequence[tuple[UUID, str]]) -> None:
        """Note that pages go on showing their conversations: in one question for many."""
        now = time.time()
        try:
            for begin in range(0, len(pages), MOST_AT_ONCE):
                some = pages[begin : begin + MOST_AT_ONCE]
                keys = [WATCHED.format(conversation) for conversation, _ in some]
                async with asyncio.timeout(PUBLISH_SECONDS):
                    values: list[float | str] = [now, int(2 * WATCHED_SECONDS), *(page for _, page in some)]
                    await self._still_watched(keys=keys, args=values)
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

    async def looks(self, conversation: UUID, page: str, *, looks: bool) -> None:
        """Note whether a page that shows a conversation is looked at; for `LOOKED_AT_SECONDS`, unless it is said again.

        `page` tells it from others that are.
        """
        key, now = LOOKED_AT.format(conversation), time.time()
        with suppress(RedisError, TimeoutError, OSError):
            async with asyncio.timeout(PUBLISH_SECONDS), self._redis.pipeline(transaction=False) as pipeline:
                if looks:
                    pipeline.zadd(key, {page: now})
                    pipeline.expire(key, LOOKED_AT_SECONDS)
                else:
                    pipeline.zrem(key, page)
                await pipeline.execute()

    async def is_looked_at(self, conversation: UUID) -> bool:
        """Whether a page shows a conversation and is looked at. Without Valkey none is, as of `is_watched`."""
        with suppress(RedisError, TimeoutError, OSError):
            async with asyncio.timeout(PUBLISH_SECONDS):
                since = time.time() - LOOKED_AT_SECONDS
                return bool(await self._redis.zcount(LOOKED_AT.format(conversation), since, "+inf"))
        return False

    async def _stop(self) -> None:
        listener, self._listener = self._listener, None
        self._listening.clear()
        if listener is not None:
            listener.cancel()
            await asyncio.gather(listener, return_exceptions=True)

    def _begin(self) -> None:
        self._listening.set()
        self._listener_away = False
        self.gaps += 1

    def _end(self) -> None:
        self._listening.clear()
        self._listener_away = True

    def _pass_on(self, channel: str, hint: str) -> None:
        if channel == MANY:
            hint, *conversations = hint.split()
        else:
            conversations = [channel.removeprefix(PREFIX)]
        for conversation in conversations:
            for subscription in self._subscriptions.get(UUID(conversation), ()):
                subscription.tell(hint)
