"""Phases of `announce` that are timed by what arrives: all at once, with kills, another agency's hundred, an alert, a
cancelled one, a correction.
"""

import asyncio
import os
import random
import signal
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from bench.ground import Tell
from bench.memory import resident_mb
from bench.platform_stub import Stub
from bench.product import Product
from desk.contract.errors import DeskError
from desk.store.database import transaction

WORKERS = ("worker", "worker_2")
"""Two, as on servers: while one is killed and starts again the other goes on."""
KILL_SECONDS = (5.0, 15.0)
LOOK_SECONDS = 0.2
MEMORY_SECONDS = 2.0
"""Between two looks at the workers' memory: each reads of every process of the machine whose child it is."""
IN_FLIGHT_SECONDS = 0.1
UNDER_WAY = 2_000
"""So many have been told when an announcement is cancelled or corrected; of a smaller crowd a tenth."""
STILL_SECONDS = 5.0
"""So long after its last message nothing of a cancelled announcement comes any more."""
STATES = text("""
    SELECT coalesce(sent.state, 'shown') AS state, count(*) AS residents
    FROM announcement_deliveries AS told
    LEFT JOIN deliveries AS sent ON sent.conversation_id = told.conversation_id AND sent.seq = told.seq
    WHERE told.announcement_id = :announcement GROUP BY 1
""")
YESTERDAY = text("UPDATE announcement_deliveries SET said_at = said_at - interval '1 day'")
"""What was told counts for another day: nobody is told more than some announcements a day, and a bench tells many."""
GOING = text("SELECT count(*) FROM announcements WHERE id = :announcement AND state = 'sending'")


class BulkError(DeskError):
    """A resident was told twice, or not at all though the desk says so."""


@dataclass
class Bulk:
    """What is measured on: the running product, the platform, the store, and how announcements are made."""

    ours: Product
    stub: Stub
    engine: AsyncEngine
    publish: Callable[..., Awaitable[int]]
    killed: int = 0
    announced: int = 0  # the last that was told to all
    resumed: list[float] = field(default_factory=list)

    async def whole(self, subscribers: range, tell: Tell, *, kills: bool) -> dict[str, Any]:
        """Tell everybody, and check that each was told once; while workers are killed, where `kills`.

        Raises:
            BulkError: somebody was told twice, or more are missing than the desk says may be.
        """
        async with transaction(self.engine) as connection:
            await connection.execute(YESTERDAY)
        before = {one: self.stub.arrivals[one] for one in subscribers}
        memory = self._memory()
        began, sent = time.perf_counter(), self.stub.sent
        announcement = self.announced = await self.publish()
        most, next_look = memory, began
        async with asyncio.TaskGroup() as group:
            killing = group.create_task(self._kill()) if kills else None
            while await self._is_going(announcement):
                tell.progress(self.stub.sent - sent, len(subscribers))
                if time.perf_counter() >= next_look:
                    next_look = time.perf_counter() + MEMORY_SECONDS
                    with suppress(OSError):
                        most = max(most, self._memory())
                await asyncio.sleep(LOOK_SECONDS)
            seconds = time.perf_counter() - began
            if killing is not None:
                killing.cancel()
        states = await self.states(announcement)
        arrived = {one: self.stub.arrivals[one] - before[one] for one in subscribers}
        twice = sum(count > 1 for count in arrived.values())
        missing = sum(count == 0 for count in arrived.values())
        if twice or missing > states.get("unknown", 0) or sum(states.values()) != len(subscribers):
            raise BulkError(f"{twice} were told twice, {missing} not at all; the desk says {states}.")
        return {
            "messages": len(subscribers),
            "seconds": round(seconds, 1),
            "per_second": round(len(subscribers) / seconds, 1),
            "states": states,
            "missing": missing,
            "memory_mb": round(most - memory, 1),
            "workers_killed": self.killed,
            "resumed_seconds": [round(one, 1) for one in self.resumed],
        }

    async def beside(self, others: range, **changes: Any) -> dict[str, float]:
        """How soon those of another announcement are told: seconds from its approval to the first and the last."""
        arrivals = {one: self.stub.arrivals[one] for one in others}
        began = time.perf_counter()
        await self.publish(**changes)
        first, left = None, set(others)
        while left:
            await asyncio.sleep(0.01)
            left = {one for one in left if self.stub.arrivals[one] == arrivals[one]}
            if first is None and len(left) < len(others):
                first = time.perf_counter() - began
        return {"first_seconds": round(first or 0.0, 2), "last_seconds": round(time.perf_counter() - began, 2)}

    async def cancelled(self, subscribers: range, act: Callable[[int], Awaitable[Any]]) -> dict[str, float]:
        """How long after somebody asks for an announcement to be cancelled its last message arrives, in seconds.

        Args:
            subscribers: whom it is for; other texts than theirs arrive from nobody meanwhile.
            act: cancels one, by its number.
        """
        announcement, _ = await self._under_way(subscribers)
        began = time.perf_counter()
        await act(announcement)
        answered = time.perf_counter()
        while (left := max(answered, self.stub.texted_at) + STILL_SECONDS - time.perf_counter()) > 0:
            self.stub.moved.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(left):
                    await self.stub.moved.wait()
        return {
            "last_send_seconds": round(max(0.0, self.stub.texted_at - began), 2),
            "answered_seconds": round(answered - began, 2),
        }

    async def corrected(
        self,
        subscribers: range,
        prepare: Callable[[int], Awaitable[int]],
        act: Callable[[int], Awaitable[Any]],
        end: Callable[[int], Awaitable[Any]],
    ) -> dict[str, float]:
        """How long after somebody lets a correction go the first whom the other reached is told it, in seconds.

        Args:
            subscribers: whom the other is for.
            prepare: writes the correction of one, by its number; answers its own.
            act: lets it go.
            end: stops it once its first message has arrived.
        """
        announcement, told = await self._under_way(subscribers)
        correction = await prepare(announcement)
        arrivals = {one: self.stub.arrivals[one] for one in told}
        began = time.perf_counter()
        await act(correction)
        answered = time.perf_counter()
        while all(self.stub.arrivals[one] == count for one, count in arrivals.items()):
            self.stub.moved.clear()
            await self.stub.moved.wait()
        first = time.perf_counter()
        await end(correction)
        return {"first_seconds": round(first - began, 2), "answered_seconds": round(answered - began, 2)}

    async def _under_way(self, subscribers: range) -> tuple[int, list[int]]:
        """Announce to a crowd, of whom some have been told by the time this returns; its number, and those."""
        async with transaction(self.engine) as connection:
            await connection.execute(YESTERDAY)
        before = {one: self.stub.arrivals[one] for one in subscribers}
        sent, announcement = self.stub.sent, await self.publish()
        while self.stub.sent - sent < min(UNDER_WAY, len(subscribers) // 10):
            self.stub.moved.clear()
            await self.stub.moved.wait()
        return announcement, [one for one, count in before.items() if self.stub.arrivals[one] > count]

    async def states(self, announcement: int) -> dict[str, int]:
        """How many messages are in which state."""
        async with self.engine.connect() as connection:
            rows = await connection.execute(STATES, {"announcement": announcement})
            return {row.state: row.residents for row in rows}

    def _memory(self) -> float:
        return max(resident_mb([self.ours.pid(one)]) or 0.0 for one in WORKERS)

    async def _is_going(self, announcement: int) -> bool:
        async with self.engine.connect() as connection:
            return bool((await connection.execute(GOING, {"announcement": announcement})).scalar_one())

    async def _kill(self) -> None:
        chance = random.Random(2026)
        while True:
            await asyncio.sleep(chance.uniform(*KILL_SECONDS))
            os.kill(self.ours.pid(WORKERS[self.killed % len(WORKERS)]), signal.SIGKILL)
            self.killed, at = self.killed + 1, time.perf_counter()
            await asyncio.sleep(IN_FLIGHT_SECONDS)  # what it had sent arrives
            self.stub.moved.clear()
            await self.stub.moved.wait()
            self.resumed.append(time.perf_counter() - at)
