"""`day`: a day at the counter, replayed: residents who ask for a person, clerks at the console, processes that die.

Five hundred conversations an hour come as fast as the machine takes them. Everybody goes by their real entries: the
public chat API and the console's forms. Meanwhile processes are killed (SIGKILL), and the supervisor starts them again.
At the end all that residents saw and all that the store holds is looked at; anything wrong is an error, not a figure.
"""

import asyncio
import os
import signal
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from functools import partial
from itertools import cycle
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

from aiohttp import ClientError, ClientSession, ClientTimeout
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from bench import day_check, product
from bench.day_clerks import Clerk, Ledger, until
from bench.day_residents import LOCALE, Resident
from bench.ground import OurModel, Tell
from bench.machine import machine
from bench.product import Product
from bench.staff import browser, hire
from desk.city.files import City, load_cities
from desk.contract.errors import DeskError
from desk.contract.staff import Grant, Role
from desk.http.sockets import LOOPBACK
from desk.store.database import create_engine
from desk.web.client import ChatClient, ChatUnreachable

PER_HOUR = 500
HOURS, CLERKS, SEED = 2.0, 20, 2026
AT_ONCE = 30  # residents who are there at the same time
KILL_EVERY_SECONDS = 30.0
MORTAL = ("worker", "serve", "worker", "serve", "bot", "actions")
"""What is killed, in turn; the supervisor starts it again."""
STAY = 5  # residents who come when the clerks have gone: their tickets wait
DEAD_SECONDS = 1.0  # until whoever is killed is surely gone
LEAVING_SECONDS = 600.0  # so long may what is left at the end of the day take
BACK_SECONDS = 60.0  # until somebody who looks once more has seen everything
SHOWN = 40  # faults in an error

BEFORE = text("SELECT coalesce(max(id), 0) FROM tickets")
LIVE = text("SELECT count(*) FROM tickets WHERE state IN ('open', 'claimed') AND id > :before")
ANSWERS = text("""
    SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY first.at - opened.at) FROM ticket_events AS opened
    JOIN LATERAL (SELECT at FROM ticket_events WHERE ticket_id = opened.ticket_id AND kind = 'answered'
                  ORDER BY id LIMIT 1) AS first ON true
    WHERE opened.kind = 'opened'
""")


class DayError(DeskError):
    """Something went wrong in the day: it was lost, doubled, out of order, or said by who may not speak."""


@dataclass(frozen=True)
class Plan:
    """What happens. `city` is where residents are, with its agencies."""

    conversations: int
    clerks: int
    city: City
    seed: int = SEED
    at_once: int = AT_ONCE
    kill_every: float = KILL_EVERY_SECONDS
    mortal: Sequence[str] = MORTAL
    stay: int = STAY


@dataclass
class Day:
    """A day at a running product."""

    ours: Product
    engine: AsyncEngine
    cities: Mapping[str, City]
    plan: Plan
    tell: Tell
    ledger: Ledger = field(default_factory=Ledger)
    residents: list[Resident] = field(default_factory=list)
    killed: Counter[str] = field(default_factory=Counter)
    before: int = 0  # the newest ticket that there was when the day began
    leaving: AsyncExitStack = field(default_factory=AsyncExitStack)

    async def pass_by(self, keys: Any) -> dict[str, Any]:
        """Let the day pass, and look at it. Answers what happened.

        Raises:
            DayError: something went wrong.
        """
        plan, began = self.plan, time.monotonic()
        async with self.engine.connect() as connection:  # what was left by others is not this day's
            self.before = (await connection.execute(BEFORE)).scalar_one()
        logins = [f"clerk{number}" for number in range(plan.clerks)]
        hired = await hire(self.engine, keys, {login: (Grant(Role.CLERK, plan.city.slug),) for login in logins})
        closing = asyncio.Event()
        async with AsyncExitStack() as stack:
            clerks = []
            for number, login in enumerate(logins):
                at = await stack.enter_async_context(browser(self.ours.url, hired[login]))
                others = [one for one in logins if one != login] or logins
                agencies = [one.slug for one in plan.city.agencies]
                clerks.append(Clerk(login, at, Random(f"{plan.seed} {number}"), self.ledger, others, agencies))
            self.tell.step(f"{plan.conversations:,} conversations, {plan.clerks} clerks")
            async with asyncio.TaskGroup() as group:
                for clerk in clerks:
                    group.create_task(clerk.work(closing))
                killing = group.create_task(self._kill())
                try:
                    await self._everybody(plan.conversations)
                    killing.cancel()
                    await self._nothing_is_left()
                finally:
                    killing.cancel()
                    closing.set()
        seconds = time.monotonic() - began
        self.tell.step("who comes when the clerks have gone")
        staying = await self._stay()
        await self._come_back()
        faults = [fault for one in self.residents for fault in day_check.of_resident(one, self.ledger)]
        faults += await day_check.of_store(
            self.engine, self.cities, self.residents, self.ledger, staying, before=self.before
        )
        if faults:
            raise DayError(f"{len(faults)} faults:\n" + "\n".join(faults[:SHOWN]))
        return await self._told(seconds)

    async def _everybody(self, count: int) -> None:
        """Let residents come, so many at a time, each with a stream of their own."""
        slots, done = asyncio.Semaphore(self.plan.at_once), 0

        async def come(number: int) -> None:
            nonlocal done
            try:
                await self._visit(number)
            finally:
                slots.release()
            done += 1
            self.tell.progress(done, count)

        async with asyncio.TaskGroup() as group:
            for number in range(count):
                await slots.acquire()
                group.create_task(come(number))

    async def _visit(self, number: int, *, stays: bool = False) -> None:
        client = ChatClient(self.ours.url)
        self.leaving.push_async_exit(client)
        one = Resident(number, client, Random(f"{self.plan.seed} resident {number}"))
        self.residents.append(one)
        while not one.session:
            with suppress(ChatUnreachable):
                one.session = (await client.open(self.plan.city.slug, LOCALE)).session
        async with one.listening():
            await (one.wait_in_vain() if stays else one.live())

    async def _come_back(self) -> None:
        """Let everybody look once more: also at what was said when they had left."""
        slots = asyncio.Semaphore(self.plan.at_once)

        async def look(one: Resident) -> None:
            async with slots:
                async with self.engine.connect() as connection:
                    about = {"id": UUID(one.session)}
                    last = (await connection.execute(day_check.STREAM, about)).scalar_one()
                with suppress(TimeoutError):  # what is missing then is found by the checks
                    async with one.listening(), asyncio.timeout(BACK_SECONDS):
                        await one.until(lambda: one.heard[-1]["seq"] >= last)

        async with asyncio.TaskGroup() as group:
            for one in self.residents:
                group.create_task(look(one))

    async def _stay(self) -> int:
        """Residents who ask for a person when nobody is there: their tickets wait."""
        count = self.plan.stay
        async with asyncio.TaskGroup() as group:
            for number in range(count):
                group.create_task(self._visit(len(self.residents) + 1_000_000 + number, stays=True))
        return count

    async def _nothing_is_left(self) -> None:
        """Wait until the clerks have ended every ticket, also those that lie beside conversations.

        Raises:
            DayError: some are left after `LEAVING_SECONDS`.
        """
        try:
            async with asyncio.timeout(LEAVING_SECONDS):
                await until(self._is_desk_empty, each_seconds=0.5)
        except TimeoutError:
            raise DayError("Tickets are left at the end of the day that nobody ends.") from None

    async def _is_desk_empty(self) -> bool:
        async with self.engine.connect() as connection:
            return not (await connection.execute(LIVE, {"before": self.before})).scalar_one()

    async def _kill(self) -> None:
        """Kill one process after the other, each when all that were killed before are back, until cancelled."""
        async with ClientSession(timeout=ClientTimeout(total=2)) as http:
            for name in cycle(self.plan.mortal):
                await asyncio.sleep(self.plan.kill_every)
                os.kill(self.ours.pid(name), signal.SIGKILL)
                self.killed[name] += 1
                await asyncio.sleep(DEAD_SECONDS)
                await until(partial(self._is_whole, http), each_seconds=0.3)

    async def _is_whole(self, http: ClientSession) -> bool:
        """Whether every part answers."""
        state = self.ours.state
        urls = [f"http://{LOOPBACK}:{state.ports['worker']}/health", f"{state.urls['serve_health']}/readyz/intake"]
        urls += [f"{state.urls[f'{name}_health']}/health" for name in ("bot", "actions")]
        try:
            for url in urls:
                async with http.get(url) as answer:
                    if answer.status != 200:
                        return False
        except (ClientError, TimeoutError):
            return False
        return True

    async def _told(self, seconds: float) -> dict[str, Any]:
        async with self.engine.connect() as connection:
            median_answer = (await connection.execute(ANSWERS)).scalar_one()
        residents, events = self.residents, [event for one in self.residents for event in one.heard]
        return {
            "name": product.NAME,
            "conversations": len(residents),
            "conversations_per_hour": round((len(residents) - self.plan.stay) / seconds * 3600),
            "seconds": round(seconds),
            "clerks": self.plan.clerks,
            "messages": sum(len(one.said) for one in residents),
            "events": len(events),
            "said_across_a_claim": sum(map(across_a_claim, residents)),
            "emergencies_beside_a_clerk": sum(
                event["type"] == "message" and event["message"]["in_reply_to"] in day_check.emergencies_of(one)
                for one in residents
                for event in one.heard
            ),
            "replies": sum(map(len, self.ledger.replies.values())),
            "acts": dict(sorted(self.ledger.acts.items())),
            "refused": dict(sorted(self.ledger.refused.items())),
            "answers_lost": self.ledger.lost,
            "killed": dict(sorted(self.killed.items())),
            "first_answer_median_seconds": round(median_answer.total_seconds(), 1),
            "tickets_left_waiting": self.plan.stay,
            "faults": 0,
        }


def across_a_claim(one: Resident) -> int:
    """How many messages of a resident were accepted before a clerk's claim was seen, and their turn ended after it."""
    claimed = [
        event["seq"] for event in one.heard if event["type"] == "ticket" and event["ticket"]["state"] == "claimed"
    ]
    return sum(
        one.accepted_at.get(event["in_reply_to"], event["seq"]) < seq < event["seq"]
        for event in one.heard
        if event["type"] == "turn_done"
        for seq in claimed[:1]
    )


async def measure(
    ours: OurModel, tell: Tell, *, hours: float = HOURS, clerks: int = CLERKS, seed: int = SEED, at_once: int = AT_ONCE
) -> dict[str, Any]:
    """Replay so many hours of a day, and answer the result's document.

    Raises:
        StartError: the product does not come up.
        DayError: something went wrong.
    """
    cities = load_cities(ours.root / "cities")
    first = next(iter(sorted(one.name for one in (ours.root / "sandbox" / "data").iterdir() if one.name in cities)))
    plan = Plan(round(hours * PER_HOUR), clerks, cities[first], seed, at_once)
    tell.step("starting Citydesk")
    async with product.started(ours.root, ours.model.parent) as running:
        found = await replay(running, cities, plan, tell)
    per_hour = found["conversations_per_hour"]
    return {
        "name": "day",
        "ours": found,
        "peer": {"name": "the day that is replayed", "conversations_per_hour": PER_HOUR},
        "ratio": round(per_hour / PER_HOUR, 2),
        "other_peers": [],
        "machine": machine(ours.load_before),
        "method": {"hours": hours, "seed": seed, "at_once": at_once, "kill_every_seconds": plan.kill_every},
    }


async def replay(running: Product, cities: Mapping[str, City], plan: Plan, tell: Tell) -> dict[str, Any]:
    """Let a day pass at a product that runs. Answers what happened.

    Raises:
        DayError: something went wrong.
    """
    keys, vault = product.secrets_of(Path(running.data_dir))
    engine = create_engine(running.state.urls["database"], pool_size=3, vault=vault, idle_in_transaction_seconds=120)
    try:
        passing = Day(running, engine, cities, plan, tell)
        async with passing.leaving:
            return await passing.pass_by(keys)
    finally:
        await engine.dispose()
