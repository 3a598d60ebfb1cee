"""How fast platforms are called: token buckets in Valkey, an account's and a resident's, shared by all processes.

While Valkey is away each process keeps buckets of its own with a part of the rate: slower, never unbounded.
"""

import asyncio
import hashlib
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import batched

import structlog
from prometheus_client import Counter
from redis.asyncio import Redis
from redis.exceptions import RedisError

from desk.store.gathering import Gathering

log = structlog.get_logger(__name__)
ALONE = Counter("desk_pacing_alone_total", "Times that a process paced by itself because Valkey was away")

PREFIX = "desk:pace"
ANSWER_SECONDS = 0.25
PAUSE_SECONDS = 1.0
ALONE_SHARE = 0.25  # of the rate, in each process that is left to itself
FORGET_SECONDS = 600.0
TAKEN_AT_ONCE = 100  # buckets in one round trip
RESIDENTS_AT_ONCE = 250  # buckets in one script: Valkey does nothing else meanwhile
KEPT_FOR_REPLIES = 1 / 3  # of an account's bucket: bulk leaves so much

# Takes up to ARGV[3] tokens and leaves ARGV[4] untouched, unless the account is held; a negative number is given back.
# Answers how many, and in how many seconds there is one more.
TAKE = """
local held = redis.call('PTTL', KEYS[2])
if held > 0 then return {'0', tostring(held / 1000)} end
local rate, size, wanted, floor = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local clock = redis.call('TIME')
local now = tonumber(clock[1]) + tonumber(clock[2]) / 1000000
local bucket = redis.call('HMGET', KEYS[1], 'tokens', 'at')
local tokens, at = tonumber(bucket[1]) or size, tonumber(bucket[2]) or now
tokens = math.min(size, tokens + math.max(0, now - at) * rate)
local given = wanted
if wanted > 0 then given = math.max(0, math.min(wanted, math.floor(tokens - floor))) end
tokens = math.min(size, tokens - given)
redis.call('HSET', KEYS[1], 'tokens', tostring(tokens), 'at', tostring(now))
redis.call('PEXPIRE', KEYS[1], math.ceil(size / rate * 1000) + 1000)
return {tostring(given), tostring(math.max(0, (1 + floor - tokens) / rate))}
"""

# Takes a token from each of many buckets of one rate and size, which nobody holds. Answers how long each has to wait.
TAKE_EACH = """
local rate, size = tonumber(ARGV[1]), tonumber(ARGV[2])
local clock = redis.call('TIME')
local now = tonumber(clock[1]) + tonumber(clock[2]) / 1000000
local kept, waits = math.ceil(size / rate * 1000) + 1000, {}
for i, key in ipairs(KEYS) do
  local bucket = redis.call('HMGET', key, 'tokens', 'at')
  local tokens, at = tonumber(bucket[1]) or size, tonumber(bucket[2]) or now
  tokens = math.min(size, tokens + math.max(0, now - at) * rate)
  waits[i] = '0'
  if tokens >= 1 then tokens = tokens - 1 else waits[i] = tostring(math.max(0.01, (1 - tokens) / rate)) end
  redis.call('HSET', key, 'tokens', tostring(tokens), 'at', tostring(now))
  redis.call('PEXPIRE', key, kept)
end
return waits
"""


@dataclass(frozen=True, slots=True)
class Granted:
    """How many calls may be made now, and in how many seconds there is one more."""

    calls: int
    wait_seconds: float


@dataclass(slots=True)
class _Own:
    """A bucket of this process alone."""

    tokens: float
    at: float = field(default_factory=time.monotonic)


class Pacing:
    """The buckets."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._take = redis.register_script(TAKE)
        self._take_each = redis.register_script(TAKE_EACH)
        self._taking = Gathering(self._take_all, most=TAKEN_AT_ONCE)
        self._away_until = 0.0
        self._own: dict[str, _Own] = {}
        self._held: dict[int, float] = {}

    async def account(self, account_id: int, rate: float, wanted: int, *, bulk: bool = False) -> Granted:
        """Take up to `wanted` calls of an account; bulk leaves some for replies."""
        held = self._held.get(account_id, 0.0) - time.monotonic()
        if held > 0:
            return Granted(0, held)
        size = max(1.0, rate)
        floor = math.floor(size * KEPT_FOR_REPLIES) if bulk else 0
        return await self._bucket(f"account:{account_id}", rate, size, wanted, floor)

    async def resident(self, account_id: int, name: str, rate: float, burst: int) -> float:
        """Take a call to a resident; in how many seconds there is one, 0 if it was taken. `name` is hashed."""
        granted = await self._bucket(_of_resident(account_id, name), rate, float(burst), 1, 0)
        return 0.0 if granted.calls else max(granted.wait_seconds, 0.01)

    async def residents(self, account_id: int, names: Sequence[str], rate: float, burst: int) -> list[float]:
        """Take a call to each of many residents, as `resident`: in one script for some hundred."""
        waits: list[float] = []
        for some in batched(names, RESIDENTS_AT_ONCE, strict=False):
            waits += await self._residents([_of_resident(account_id, name) for name in some], rate, float(burst))
        return waits

    async def give_back(self, account_id: int, rate: float, calls: int) -> None:
        """Give calls back that were not made."""
        if calls > 0:
            await self._bucket(f"account:{account_id}", rate, max(1.0, rate), -calls, 0)

    async def hold(self, account_id: int, seconds: float) -> None:
        """Let nobody call for an account for some seconds: the platform wants it so."""
        self._held[account_id] = time.monotonic() + seconds
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                await self._redis.set(self._hold_key(f"account:{account_id}"), "1", px=max(1, int(seconds * 1000)))
        except (RedisError, TimeoutError, OSError) as exc:
            log.warning("pacing_away", error=type(exc).__name__)

    async def _residents(self, buckets: Sequence[str], rate: float, size: float) -> list[float]:
        if time.monotonic() >= self._away_until:
            try:
                async with asyncio.timeout(ANSWER_SECONDS):
                    keys = [f"{PREFIX}:{{{bucket}}}" for bucket in buckets]
                    return [float(wait) for wait in await self._take_each(keys=keys, args=[rate, size])]
            except (RedisError, TimeoutError, OSError) as exc:
                self._is_away(exc)
        granted = [self._alone(bucket, rate, size, 1) for bucket in buckets]
        return [0.0 if one.calls else max(one.wait_seconds, 0.01) for one in granted]

    def _is_away(self, exc: BaseException) -> None:
        log.warning("pacing_away", error=type(exc).__name__)
        self._away_until = time.monotonic() + PAUSE_SECONDS

    async def _bucket(self, key: str, rate: float, size: float, wanted: int, floor: int) -> Granted:
        if time.monotonic() < self._away_until:
            return self._alone(key, rate, size, wanted)
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                return await self._taking.ask(
                    ([f"{PREFIX}:{{{key}}}", self._hold_key(key)], [rate, size, wanted, floor])
                )
        except (RedisError, TimeoutError, OSError) as exc:
            self._is_away(exc)
            return self._alone(key, rate, size, wanted)

    async def _take_all(self, wanted: Sequence[tuple[list[str], list[float]]]) -> list[Granted]:
        """Ask for several buckets in one round trip."""
        async with asyncio.timeout(ANSWER_SECONDS), self._redis.pipeline(transaction=False) as pipeline:
            for keys, args in wanted:
                await self._take(keys=keys, args=args, client=pipeline)
            answers = await pipeline.execute()
        return [Granted(max(0, int(float(calls))), float(wait)) for calls, wait in answers]

    def _alone(self, key: str, rate: float, size: float, wanted: int) -> Granted:
        ALONE.inc()
        now, rate = time.monotonic(), rate * ALONE_SHARE
        if len(self._own) > 10_000:
            self._own = {name: own for name, own in self._own.items() if now - own.at < FORGET_SECONDS}
        own = self._own.setdefault(key, _Own(1.0, now))
        own.tokens, own.at = min(max(1.0, size * ALONE_SHARE), own.tokens + (now - own.at) * rate), now
        calls = wanted if wanted < 0 else max(0, min(wanted, math.floor(own.tokens)))
        own.tokens -= calls
        return Granted(max(0, calls), max(0.0, (1 - own.tokens) / rate))

    def _hold_key(self, key: str) -> str:
        return f"{PREFIX}:{{{key}}}:held"


def _of_resident(account_id: int, name: str) -> str:
    return f"resident:{hashlib.sha256(f'{account_id}:{name}'.encode()).hexdigest()[:24]}"
