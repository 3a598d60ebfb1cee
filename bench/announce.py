"""`announce`: how long residents wait for a reply while an announcement goes to all subscribers, against idle.

Both are residents of one account: its bulk and its replies go through the same outbox, worker and store. A reply is
timed from the webhook's post to the reply's arrival at the platform. Idle and bulk alternate in pairs, so that what
else the machine does hits both; the figure is the median of the pairs' ratios.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count, cycle
from pathlib import Path
from statistics import median
from typing import Any

from aiohttp import ClientSession, ClientTimeout
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from bench import platform_stub, product
from bench.crowd import Crowd
from bench.figures import percentile
from bench.ground import OurModel, Tell
from bench.machine import machine
from bench.platform_stub import Stub
from bench.product import Product
from desk.accounts.register import Register
from desk.accounts.rows import AccountRow
from desk.announcements.content import Draft, Schedule
from desk.announcements.service import Announcements
from desk.city.files import load_cities
from desk.city.topics import load_topics
from desk.contract.errors import DeskError
from desk.contract.staff import Permission, system
from desk.platforms.loading import load_channels
from desk.store.database import create_engine, transaction
from desk.texts.catalogs import Catalogs
from values.lexicon import lexicon

SIZE, PAIRS, TURNS = 100_000, 5, 150
RATE = 1_000.0  # calls a second that the platform takes: bulk goes as fast as the desk can
EVERY_SECONDS = 0.15  # residents write at this pace, whether or not the one before was answered
RESIDENTS = 60  # in turn, so that none is paced
FIRST = 10_000_000
REPLY_SECONDS = 60.0
CHANNEL, SLUG, SECRET = "telegram", "bench_telegram", "b" * 40
_WORDS = lexicon(__file__)
LINES = _WORDS["lines"]
EDITOR = system("bench", Permission.ANNOUNCEMENT_PUBLISH, Permission.ANNOUNCEMENT_WITHDRAW)
APPROVER = system("bench_approver", Permission.ANNOUNCEMENT_READ, Permission.ANNOUNCEMENT_APPROVE)
DRAFT = (_WORDS.by_name("titles"), _WORDS.by_name("texts"))

LEFT = text("""
    SELECT (SELECT count(*) FROM announcement_sends WHERE state = 'going')
         + (SELECT count(*) FROM deliveries WHERE lane = 1 AND state IN ('waiting', 'sending'))
""")
DROP = text("UPDATE deliveries SET state = 'dropped', ended_at = now() WHERE lane = 1 AND state = 'waiting'")


class AnnounceError(DeskError):
    """A reply did not come, or a subscriber was not told exactly once."""


@dataclass
class Street:
    """What the bench works on."""

    ours: Product
    stub: Stub
    engine: AsyncEngine
    room: Announcements
    account: AccountRow
    topic: str
    http: ClientSession
    numbers: Any = field(default_factory=lambda: count(1))

    async def replies(self, turns: int) -> list[float]:
        """Let residents write at their pace; seconds until each was answered."""
        residents, lines, waits = cycle(range(FIRST, FIRST + RESIDENTS)), cycle(LINES), []
        async with asyncio.TaskGroup() as group:
            for _ in range(turns):
                line = next(lines).format(n=next(self.numbers))
                waits.append(group.create_task(self.reply(next(residents), line)))
                await asyncio.sleep(EVERY_SECONDS)
        return [wait.result() for wait in waits]

    async def reply(self, resident: int, line: str) -> float:
        """One turn: from the webhook's post to the reply's arrival.

        Raises:
            AnnounceError: it did not come.
        """
        arrives, number = self.stub.expect(resident), next(self.numbers)
        chat = {"id": resident, "type": "private"}
        who = {"id": resident, "is_bot": False, "first_name": "R", "language_code": "zh-hans"}
        message = {"message_id": number, "date": int(time.time()), "chat": chat, "from": who, "text": line}
        began = time.perf_counter()
        headers = {"X-Telegram-Bot-Api-Secret-Token": SECRET}
        url = f"{self.ours.url}/channels/{CHANNEL}/{SLUG}"
        update = {"update_id": number, "message": message}
        async with self.http.post(url, json=update, headers=headers, raise_for_status=True):
            pass
        try:
            async with asyncio.timeout(REPLY_SECONDS):
                return await arrives - began
        except TimeoutError as exc:
            raise AnnounceError(f"A reply did not come within {REPLY_SECONDS:g} s.") from exc

    async def publish(self) -> int:
        """Announce to all subscribers."""
        titles, texts = DRAFT
        agency = self.room.cities[self.account.city].agencies[0].slug
        draft = Draft(
            city=self.account.city,
            agency=agency,
            topic=self.topic,
            titles=titles,
            texts=texts,
            schedule=Schedule(quiet=False),
        )
        number = await self.room.publish(EDITOR, draft)
        await self.room.approve(APPROVER, number, 1, draft.languages)
        return number

    async def stop(self, number: int) -> None:
        """End a bulk send: what was not told is not, what waits is dropped."""
        await self.room.cancel(EDITOR, number, "the pair is over")
        while await self._left():
            async with transaction(self.engine) as connection:
                await connection.execute(DROP)
            await asyncio.sleep(0.2)

    async def ended(self, subscribers: range, before: dict[int, int], tell: Tell) -> None:
        """Wait until a bulk send is over, and check that each subscriber was told once.

        Raises:
            AnnounceError: somebody was not, or twice.
        """
        while await self._left():
            told = sum(self.stub.arrivals[one] - before[one] for one in subscribers)
            tell.progress(told, len(subscribers))
            await asyncio.sleep(1.0)
        wrong = sum(self.stub.arrivals[one] - before[one] != 1 for one in subscribers)
        if wrong:
            raise AnnounceError(f"{wrong} of {len(subscribers)} subscribers were not told exactly once.")

    async def _left(self) -> int:
        async with self.engine.connect() as connection:
            return int((await connection.execute(LEFT)).scalar_one())


@dataclass(frozen=True)
class Pair:
    """One pair: seconds of each reply, and how fast the bulk went meanwhile."""

    idle: list[float]
    bulk: list[float]
    bulk_per_second: float

    @property
    def ratio(self) -> float:
        return percentile(self.bulk, 0.95) / percentile(self.idle, 0.95)


async def measure(
    ours: OurModel, tell: Tell, *, size: int = SIZE, pairs: int = PAIRS, turns: int = TURNS, to_the_end: bool = False
) -> dict[str, Any]:
    """Measure, and answer the result's document.

    Raises:
        StartError: the product does not come up.
        AnnounceError: a reply did not come, or (`to_the_end`) a subscriber was not told exactly once.
    """
    whole: float | None = None
    async with _street(ours, tell, size) as (street, subscribers):
        measured: list[Pair] = []
        tell.step(f"{pairs} pairs of {turns} replies, idle and beside {size:,} messages")
        for number in range(pairs):
            idle = await street.replies(turns)
            before, began = {one: street.stub.arrivals[one] for one in subscribers}, time.perf_counter()
            street.stub.moved.clear()
            announcement = await street.publish()
            await street.stub.moved.wait()
            first, at = street.stub.sent, time.perf_counter()
            bulk = await street.replies(turns)
            rate = (street.stub.sent - first - turns) / (time.perf_counter() - at)
            measured.append(Pair(idle, bulk, rate))
            tell.progress(number + 1, pairs)
            if to_the_end and number + 1 == pairs:
                tell.step(f"all {size:,}")
                await street.ended(subscribers, before, tell)
                whole = size / (time.perf_counter() - began)
            else:
                await street.stop(announcement)
    return {
        "name": "announce",
        "ours": _side("Citydesk, beside bulk", [pair.bulk for pair in measured])
        | {
            "bulk": f"{size:,}",
            "bulk_per_second": round(median(pair.bulk_per_second for pair in measured), 1),
            "bulk_per_second_whole": whole and round(whole, 1),
        },
        "peer": _side("Citydesk, idle", [pair.idle for pair in measured]) | {"bulk": "none", "bulk_per_second": None},
        "ratio": round(median(pair.ratio for pair in measured), 2),
        "other_peers": [],
        "machine": machine(ours.load_before),
        "method": {
            "pairs": [round(pair.ratio, 2) for pair in measured],
            "turns": turns,
            "subscribers": size,
            "replies_per_second": round(1 / EVERY_SECONDS, 1),
            "told_exactly_once": to_the_end,
        },
    }


def _side(name: str, rounds: list[list[float]]) -> dict[str, Any]:
    every = [seconds * 1000 for one in rounds for seconds in one]
    return {
        "name": name,
        "p50_ms": round(percentile(every, 0.5), 1),
        "p95_ms": round(median(percentile(one, 0.95) for one in rounds) * 1000, 1),
        "replies": len(every),
        "rounds": [round(percentile(one, 0.95) * 1000, 1) for one in rounds],
    }


@asynccontextmanager
async def _street(ours: OurModel, tell: Tell, size: int) -> AsyncIterator[tuple[Street, range]]:
    tell.step("starting Citydesk")
    cities, topics = load_cities(ours.root / "cities"), load_topics(ours.root / "cities")
    city, topic = next(iter(cities.values())), next(iter(topics))
    async with (
        platform_stub.listening() as stub,
        product.started(ours.root, ours.model.parent) as running,
        ClientSession(timeout=ClientTimeout(total=30)) as http,
    ):
        urls = running.state.urls
        keys, vault = product.secrets_of(Path(running.data_dir))
        engine = create_engine(urls["database"], pool_size=4, vault=vault)
        try:
            register = Register(engine, keys, load_channels(), running.url)
            secrets = {"token": f"1:{'t' * 35}", "webhook_secret": SECRET}
            where = {"channel": CHANNEL, "slug": SLUG, "city": city.slug, "agency": city.agencies[0].slug}
            await register.add(**where, secrets=secrets, base_url=stub.url, rate=RATE)
            account = await register.find(SLUG)
            tell.step(f"entering {size:,} subscribers")
            subscribers = await Crowd(engine, keys, account, topic).enter(size)
            catalogs = Catalogs(ours.root / "locales")
            room = Announcements(engine, catalogs, cities, topics, lambda: datetime.now(UTC))
            street = Street(running, stub, engine, room, account, topic, http)
            tell.step("warming up")
            await street.replies(RESIDENTS)
            await asyncio.sleep(3.0)  # greetings that came before answers have gone out
            await street.replies(RESIDENTS)
            yield street, subscribers
        finally:
            await engine.dispose()
