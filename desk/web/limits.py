"""How much one caller may ask: token buckets in Valkey, and requests open at once in this process.

Valkey is never waited for: while it is away everything is admitted, which is counted and logged. May not know routes.
"""

import asyncio
import hashlib
import time
from collections import Counter as Tally
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

import structlog
from prometheus_client import Counter
from redis.asyncio import Redis
from redis.commands.core import AsyncScript
from redis.exceptions import RedisError

log = structlog.get_logger(__name__)
UNLIMITED = Counter("desk_limits_skipped_total", "Requests admitted uncounted because Valkey was away")
REFUSED = Counter("desk_limits_refused_total", "Requests refused by a limit", ["limit"])

PREFIX = "desk:limit"
ANSWER_SECONDS = 0.25
PAUSE_SECONDS = 1.0
REMEMBERED_SECONDS = 120  # how long a counted message is known, so that its repeats cost nothing

# One bucket: a hash of tokens and the time they were counted, on the server's clock. KEYS[2] may mark a message:
# while the mark stands the message is admitted at no cost. Answers the seconds to wait: 0 is admitted, -1 at no cost.
TAKE = """
local rate, capacity = tonumber(ARGV[1]), tonumber(ARGV[2])
if KEYS[2] and redis.call('EXISTS', KEYS[2]) == 1 then return '-1' end
local clock = redis.call('TIME')
local now = tonumber(clock[1]) + tonumber(clock[2]) / 1000000
local bucket = redis.call('HMGET', KEYS[1], 'tokens', 'at')
local tokens, at = tonumber(bucket[1]) or capacity, tonumber(bucket[2]) or now
tokens = math.min(capacity, tokens + math.max(0, now - at) * rate)
local wait = 0
if tokens >= 1 then tokens = tokens - 1 else wait = (1 - tokens) / rate end
redis.call('HSET', KEYS[1], 'tokens', tostring(tokens), 'at', tostring(now))
redis.call('PEXPIRE', KEYS[1], math.ceil(capacity / rate * 1000) + 1000)
if KEYS[2] and wait == 0 then redis.call('SET', KEYS[2], '1', 'EX', ARGV[3]) end
return tostring(wait)
"""
GIVE_BACK = """
local tokens = redis.call('HGET', KEYS[1], 'tokens')
if tokens then redis.call('HSET', KEYS[1], 'tokens', tostring(math.min(tonumber(ARGV[1]), tonumber(tokens) + 1))) end
return '0'
"""


@dataclass(frozen=True, slots=True)
class Rate:
    """Tokens a second, and how many a caller who was quiet may use at once."""

    per_second: float
    capacity: int


@dataclass(frozen=True, slots=True)
class Admission:
    """Whether a request may pass: after how many seconds (0: now), and whether it took a token."""

    wait_seconds: float
    counted: bool


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of the chat API.

    `new_sessions_per_second` is per address; of the rest, all but `…_in_all` are per session. What is in parallel is
    counted in this process. An upload holds up to 10 MB of memory while it lasts, and of the database afterwards.
    """

    new_sessions_per_second: int = 10
    messages_per_minute: int = 600
    posts_in_parallel: int = 50
    streams_in_parallel: int = 20
    streams_in_all: int = 5_000
    files_per_minute: int = 30
    uploads_in_parallel: int = 3
    uploads_in_all: int = 20

    @property
    def sessions(self) -> Rate:
        return Rate(self.new_sessions_per_second, 2 * self.new_sessions_per_second)

    @property
    def messages(self) -> Rate:
        return Rate(self.messages_per_minute / 60, self.messages_per_minute)

    @property
    def files(self) -> Rate:
        return Rate(self.files_per_minute / 60, self.files_per_minute)


class Buckets:
    """Token buckets shared by all processes."""

    def __init__(self, redis: Redis) -> None:
        self._take = redis.register_script(TAKE)
        self._give_back = redis.register_script(GIVE_BACK)
        self._away_until = 0.0

    async def take(self, what: str, who: str, rate: Rate, *, once: str | None = None) -> Admission:
        """Take a token.

        Args:
            what: the limit's name.
            who: whose bucket; it is hashed, so an address never stands in Valkey.
            rate: the bucket's measures.
            once: the message that the token is for: its repeats cost nothing for two minutes.
        """
        keys = [self._key(what, who)] + ([f"{self._key(what, who)}:{_hash(once)}"] if once else [])
        answer = await self._run(self._take, keys, [rate.per_second, rate.capacity, REMEMBERED_SECONDS])
        if answer is None:
            return Admission(0.0, counted=False)
        if answer > 0:
            REFUSED.labels(limit=what).inc()
        return Admission(max(0.0, answer), counted=answer == 0)

    async def give_back(self, what: str, who: str, rate: Rate) -> None:
        """Give a token back: what it was taken for did not count."""
        await self._run(self._give_back, [self._key(what, who)], [rate.capacity])

    def _key(self, what: str, who: str) -> str:
        return f"{PREFIX}:{what}:{{{_hash(who)}}}"  # the braces keep a bucket and its marks on one node of a cluster

    async def _run(self, script: AsyncScript, keys: list[str], args: list[float]) -> float | None:
        if time.monotonic() < self._away_until:
            UNLIMITED.inc()
            return None
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                return float(await script(keys=keys, args=args))
        except (RedisError, TimeoutError, OSError) as exc:
            log.warning("limits_away", error=type(exc).__name__)
            UNLIMITED.inc()
            self._away_until = time.monotonic() + PAUSE_SECONDS
            return None


class Open:
    """How many requests a session, and all sessions together, have open in this process. `in_all` None: any number."""

    def __init__(self, limit: int, in_all: int | None = None) -> None:
        self._limit = limit
        self._in_all = in_all
        self._open: Tally[UUID] = Tally()
        self._all = 0

    @contextmanager
    def admit(self, session: UUID) -> Iterator[bool]:
        """Count a request while the block lasts; yields whether it is within the limits."""
        self._open[session] += 1
        self._all += 1
        try:
            yield self._open[session] <= self._limit and (self._in_all is None or self._all <= self._in_all)
        finally:
            self._all -= 1
            self._open[session] -= 1
            if not self._open[session]:
                del self._open[session]


def _hash(who: str) -> str:
    return hashlib.sha256(who.encode()).hexdigest()[:24]
