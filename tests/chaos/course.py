"""The course of a run: residents pay, parts are killed, the weather clears, clocks go on, bills are compared."""

import asyncio
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import psycopg
from chaos.cars import CITY, cars_of
from chaos.residents import Resident
from chaos.stories import Kill, Plan
from chaos.town import Town, parsed

AT_ONCE = 8  # residents who talk at the same time, and others who pay
FACTOR = 1800  # an hour of Alipay's waits is two seconds
TWO_DAYS = 172_800
SETTLE_SECONDS = 600.0
POLICE: tuple[dict[str, object], ...] = (
    {"status": 503, "rate": 0.06},
    {"status": 500, "rate": 0.04},
    {"latency_ms": 1500, "rate": 0.06},
    {"latency_ms": 6000, "rate": 0.01},  # longer than anybody waits
    {"cut": True, "rate": 0.06},  # it acted, and its answer is lost
    {"nonsense": True, "rate": 0.02},
)
GATEWAY: tuple[tuple[str, dict[str, object]], ...] = (
    ("alipay.trade.precreate", {"status": 502, "rate": 0.05}),
    ("alipay.trade.query", {"status": 502, "rate": 0.1}),
    ("alipay.trade.query", {"cut": True, "rate": 0.05}),
    ("alipay.trade.close", {"cut": True, "rate": 0.1}),
    ("alipay.trade.refund", {"cut": True, "rate": 0.2}),
    ("alipay.trade.refund", {"status": 502, "rate": 0.1}),
    ("alipay.trade.fastpay.refund.query", {"nonsense": True, "rate": 0.1}),
)
UNSETTLED = """
    SELECT (SELECT count(*) FROM orders WHERE status IN ('paid', 'refunding'))
         + (SELECT count(*) FROM refunds WHERE status = 'pending')
"""
SOURCES = "SELECT source, count(*) FROM order_events WHERE happening = 'paid' GROUP BY source"


@dataclass
class Course:
    """What a run has come to."""

    plan: Plan
    town: Town
    residents: list[Resident] = field(default_factory=list)
    killed: Counter[str] = field(default_factory=Counter)
    clerk_refunded: dict[str, str] = field(default_factory=dict)  # order -> amount that the command named
    first_bills: list[dict[str, Any]] = field(default_factory=list)
    last_bills: list[dict[str, Any]] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)
    _opened: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))  # car -> stories with an order
    _news: asyncio.Condition = field(default_factory=asyncio.Condition)
    _paid: int = 0
    _living: int = 0

    async def run(self) -> None:
        """From the first order to the last bill."""
        cars = cars_of(self.plan.cars)
        self.residents = [Resident(story, cars[story.car], self.town) for story in self.plan.stories]
        await self.town.control("PUT", "/alipay/clock", {"factor": FACTOR})
        await self._worsen()
        await self._timed("opened, paid and killed", self._live())
        await self.town.control("DELETE", "/faults")
        await self.town.control("DELETE", "/alipay/notifications")
        await self._timed("settled", self._settle())
        await self._timed("refunded by a clerk", self._clerk())
        await self._timed("first bills", self._reconcile(self.first_bills))
        await self._timed("settled again", self._settle())
        await self._timed("last bills", self._reconcile(self.last_bills))
        await self._timed("heard", self._hear())

    async def _live(self) -> None:
        self._living = len(self.residents)
        talking, paying = asyncio.Semaphore(AT_ONCE), asyncio.Semaphore(AT_ONCE)
        async with asyncio.TaskGroup() as group:
            group.create_task(self._kill(self.plan.kills))
            for resident in self.residents:
                group.create_task(self._lives(resident, talking, paying))

    async def _lives(self, resident: Resident, talking: asyncio.Semaphore, paying: asyncio.Semaphore) -> None:
        """One resident; what goes wrong is kept, and the others go on."""
        try:
            async with talking:
                try:
                    await resident.opens()
                finally:
                    await self._has_opened(resident)
            await self._all_of_its_car(resident)
            await asyncio.sleep(resident.story.wait)
            async with paying:
                await resident.pays()
            self._paid += resident.story.kind != "unpaid"
        except AssertionError as exc:
            self.failed.append(f"{resident.story.name} {resident.order}: {exc}")
        finally:
            self._living -= 1

    async def _has_opened(self, resident: Resident) -> None:
        async with self._news:
            self._opened[resident.story.car].add(resident.story.number)
            self._news.notify_all()

    async def _all_of_its_car(self, resident: Resident) -> None:
        """Wait until whoever pays the same fine has an order too: nobody is offered a fine that is paid."""
        car = resident.story.car
        same = sum(story.car == car for story in self.plan.stories)
        async with self._news:
            await self._news.wait_for(lambda: len(self._opened[car]) == same)

    async def _kill(self, kills: Iterable[Kill]) -> None:
        for kill in kills:
            while self._paid < kill.after and self._living:
                await asyncio.sleep(0.02)
            await asyncio.sleep(kill.pause)
            while self._living and not self.town.kill(kill.part):
                await asyncio.sleep(0.1)  # it is dead already: again when it is back
            self.killed[kill.part] += bool(self._living)

    async def _worsen(self) -> None:
        for fault in POLICE:
            await self.town.control("POST", "/faults", {"system": "traffic-police", "city": CITY, **fault})
        for method, fault in GATEWAY:
            await self.town.control("POST", "/faults", {"system": "alipay", "query": {"method": method}, **fault})

    async def _settle(self) -> None:
        """Wait until nothing is under way. Only for waiting: what is right is judged by what others have on record."""
        async with asyncio.timeout(SETTLE_SECONDS):
            while await self._ask(UNSETTLED) != [(0,)]:
                await asyncio.sleep(0.5)

    async def sources(self) -> dict[str, int]:
        """By what orders became paid."""
        return {str(source): int(many) for source, many in await self._ask(SOURCES)}

    async def _ask(self, query: str) -> Sequence[tuple[Any, ...]]:
        async with await psycopg.AsyncConnection.connect(self.town.product.state["urls"]["database"]) as connection:
            return await (await connection.execute(query)).fetchall()

    async def _clerk(self) -> None:
        """A clerk pays back one order of each kind that was booked."""
        listed = parsed(await self.town.desk("payments", "list", "--limit", "100000", "--json"))["orders"]
        booked = {one["order"] for one in listed if one["status"] == "booked"}
        for kind in ("one", "two", "partly"):
            order = next((one.order for one in self.residents if one.story.kind == kind and one.order in booked), None)
            if order is not None:
                answer = parsed(await self.town.desk("payments", "refund", order, "--reason", "withdrawn", "--json"))
                self.clerk_refunded[order] = answer["amount"]
        await self._settle()

    async def _reconcile(self, bills: list[dict[str, Any]]) -> None:
        """Let two days pass at Alipay, and compare the bill of every day on which money was moved until then."""
        trades = (await self.town.control("GET", "/alipay/trades"))["trades"]
        moments = [trade["paid_at"] for trade in trades if trade["paid_at"]]
        moments += [refund["at"] for trade in trades for refund in trade["refunds"]]
        ahead = (await self.town.control("GET", "/alipay/clock"))["ahead_seconds"] + TWO_DAYS
        await self.town.control("PUT", "/alipay/clock", {"factor": FACTOR, "ahead_seconds": ahead})
        for day in sorted({datetime.fromisoformat(at).date().isoformat() for at in moments}):
            done = await self.town.desk("payments", "reconcile", "--day", day, "--json")
            bills.append({**parsed(done), "code": done.code})

    async def _hear(self) -> None:
        for resident in self.residents:
            if resident.caller is not None:
                await resident.listens()

    async def _timed(self, what: str, work: Any) -> None:
        began = time.monotonic()
        await work
        self.seconds[what] = round(time.monotonic() - began, 1)
