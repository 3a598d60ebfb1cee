"""The bell: which conversations have something to answer. A hint; the truth is `inbound_messages.answered_at`.

A sorted set in Valkey, scored by the time of ringing: a conversation stands in it once however often it rings (a flood
makes one entry), and who rang first is served first. While Valkey is away nobody waits for it: ringing is skipped for a
second after each failure, and the sweep finds what was not rung for.
"""

import asyncio
import time
from uuid import UUID

import structlog
from prometheus_client import Counter
from redis.asyncio import Redis
from redis.exceptions import RedisError

log = structlog.get_logger(__name__)
FAILURES = Counter("desk_bell_failures_total", "Times that the bell could not be rung or heard")

KEY = "desk:bell"
RING_SECONDS = 0.25
PAUSE_SECONDS = 1.0
# The server waits 1 s, less than the client's time-out: longer waits never returned in redis-py once that had struck.
LISTEN_SECONDS = 1


class Bell:
    """Rings and hears. One is shared by a process."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._away_until = 0.0

    @property
    def away(self) -> bool:
        """Whether Valkey failed within the last second."""
        return time.monotonic() < self._away_until

    async def ring(self, *conversations: UUID) -> bool:
        """Ring for conversations, each at the end of the line unless it stands there already.

        Never raises for an absent Valkey: answers False, and the sweep will find what waits.
        """
        if not conversations:
            return True
        if self.away:
            return False
        now = time.time()
        try:
            async with asyncio.timeout(RING_SECONDS):
                await self._redis.zadd(KEY, {str(conversation): now for conversation in conversations}, nx=True)
        except (RedisError, TimeoutError, OSError) as exc:
            self._fail(exc)
            return False
        return True

    async def wait(self) -> UUID | None:
        """Wait up to a second for the conversation that rang first; None when none did or Valkey is away.

        It returns at once while Valkey is away: the caller has its own clock for that.
        """
        if self.away:
            return None
        try:
            heard = await self._redis.bzpopmin(KEY, LISTEN_SECONDS)
        except (RedisError, TimeoutError, OSError) as exc:
            self._fail(exc)
            return None
        return UUID(str(heard[1])) if heard else None

    def _fail(self, exc: BaseException) -> None:
        if not self.away:
            log.warning("bell_away", error=type(exc).__name__)
        FAILURES.inc()
        self._away_until = time.monotonic() + PAUSE_SECONDS
