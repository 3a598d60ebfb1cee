"""Rounds over the open streams of a process: what each would else ask for by itself is asked for all at once.

Hints wake streams (`desk.conversations.live`). A hint can be lost, so each second a fifth of the streams is held
against the store, in one statement for some hundreds: what was missed comes within `LOOK_SECONDS`, and within a second
while no hints are heard. Each `BEAT_SECONDS` a stream shows that it lives, its session is looked at, and that it shows
its conversation is noted. An idle stream has no timer of its own and asks for nothing.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import chain, count
from uuid import UUID

import structlog
from prometheus_client import Counter, Gauge
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from desk.conversations.live import ENDED, NEW, Live, Subscription
from desk.store.database import OUTAGES, single_statements

log = structlog.get_logger(__name__)
STREAMS = Gauge("desk_streams_open", "Streams and long polls of residents that are open in this process")
FOUND = Counter("desk_streams_found_total", "Events that a stream was not told of, and a look at the store found")

TICK_SECONDS = 1.0
BEAT_SECONDS = 15.0
LOOK_SECONDS = 5.0
SLOTS = int(BEAT_SECONDS / TICK_SECONDS)
STRIDE = int(LOOK_SECONDS / TICK_SECONDS)
AT_ONCE = 1_000  # streams in one statement
ANSWER_SECONDS = 5.0

GROWN = text("""
    SELECT known.place, counter.seq
    FROM unnest(CAST(:ids AS uuid[]), CAST(:seqs AS bigint[])) WITH ORDINALITY AS known (id, seq, place)
    JOIN conversation_counters AS counter ON counter.conversation_id = known.id
    WHERE counter.seq > known.seq
""")
GOOD = text("""
    SELECT hash FROM access_tokens
    WHERE hash = ANY (CAST(:hashes AS bytea[])) AND good_until > now() AND idle_until > now()
""")


@dataclass(eq=False, slots=True)
class Follower:
    """A stream or long poll that is open: whose, what it has told, and how it is woken.

    `seq` is the last event that it has told; whoever streams keeps it. `session` is the hash of its token. `beat`
    writes a sign of life, and never waits for the resident; `page` tells it from other pages. A long poll has neither.
    """

    conversation: UUID
    seq: int
    session: bytes
    subscription: Subscription
    beat: Callable[[], Awaitable[None]] | None = None
    page: str | None = None
    woken_for: int = 0


class Rounds:
    """Looks after all streams of a process, while there are any. A round is `SLOTS` ticks."""

    def __init__(self, engine: AsyncEngine, live: Live, *, tick_seconds: float = TICK_SECONDS) -> None:
        self._engine = engine
        self._live = live
        self._tick_seconds = tick_seconds
        self._slots: list[set[Follower]] = [set() for _ in range(SLOTS)]
        self._next = count()
        self._going: asyncio.Task[None] | None = None
        self._gaps = live.gaps

    @contextmanager
    def over(self, follower: Follower) -> Iterator[None]:
        """Look after a stream during the block. Streams that are opened at once are spread over the rounds."""
        slot = self._slots[next(self._next) % SLOTS]
        slot.add(follower)
        STREAMS.inc()
        if self._going is None or self._going.done():
            self._going = asyncio.create_task(self._go(), name="rounds over streams")
        try:
            yield
        finally:
            STREAMS.dec()
            slot.discard(follower)
            if self._going is not None and not any(self._slots):
                self._going.cancel()
                self._going = None

    def wake_all(self) -> None:
        """Have every stream look whether it is to end."""
        for follower in chain.from_iterable(self._slots):
            follower.subscription.tell(ENDED)

    async def _go(self) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self._beat(), name="signs of life")
            group.create_task(self._look(), name="looks at the store")

    async def _beat(self) -> None:
        """Show of one slot after the other that its streams live. Nothing here waits for a server."""
        for tick in count():
            await asyncio.sleep(self._tick_seconds)
            for follower in list(self._slots[tick % SLOTS]):
                if follower.beat is not None:
                    with suppress(ConnectionError):  # the resident left, and the stream is about to end
                        await follower.beat()

    async def _look(self) -> None:
        for tick in count():
            await asyncio.sleep(self._tick_seconds)
            slot = list(self._slots[tick % SLOTS])
            try:
                await self._find_missed(self._to_be_looked_at(tick))
                await self._find_ended(slot)
            except OUTAGES as exc:  # nothing can be read then, either: the next round finds it
                log.warning("rounds_cannot_look", error=type(exc).__name__)
            await self._live.still_watched([(one.conversation, one.page) for one in slot if one.page is not None])

    def _to_be_looked_at(self, tick: int) -> list[Follower]:
        """A part of the streams, or all: while no hints are heard, and after a time in which none were."""
        gaps, self._gaps = self._gaps, self._live.gaps
        is_every_one = self._live.is_deaf or gaps != self._gaps
        slots = self._slots if is_every_one else self._slots[tick % STRIDE :: STRIDE]
        return list(chain.from_iterable(slots))

    async def _find_missed(self, followers: Sequence[Follower]) -> None:
        """Wake those whose conversation has grown since they told something, or were last woken for that."""
        for some in _parts(followers):
            values = {"ids": [one.conversation for one in some], "seqs": [max(one.seq, one.woken_for) for one in some]}
            async with asyncio.timeout(ANSWER_SECONDS), single_statements(self._engine) as connection:
                rows = (await connection.execute(GROWN, values)).all()
            for place, seq in rows:
                follower = some[place - 1]
                if seq > follower.seq:  # it may have told that meanwhile
                    follower.woken_for = seq
                    FOUND.inc()
                    follower.subscription.tell(NEW)

    async def _find_ended(self, followers: Sequence[Follower]) -> None:
        """Wake those whose session is over: each looks by itself whether it is, and ends."""
        for some in _parts(followers):
            hashes = list({one.session for one in some})
            async with asyncio.timeout(ANSWER_SECONDS), single_statements(self._engine) as connection:
                good = set((await connection.execute(GOOD, {"hashes": hashes})).scalars())
            for follower in some:
                if follower.session not in good:
                    follower.subscription.tell(ENDED)


def _parts(followers: Sequence[Follower]) -> Iterator[Sequence[Follower]]:
    return (followers[begin : begin + AT_ONCE] for begin in range(0, len(followers), AT_ONCE))
