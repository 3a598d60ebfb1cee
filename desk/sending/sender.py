"""The loops of sending: three lanes that never wait for each other.

A hint (something was said, `desk.conversations.live`) makes a lane look into the outbox at once; each second it looks
by itself. Accounts take turns: who has a hundred thousand messages to send takes no more of a round than the others.
Replies and bulk have calls of their own, and bulk leaves a part of an account's rate to replies.
"""

import asyncio
import time
from collections import Counter as Tally
from collections.abc import Coroutine, Sequence
from contextlib import nullcontext
from itertools import batched
from typing import Any

import structlog
from prometheus_client import Counter, Gauge
from redis.asyncio import Redis
from redis.exceptions import RedisError
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from desk.accounts.register import Register
from desk.accounts.rows import REFUSED as WHY_REFUSED
from desk.accounts.rows import AccountRow
from desk.contract.channel import Channel
from desk.contract.errors import ConfigurationError
from desk.conversations.live import ALL, NEW, NEWS
from desk.conversations.rows import WEB_CHAT
from desk.conversations.stream import BULK, REPLIES, URGENT
from desk.sending.delivery import NOTHING, Deliverer, Met
from desk.sending.outbox import ACCOUNTS_AT_ONCE, Claimed, Due, Outbox
from desk.sending.pacing import Pacing
from desk.sending.pushing import Pushing
from desk.sending.together import Together
from desk.store.backpressure import Backpressure
from desk.store.database import is_outage, single_statements, trace_of

log = structlog.get_logger(__name__)
IN_FLIGHT = Gauge("desk_sending_in_flight", "Deliveries in this process's hands", ["lane"])
PAUSED = Counter("desk_accounts_paused_total", "Accounts paused by themselves", ["channel", "why"])

CALLS = {REPLIES: 32, BULK: 64, URGENT: 64}  # at once, in each process
SHARE = 8  # of an account in a round
QUIET_SHARE = 64  # and of bulk and urgent ones while no resident waits
TOGETHER, QUIET_TOGETHER = 25, 500  # of those that may share a call: they are prepared in one go
HINTS = {NEW: (REPLIES, BULK, URGENT), NEWS: (BULK,)}  # lanes that a hint is for
LOOK_SECONDS = 1.0
IDLE_SECONDS = 30.0  # of a lane in which nothing waits: a hint, or who looks for all lanes, wakes it
SHORTEST_SECONDS = 0.02  # between two looks: hints come in crowds
OUTAGE_SECONDS = 0.5
CLOSING_SECONDS = 12.0  # what is in hand ends first
FAILURES = 5  # in a row: then the account is paused
PROBES = (5.0, 10.0, 20.0, 40.0, 60.0)  # seconds between tries while the platform is out; the last repeats

PAUSE = text("""
    UPDATE channel_accounts SET state = 'paused', reason = :reason,
           probe_at = clock_timestamp() + make_interval(secs => CAST(:seconds AS double precision))
    WHERE id = :id AND state = 'active'
""")
PROBE = text("""
    UPDATE channel_accounts SET probe_at = clock_timestamp() + make_interval(secs => :seconds)
    WHERE id = :id AND state = 'paused' AND probe_at <= clock_timestamp() RETURNING id
""")
RESUME = text("""
    UPDATE channel_accounts SET state = 'active', reason = NULL, probe_at = NULL
    WHERE id = :id AND state = 'paused' AND probe_at IS NOT NULL
""")
REFUSED = text("""
    UPDATE channel_accounts SET state = 'paused', reason = :reason, probe_at = NULL
    WHERE id = :id AND state <> 'stopped'
""")


class Sender:
    """Sends until cancelled. Any number may run, in any number of processes."""

    def __init__(
        self,
        *,
        engine: AsyncEngine,
        redis: Redis,
        register: Register,
        deliverer: Deliverer,
        pacing: Pacing,
        backpressure: Backpressure,
        pushing: Pushing | None = None,
    ) -> None:
        self._pushing = pushing
        self._backpressure = backpressure
        self._engine = engine
        self._redis = redis
        self._register = register
        self._deliverer = deliverer
        self._together = Together(deliverer)
        self._pacing = pacing
        self._outbox = Outbox(engine)
        self._wakes = {lane: asyncio.Event() for lane in CALLS}
        self._free = dict(CALLS)
        self._tasks: set[asyncio.Task[None]] = set()
        self._failures: Tally[int] = Tally()
        self._probes: Tally[int] = Tally()
        self._not_before: dict[tuple[int, int], float] = {}  # by lane and account
        self._after = dict.fromkeys(CALLS, 0)

    async def run(self) -> None:
        """Send until cancelled; what is in hand then has some seconds to end."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._hear(), name="hints of the outbox")
                group.create_task(self._look_each_second(), name="looking for all lanes")
                for lane in CALLS:
                    group.create_task(self._serve(lane), name=f"sending, lane {lane}")
        finally:
            if self._tasks:
                await asyncio.wait(self._tasks, timeout=CLOSING_SECONDS)
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _hear(self) -> None:
        while True:
            try:
                async with self._redis.pubsub() as pubsub:
                    await pubsub.psubscribe(ALL)
                    while True:
                        message = await pubsub.get_message(timeout=1.0)
                        hint = None if message is None else str(message["data"]).partition(" ")[0]
                        for lane in HINTS.get(hint or "", ()):
                            self._wakes[lane].set()
            except (RedisError, TimeoutError, OSError) as exc:
                log.warning("outbox_hints_away", error=type(exc).__name__)
                await asyncio.sleep(LOOK_SECONDS)

    async def _look_each_second(self) -> None:
        """One statement for all lanes finds what waits though no hint came, and what was lost in the middle."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                lost, waiting = await self._outbox.look(CALLS)
            except Exception as exc:  # noqa: BLE001 - the loop outlives whatever the database does
                self._note("outbox_not_seen", exc)
                continue
            for lane in waiting:
                self._wakes[lane].set()
            if lost:
                log.warning("deliveries_unknown", deliveries=lost)
                self._wake()

    async def _serve(self, lane: int) -> None:
        wait = 0.0
        while True:
            try:
                async with asyncio.timeout(wait):
                    await self._wakes[lane].wait()
            except TimeoutError:
                pass
            self._wakes[lane].clear()
            if lane == BULK:
                await self._backpressure.give_way()
            try:
                wait = await self._round(lane)
            except Exception as exc:  # noqa: BLE001 - as above
                self._note("round_of_sending_broke", exc)
                wait = OUTAGE_SECONDS
            await asyncio.sleep(SHORTEST_SECONDS if wait else 0)

    async def _round(self, lane: int) -> float:
        """Give each account its share. Answers in how many seconds to look again."""
        if not self._free[lane]:
            return LOOK_SECONDS  # whoever ends wakes the lane
        found = await self._outbox.due(lane, self._after[lane])
        self._after[lane] = found[-1].account_id if len(found) == ACCOUNTS_AT_ONCE else 0
        wait, taken = LOOK_SECONDS if found else IDLE_SECONDS, 0
        for due in found:
            soon = max(due.due_in, self._not_before.get((lane, due.account_id), 0.0) - time.monotonic())
            if soon > 0 or not due.open:
                wait = min(wait, max(soon, SHORTEST_SECONDS)) if due.open else wait
                continue
            if not self._free[lane]:
                break
            claimed, later = await self._take(lane, due)
            taken += claimed
            if later:
                self._not_before[lane, due.account_id] = time.monotonic() + later
                wait = min(wait, later)
        return 0.0 if taken and self._free[lane] else wait

    async def _take(self, lane: int, due: Due) -> tuple[int, float]:
        """Take deliveries of one account in hand. Answers how many, and when there may be more if that is not now."""
        account = await self._register.of(due.account_id)
        if account is not None and self._pushing is not None and account.channel == WEB_CHAT:
            return await self._push(lane, account, self._pushing)
        if account is None or account.channel not in self._register.channels:
            return 0, LOOK_SECONDS
        channel = self._register.channels[account.channel]
        share = QUIET_SHARE if lane != REPLIES and self._backpressure.is_quiet else SHARE
        wanted, together = min(share, self._free[lane]), self._together_of(lane, account, channel)
        if together > 1:
            wanted = together
        if due.probes:
            if not await self._may_probe(account):
                return 0, LOOK_SECONDS
            wanted = 1
        rate = channel.abilities.rate(account.rate)
        granted = await self._pacing.account(account.id, rate, wanted, bulk=lane == BULK)
        if not granted.calls:
            return 0, max(granted.wait_seconds, SHORTEST_SECONDS)
        claimed = await self._outbox.claim(lane, account.id, granted.calls, together=together > 1)
        await self._pacing.give_back(account.id, rate, granted.calls - len(claimed))
        for some in batched(claimed, together, strict=False):
            self._begin(lane, self._carry(some, account, lane, together=together > 1))
        return len(claimed), 0.0 if claimed else LOOK_SECONDS

    async def _push(self, lane: int, account: AccountRow, pushing: Pushing) -> tuple[int, float]:
        """Take in hand what is told on devices of the web chat. Push services are many: none of them holds it up."""
        claimed = await self._outbox.claim(lane, account.id, min(SHARE, self._free[lane]))
        for one in claimed:
            self._begin(lane, self._carry_push(one, lane, pushing))
        return len(claimed), 0.0 if claimed else LOOK_SECONDS

    async def _carry_push(self, one: Claimed, lane: int, pushing: Pushing) -> None:
        try:
            with IN_FLIGHT.labels(lane=str(lane)).track_inprogress():
                await pushing.carry(one)
        except Exception as exc:  # noqa: BLE001 - as in `_carry`
            self._note("delivery_broke", exc)
        finally:
            self._ended(lane)

    def _begin(self, lane: int, carrying: Coroutine[Any, Any, None]) -> None:
        self._free[lane] -= 1
        task = asyncio.get_running_loop().create_task(carrying, name="delivery")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _ended(self, lane: int) -> None:
        self._free[lane] += 1
        self._wakes[lane].set()

    def _together_of(self, lane: int, account: AccountRow, channel: Channel) -> int:
        """So many deliveries share a call: of replies each has its own."""
        if lane == REPLIES:
            return 1
        try:
            most = self._together.most_at_once(account, channel)
        except ConfigurationError:
            return 1  # which is found, and noted, when the first is carried
        return min(most, QUIET_TOGETHER if self._backpressure.is_quiet else TOGETHER)

    async def _carry(self, claimed: Sequence[Claimed], account: AccountRow, lane: int, *, together: bool) -> None:
        channel = self._register.channels[account.channel]
        waits = self._backpressure.resident() if lane == REPLIES else nullcontext()
        try:
            with IN_FLIGHT.labels(lane=str(lane)).track_inprogress(), waits:
                if together and len(claimed) == 1 and not all(await self._outbox.begin(claimed)):
                    met = NOTHING
                elif len(claimed) == 1:
                    met = await self._deliverer.carry(claimed[0], account, channel)
                else:
                    met = await self._together.carry(claimed, account, channel)
            await self._heed(account, met)
        except ConfigurationError as exc:
            await self._refused(claimed, account, str(exc))
        except Exception as exc:  # noqa: BLE001 - one delivery's failure is no other's; its lease ends by itself
            self._note("delivery_broke", exc)
        finally:
            self._ended(lane)

    async def _heed(self, account: AccountRow, met: Met) -> None:
        """What a delivery met with, for the account as a whole."""
        if met.refused is not None:
            await self._execute(REFUSED, id=account.id, reason=f"{WHY_REFUSED}{met.refused}"[:200])
            PAUSED.labels(channel=account.channel, why="refused").inc()
            log.error("account_refused", account=account.id, channel=account.channel)
        elif met.holds_seconds:
            await self._pacing.hold(account.id, met.holds_seconds)
            for lane in CALLS:
                self._not_before[lane, account.id] = time.monotonic() + met.holds_seconds
        elif met.outage is not None:
            self._failures[account.id] += 1
            if self._failures[account.id] >= FAILURES and account.state == "active":
                reason = f"the platform does not answer as it should: {met.outage}"[:200]
                if await self._execute(PAUSE, id=account.id, reason=reason, seconds=PROBES[0]):
                    PAUSED.labels(channel=account.channel, why="outage").inc()
                    log.error("account_paused", account=account.id, channel=account.channel)
        elif met.works:
            self._failures.pop(account.id, None)
            if account.state != "active" and await self._execute(RESUME, id=account.id):
                self._probes.pop(account.id, None)
                log.info("account_resumed", account=account.id, channel=account.channel)
                self._wake()

    async def _may_probe(self, account: AccountRow) -> bool:
        """Whether it is this process that tries whether the platform is back."""
        seconds = PROBES[min(self._probes[account.id], len(PROBES) - 1)]
        self._probes[account.id] += 1
        return await self._execute(PROBE, id=account.id, seconds=seconds) > 0

    async def _refused(self, claimed: Sequence[Claimed], account: AccountRow, why: str) -> None:
        try:
            for one in claimed:
                await self._outbox.later(one, 0.0, why)
            await self._execute(REFUSED, id=account.id, reason=f"{WHY_REFUSED}{why}"[:200])
        except Exception as exc:  # noqa: BLE001 - as in `_carry`
            self._note("delivery_broke", exc)

    async def _execute(self, statement: object, **values: object) -> int:
        async with single_statements(self._engine) as connection:
            return (await connection.execute(statement, values)).rowcount  # type: ignore[call-overload, no-any-return]

    def _wake(self) -> None:
        for wake in self._wakes.values():
            wake.set()

    def _note(self, event: str, exc: BaseException) -> None:
        if is_outage(exc):
            log.warning(event, error=type(exc).__name__)
        else:
            log.error(event, error=type(exc).__name__, trace=trace_of(exc))
