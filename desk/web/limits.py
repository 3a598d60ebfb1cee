"""How much one caller may ask: token buckets in Valkey, and requests open at once in this process.

Valkey is not waited for long: while it is away, or slow, buckets of this process decide. They are kept level with those
of Valkey, so that a change of hands lets nobody begin anew.
"""

import asyncio
import hashlib
import time
from collections import Counter as Tally
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import structlog
from prometheus_client import Counter
from redis.asyncio import Redis
from redis.commands.core import AsyncScript
from redis.exceptions import RedisError

log = structlog.get_logger(__name__)
LOCAL = Counter("desk_limits_local_total", "Requests that a bucket of this process decided, because Valkey was away")
REFUSED = Counter("desk_limits_refused_total", "Requests refused by a limit", ["limit"])

PREFIX = "desk:limit"
ANSWER_SECONDS = 0.25
PAUSE_SECONDS = 1.0
MOST_LOCAL = 50_000  # buckets of this process
REMEMBERED_SECONDS = 120  # how long a counted message is known, so that its repeats cost nothing

# One bucket: a hash of tokens and the time they were counted, on the server's clock. KEYS[2] may mark a message:
# while the mark stands the message is admitted at no cost. Answers the seconds to wait: 0 is admitted, -1 at no cost.
TAKE = """
local rate, capacity, cost = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[4])
if KEYS[2] and redis.call('EXISTS', KEYS[2]) == 1 then return '-1' end
local clock = redis.call('TIME')
local now = tonumber(clock[1]) + tonumber(clock[2]) / 1000000
local bucket = redis.call('HMGET', KEYS[1], 'tokens', 'at')
local tokens, at = tonumber(bucket[1]) or capacity, tonumber(bucket[2]) or now
tokens = math.min(capacity, tokens + math.max(0, now - at) * rate)
local wait = 0
if tokens >= cost then tokens = tokens - cost else wait = (cost - tokens) / rate end
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

    `new_sessions_per_second` and `…_of_address` are per address, megabytes in a day; of the rest, all but `…_in_all`
    are per session. What is in parallel is counted in this process. An upload holds up to 10 MB of memory while it
    lasts, and of the database afterwards. An address may be that of many: a carrier's, an office's.
    """

    new_sessions_per_second: int = 10
    messages_per_minute: int = 600
    posts_in_parallel: int = 50
    streams_in_parallel: int = 20
    streams_of_address: int = 500
    streams_in_all: int = 5_000
    files_per_minute: int = 30
    files_of_session: int = 50
    megabytes_of_session: int = 100
    megabytes_of_address: int = 500
    uploads_in_parallel: int = 3
    uploads_of_address: int = 8
    uploads_in_all: int = 20
    uploads_of_staff: int = 3  # of one account: each is decoded, one after the other
    uploads_of_staff_in_all: int = 10
    staff_per_second: int = 20  # of one account in the console, and half a minute of it at once: pages bring pages
    images_of_staff_per_hour: int = 200  # of one account
    documents_of_staff_per_hour: int = 60  # of one account: each is up to 10 MB, and looked through
    lists_per_hour: int = 20  # of one account: each tells how many of it are known here
    trials_per_hour: int = 30  # of announcements, of one account: each is up to thirty mails
    session_days: int = 30
    session_idle_days: int = 7
    body_seconds: float = 10.0  # a body that comes slower holds no place
    upload_seconds: float = 60.0  # 10 MB at 1.4 Mbit/s

    @property
    def session_idle(self) -> timedelta:
        return timedelta(days=self.session_idle_days)

    @property
    def session_longest(self) -> timedelta:
        return timedelta(days=self.session_days)

    @property
    def sessions(self) -> Rate:
        return Rate(self.new_sessions_per_second, 2 * self.new_sessions_per_second)

    @property
    def messages(self) -> Rate:
        return Rate(self.messages_per_minute / 60, self.messages_per_minute)

    @property
    def files(self) -> Rate:
        return Rate(self.files_per_minute / 60, self.files_per_minute)

    @property
    def staff(self) -> Rate:
        return Rate(self.staff_per_second, 30 * self.staff_per_second)

    @property
    def images_of_staff(self) -> Rate:
        return Rate(self.images_of_staff_per_hour / 3600, self.images_of_staff_per_hour)

    @property
    def documents_of_staff(self) -> Rate:
        return Rate(self.documents_of_staff_per_hour / 3600, self.documents_of_staff_per_hour)

    @property
    def lists(self) -> Rate:
        return Rate(self.lists_per_hour / 3600, self.lists_per_hour)

    @property
    def trials(self) -> Rate:
        return Rate(self.trials_per_hour / 3600, self.trials_per_hour)

    @property
    def megabytes(self) -> Rate:
        return Rate(self.megabytes_of_address / 86_400, self.megabytes_of_address)


class Local:
    """Token buckets of this process: of at most `MOST_LOCAL` callers, those that took something last."""

    def __init__(self) -> None:
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()  # tokens, and when they were counted
        self._marks: OrderedDict[str, float] = OrderedDict()

    def take(self, key: str, rate: Rate, cost: float, mark: str | None) -> float:
        """Take tokens; the seconds to wait, 0: taken, -1: the mark stands, and nothing is taken."""
        now = time.monotonic()
        if mark is not None and self._marks.get(mark, -REMEMBERED_SECONDS) > now - REMEMBERED_SECONDS:
            return -1.0
        tokens, at = self._buckets.get(key, (float(rate.capacity), now))
        tokens = min(float(rate.capacity), tokens + (now - at) * rate.per_second)
        wait = 0.0 if tokens >= cost else (cost - tokens) / rate.per_second
        self._keep(self._buckets, key, (tokens if wait else tokens - cost, now))
        if mark is not None and not wait:
            self._keep(self._marks, mark, now)
        return wait

    def give_back(self, key: str, rate: Rate) -> None:
        """Give a token back."""
        if key in self._buckets:
            tokens, at = self._buckets[key]
            self._buckets[key] = (min(float(rate.capacity), tokens + 1), at)

    @staticmethod
    def _keep[Value](kept: OrderedDict[str, Value], key: str, value: Value) -> None:
        kept[key] = value
        kept.move_to_end(key)
        if len(kept) > MOST_LOCAL:
            kept.popitem(last=False)


class Buckets:
    """Token buckets shared by all processes."""

    def __init__(self, redis: Redis) -> None:
        self._take = redis.register_script(TAKE)
        self._give_back = redis.register_script(GIVE_BACK)
        self._local = Local()
        self._away_until = 0.0

    async def take(self, what: str, who: str, rate: Rate, *, cost: float = 1.0, once: str | None = None) -> Admission:
        """Take a token, or as many as something costs.

        Args:
            what: the limit's name.
            who: whose bucket; it is hashed, so an address never stands in Valkey.
            rate: the bucket's measures.
            cost: how many tokens; no more than the bucket's capacity.
            once: the message that the token is for: its repeats cost nothing for two minutes.
        """
        key = self._key(what, who)
        keys = [key] + ([f"{key}:{_hash(once)}"] if once else [])
        # in this process, too, and first: who was admitted here while Valkey was asked counts if it does not answer
        here = self._local.take(key, rate, cost, keys[1] if once else None)
        answer = await self._run(self._take, keys, [rate.per_second, rate.capacity, REMEMBERED_SECONDS, cost])
        if answer is None:
            LOCAL.inc()
            answer = here
        if answer > 0:
            REFUSED.labels(limit=what).inc()
        return Admission(max(0.0, answer), counted=answer == 0)

    async def give_back(self, what: str, who: str, rate: Rate) -> None:
        """Give a token back: what it was taken for did not count."""
        key = self._key(what, who)
        self._local.give_back(key, rate)
        await self._run(self._give_back, [key], [rate.capacity])

    def _key(self, what: str, who: str) -> str:
        return f"{PREFIX}:{what}:{{{_hash(who)}}}"  # the braces keep a bucket and its marks on one node of a cluster

    async def _run(self, script: AsyncScript, keys: list[str], args: list[float]) -> float | None:
        """What Valkey answers; None where it does not, and for a moment afterwards, in which it is not asked."""
        if time.monotonic() < self._away_until:
            return None
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                return float(await script(keys=keys, args=args))
        except (RedisError, TimeoutError, OSError) as exc:
            log.warning("limits_away", error=type(exc).__name__)
            self._away_until = time.monotonic() + PAUSE_SECONDS
            return None


class Open:
    """How many requests a session or account, an address, and all have open in this process. None: any number."""

    def __init__(self, limit: int, in_all: int | None = None, of_address: int | None = None) -> None:
        self._limit = limit
        self._of_address = of_address
        self._in_all = in_all
        self._open: Tally[UUID | str] = Tally()
        self._all = 0

    @contextmanager
    def admit(self, session: UUID | str, address: str | None = None) -> Iterator[bool]:
        """Count a request while the block lasts; yields whether it is within the limits."""
        whose: list[UUID | str] = [session] if address is None else [session, address]
        self._open.update(whose)
        self._all += 1
        try:
            yield self._is_within(session, address)
        finally:
            self._all -= 1
            self._open.subtract(whose)
            for one in whose:
                if not self._open[one]:
                    del self._open[one]

    def _is_within(self, session: UUID | str, address: str | None) -> bool:
        crowded = self._of_address is not None and address is not None and self._open[address] > self._of_address
        full = self._in_all is not None and self._all > self._in_all
        return self._open[session] <= self._limit and not crowded and not full


def _hash(who: str) -> str:
    return hashlib.sha256(who.encode()).hexdigest()[:24]
