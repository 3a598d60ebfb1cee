"""The worker: hears the bell, sweeps, keeps a bounded number of turns in flight."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from uuid import UUID

import structlog
from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncEngine

from desk.city.files import City
from desk.contract.errors import Conflict
from desk.conversations.bell import Bell
from desk.conversations.bot import BotClient
from desk.conversations.live import Live
from desk.conversations.metrics import IN_FLIGHT, OLDEST, TURN_SECONDS, WAITING
from desk.conversations.outcomes import Patience
from desk.conversations.ports import Emergencies, HandOver, TurnPart
from desk.conversations.sweep import Sweep
from desk.conversations.turn import TurnTaker
from desk.store.backpressure import Backpressure
from desk.store.database import is_outage, trace_of
from desk.texts.catalogs import Catalogs

log = structlog.get_logger(__name__)

SWEEP_SECONDS = 1.0
OUTAGE_SECONDS = 0.5
CLOSING_SECONDS = 5.0


def utc_now() -> datetime:
    return datetime.now(UTC)


class Worker:
    """Answers residents' messages until cancelled. Any number of workers may run, in any number of processes.

    Args:
        engine: with a pool of at least `turns_in_flight` + 2 connections.
        turns_in_flight: how many conversations are answered at once; each holds a connection.
        emergencies: hears emergencies and answers them before all else.
        hand_over: opens tickets and speaks for those that wait.
        parts: what takes part in turns.
        is_stop: whether a text is a stop word.
        now: the clock for what residents are told.
        patience: how long turns that failed wait.
        backpressure: is told that residents wait while turns are in flight.
    """

    def __init__(
        self,
        engine: AsyncEngine,
        redis: Redis,
        bot: BotClient,
        catalogs: Catalogs,
        cities: dict[str, City],
        turns_in_flight: int,
        emergencies: Emergencies,
        hand_over: HandOver,
        parts: Sequence[TurnPart],
        is_stop: Callable[[str], bool],
        now: Callable[[], datetime] = utc_now,
        patience: Patience = Patience(),  # noqa: B008 - it is frozen
        backpressure: Backpressure | None = None,
    ) -> None:
        self._backpressure = backpressure or Backpressure()
        self._bell = Bell(redis)
        self._sweep = Sweep(engine)
        self._turns = TurnTaker(
            engine=engine,
            bot=bot,
            live=Live(redis),
            catalogs=catalogs,
            cities=cities,
            now=now,
            patience=patience,
            emergencies=emergencies,
            hand_over=hand_over,
            parts=parts,
            is_stop=is_stop,
        )
        self._slots = asyncio.Semaphore(turns_in_flight)
        self._heard: dict[UUID, None] = {}  # an ordered set: what is to be taken without the bell
        self._something_heard = asyncio.Event()
        self._rung_again: dict[UUID, bool] = {}  # conversations in flight here: whether they were rung for meanwhile
        self._tasks: set[asyncio.Task[None]] = set()
        self._database_away_until = 0.0

    async def run(self) -> None:
        """Answer until cancelled; turns in flight then have some seconds to end, and what is left is rolled back."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._hear(), name="bell")
                group.create_task(self._look_each_second(), name="sweep")
                group.create_task(self._serve(), name="turns")
        finally:
            await self._close()

    async def _close(self) -> None:
        if self._tasks:
            log.info("finishing_turns", turns=len(self._tasks))
            await asyncio.wait(self._tasks, timeout=CLOSING_SECONDS)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _hear(self) -> None:
        """Move conversations from the bell to this worker, no faster than it serves."""
        loop = asyncio.get_running_loop()
        while True:
            await self._slots.acquire()  # a conversation that nobody here can serve is left to other workers
            self._slots.release()
            if self._bell.away or loop.time() < self._database_away_until:
                await asyncio.sleep(OUTAGE_SECONDS)
                continue
            conversation = await self._bell.wait()
            if conversation is not None:
                self._take_up(conversation)

    async def _look_each_second(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            try:
                found = await self._sweep.look()
            except Exception as exc:  # noqa: BLE001 - the worker outlives whatever the database does
                self._note_failure("sweep_failed", exc)
                continue
            WAITING.set(found.waiting)
            OLDEST.set(found.oldest_seconds)
            due = [conversation for conversation in found.due if conversation not in self._rung_again]
            if not await self._bell.ring(*due):
                for conversation in due:
                    self._take_up(conversation)

    def _take_up(self, conversation: UUID) -> None:
        if conversation in self._rung_again:
            self._rung_again[conversation] = True
        else:
            self._heard[conversation] = None
            self._something_heard.set()

    async def _serve(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await self._something_heard.wait()
            await self._slots.acquire()
            if not self._heard:
                self._something_heard.clear()
                self._slots.release()
                continue
            conversation = next(iter(self._heard))
            del self._heard[conversation]
            self._rung_again[conversation] = False
            task = loop.create_task(self._turn(conversation), name="turn")
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _turn(self, conversation: UUID) -> None:
        due_in: float | None = None
        try:
            with IN_FLIGHT.track_inprogress(), TURN_SECONDS.time(), self._backpressure.resident():
                due_in = await self._turns.take(conversation)
        except Exception as exc:  # noqa: BLE001 - the worker loop: one turn's failure is no other's
            self._note_failure("turn_broke", exc)
            due_in = await self._after_breaking(conversation, exc)
        finally:
            self._slots.release()
            rung_again = self._rung_again.pop(conversation)
        if due_in is None:
            due_in = 0.0 if rung_again else None
        if due_in == 0.0:  # to the end of the line: a flood in one conversation delays no other
            if not await self._bell.ring(conversation):
                self._take_up(conversation)
        elif due_in is not None:
            asyncio.get_running_loop().call_later(due_in, self._take_up, conversation)

    async def _after_breaking(self, conversation: UUID, error: Exception) -> float | None:
        if is_outage(error) or isinstance(error, Conflict):
            return None  # nothing is wrong with the message; the sweep finds it
        try:
            return await self._turns.take_broken(conversation, error)
        except Exception as exc:  # noqa: BLE001 - as above
            self._note_failure("turn_broke_twice", exc)
            return None

    def _note_failure(self, event: str, exc: BaseException) -> None:
        if is_outage(exc):
            self._database_away_until = asyncio.get_running_loop().time() + OUTAGE_SECONDS
            log.warning(event, error=type(exc).__name__)
        else:
            log.error(event, error=type(exc).__name__, trace=trace_of(exc))
