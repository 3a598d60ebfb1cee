"""Who of the staff has the console open, and which ticket: in Valkey, for half a minute after the last sign.

Never the only copy of anything: without Valkey nobody is seen, and nothing else changes.
"""

import time
from dataclasses import dataclass

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

log = structlog.get_logger(__name__)

PRESENT = "desk:present"
LOOKING = "desk:looking:{}"
SECONDS = 30.0


@dataclass(frozen=True)
class Presence:
    """Who is there. Scores are seconds since the epoch."""

    redis: Redis

    async def here(self, login: str, *, ticket_id: int | None = None) -> None:
        """Somebody is there, and looks at a ticket."""
        now = time.time()
        keys = [PRESENT] if ticket_id is None else [PRESENT, LOOKING.format(ticket_id)]
        try:
            async with self.redis.pipeline(transaction=False) as pipeline:
                for key in keys:
                    pipeline.zadd(key, {login: now})
                    pipeline.zremrangebyscore(key, 0, now - SECONDS)
                    pipeline.expire(key, int(2 * SECONDS))
                await pipeline.execute()
        except (RedisError, TimeoutError, OSError) as exc:
            log.warning("presence_away", error=type(exc).__name__)

    async def gone(self, login: str) -> None:
        """Somebody takes no new tickets."""
        try:
            await self.redis.zrem(PRESENT, login)
        except (RedisError, TimeoutError, OSError) as exc:
            log.warning("presence_away", error=type(exc).__name__)

    async def present(self) -> list[str]:
        """Who is there, by login; who has been seen longest ago comes first."""
        return await self._members(PRESENT)

    async def looking(self, ticket_id: int) -> list[str]:
        """Who looks at a ticket."""
        return await self._members(LOOKING.format(ticket_id))

    async def _members(self, key: str) -> list[str]:
        try:
            found = await self.redis.zrangebyscore(key, time.time() - SECONDS, "+inf")
        except (RedisError, TimeoutError, OSError) as exc:
            log.warning("presence_away", error=type(exc).__name__)
            return []
        return [one.decode() if isinstance(one, bytes) else str(one) for one in found]
