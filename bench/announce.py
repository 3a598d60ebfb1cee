"""`announce`: how fast an announcement goes to all subscribers, and how long residents wait for a reply meanwhile.

Bulk goes by text message, through a gateway that takes as much as it is given; residents write on Telegram. Both go
through the same outbox, worker and store. A reply is timed from the webhook's post to the reply's arrival at the
platform. Idle and bulk alternate in pairs, so that what else the machine does hits both; the figure is the median of
the pairs' ratios. Beside replies one is cancelled, and one corrected, in its middle: until the last message of the one
arrives, and the first of the other. Then nobody writes (`bench.bulk`): the send alone, with another agency's hundred
and an alert in its middle; and one while workers are killed, after which each must have been told once.
"""

import asyncio
import shutil
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count, cycle
from pathlib import Path
from statistics import median
from typing import Any

from aiohttp import ClientSession, ClientTimeout
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from bench import platform_stub, product
from bench.audiences import Counting, bring_list
from bench.bulk import WORKERS, Bulk
from bench.crowd import Crowd
from bench.figures import percentile
from bench.ground import OurModel, Tell
from bench.machine import machine
from bench.platform_stub import Stub
from bench.product import Product
from desk.accounts.register import Register
from desk.accounts.rows import AccountRow
from desk.announcements.content import Draft, Kind, Schedule, State, Urgency
from desk.announcements.service import Announcements
from desk.city.files import City, load_cities
from desk.city.topics import load_topics
from desk.contract.errors import DeskError
from desk.contract.staff import Permission, system
from desk.contract.wire import LOCALES, Locale
from desk.platforms.loading import load_channels
from desk.store.database import create_engine, transaction
from desk.texts.catalogs import Catalogs
from values.lexicon import lexicon

SIZE, PAIRS, TURNS = 100_000, 5, 150
RATE = 10_000.0  # messages a second of the gateway's account, as many as one may have: no bound
EVERY_SECONDS = 0.15  # residents write at this pace, whether or not the one before was answered
RESIDENTS = 60  # in turn, so that none is paced
FIRST = 10_000_000
OTHERS, OTHERS_FIRST = 100, 90_000_000  # who follow what another agency announces
ALERTED, ALERTED_FIRST = 10_000, 95_000_000  # whom an alert is for
PUBLISHED = {"GOV.UK Notify, as published": 360.0, "Postman.gov.sg, as published": 757.0}
"""Messages a second that others say they send (their own documents, other machines)."""
REPLY_SECONDS = 60.0
CHANNEL, SLUG, SECRET = "telegram", "bench_telegram", "b" * 40
GATEWAY = {"gateway": "https://gateway.invalid", "signing_key": "b" * 40, "sign": "\u653f\u5e9c", "at_once": "500"}
_WORDS = lexicon(__file__)
LINES = _WORDS["lines"]
EDITOR = system("bench", Permission.ANNOUNCEMENT_PUBLISH, Permission.ANNOUNCEMENT_WITHDRAW)
APPROVER = system("bench_approver", Permission.ANNOUNCEMENT_READ, Permission.ANNOUNCEMENT_APPROVE)
DRAFT: tuple[Mapping[Locale, str], Mapping[Locale, str]] = (
    {one: said for one in LOCALES if (said := _WORDS.by_name("titles").get(one))},
    {one: said for one in LOCALES if (said := _WORDS.by_name("texts").get(one))},
)

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
    topics: tuple[str, str, str]  # of the bulk, of another agency, of alerts
    half: str  # a topic that every second one follows
    service: str  # that every second one used
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

    async def publish(self, **changes: Any) -> int:
        """Announce to all subscribers, or to whom the changes say."""
        titles, texts = DRAFT
        values = {
            "city": self.account.city,
            "agency": self.room.cities[self.account.city].agencies[0].slug,
            "topic": self.topics[0],
            "titles": titles,
            "texts": texts,
            "schedule": Schedule(quiet=False),
        }
        draft = Draft.model_validate({**values, **changes})
        number = await self.room.publish(EDITOR, draft)
        row = await self.room.find(APPROVER, number)
        if row.state is State.PENDING:  # a hundred residents need no second person
            await self.room.approve(APPROVER, number, row.version, draft.languages)
        return number

    async def cancel(self, number: int) -> None:
        """Cancel an announcement that is being told."""
        await self.room.cancel(EDITOR, number, "the bench is over")

    async def correct(self, number: int) -> int:
        """Write the correction of one, and hand it to those who approve; answers its number."""
        wrong = await self.room.find(EDITOR, number)
        row = await self.room.correct(EDITOR, number, wrong.draft)
        return (await self.room.submit(EDITOR, row.id, to_another=True)).id

    async def approve(self, number: int) -> None:
        """Let one go that waits for another person."""
        row = await self.room.find(APPROVER, number)
        await self.room.approve(APPROVER, number, row.version, row.draft.languages)

    async def stop(self, number: int) -> None:
        """End a bulk send: what was not told is not, what waits is dropped."""
        if (await self.room.find(APPROVER, number)).state is State.SENDING:  # else all were told within the pair
            await self.cancel(number)
        await self.rest()

    async def rest(self) -> None:
        """Drop what waits, until nothing is told any more."""
        while await self._left():
            async with transaction(self.engine) as connection:
                await connection.execute(DROP)
            await asyncio.sleep(0.2)

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
    ours: OurModel, tell: Tell, *, size: int = SIZE, pairs: int = PAIRS, turns: int = TURNS
) -> dict[str, Any]:
    """Measure, and answer the result's document.

    Raises:
        StartError: the product does not come up.
        AnnounceError: a reply did not come.
        BulkError: a subscriber was not told exactly once.
    """
    async with street_of(ours, tell, size) as (street, crowds):
        measured: list[Pair] = []
        tell.step(f"{pairs} pairs of {turns} replies, idle and beside {size:,} messages")
        for number in range(pairs):
            idle = await street.replies(turns)
            street.stub.moved.clear()
            announcement = await street.publish()
            await street.stub.moved.wait()
            first, at = street.stub.sent, time.perf_counter()
            bulk = await street.replies(turns)
            rate = (street.stub.sent - first - turns) / (time.perf_counter() - at)
            measured.append(Pair(idle, bulk, rate))
            tell.progress(number + 1, pairs)
            await street.stop(announcement)
        bulk_alone = Bulk(street.ours, street.stub, street.engine, street.publish)
        stopped = await _stopped(bulk_alone, crowds[0], street, turns, tell)
        tell.step("counting audiences")
        counting = Counting(street.room, APPROVER, street.account.city, street.topics[0], street.half, DRAFT)
        counted = await counting.drafts(street.service, await bring_list(street.engine, counting.place, crowds[0]))
        alone, killed = await _alone(bulk_alone, crowds, street, tell)
        counted.append(await counting.correction(bulk_alone.announced))
    return {
        "name": "announce",
        "ours": _side("Citydesk, beside bulk", [pair.bulk for pair in measured])
        | {
            "bulk": f"{size:,}",
            "bulk_per_second": alone["whole"]["per_second"],
            "bulk_beside_turns_per_second": round(median(pair.bulk_per_second for pair in measured), 1),
            "alone": alone,
            "killed": killed,
            **stopped,
            "counted": counted,
        },
        "peer": _side("Citydesk, idle", [pair.idle for pair in measured]) | {"bulk": "none", "bulk_per_second": None},
        "ratio": round(median(pair.ratio for pair in measured), 2),
        "other_peers": [{"name": name, "bulk_per_second": rate} for name, rate in PUBLISHED.items()],
        "machine": machine(ours.load_before),
        "method": {
            "pairs": [round(pair.ratio, 2) for pair in measured],
            "turns": turns,
            "subscribers": size,
            "replies_per_second": round(1 / EVERY_SECONDS, 1),
            "told_exactly_once": True,
        },
    }


async def _stopped(
    bulk: Bulk, subscribers: range, street: Street, turns: int, tell: Tell
) -> dict[str, dict[str, float]]:
    """What becomes of a send that is cancelled, and of one that is corrected, while residents write."""
    tell.step(f"cancelling, and correcting, what goes to {len(subscribers):,}")
    found = dict[str, dict[str, float]]()
    phases: dict[str, Callable[[], Awaitable[dict[str, float]]]] = {
        "cancelled": lambda: bulk.cancelled(subscribers, street.cancel),
        "corrected": lambda: bulk.corrected(subscribers, street.correct, street.approve, street.stop),
    }
    for name, phase in phases.items():
        async with asyncio.TaskGroup() as group:
            writing = group.create_task(street.replies(turns))
            found[name] = await phase()
            await writing
    await street.rest()
    return found


async def _alone(
    bulk: Bulk, crowds: Sequence[range], street: Street, tell: Tell
) -> tuple[dict[str, Any], dict[str, Any]]:
    """What is measured while nobody writes: the send alone with others in its middle, and while workers are killed."""
    subscribers, others, alerted = crowds
    tell.step(f"{len(subscribers):,} alone, with another agency's {len(others)} and an alert in the middle")
    agency, (_, other, alert) = street.room.cities[street.account.city].agencies[1].slug, street.topics
    async with asyncio.TaskGroup() as group:
        whole = group.create_task(bulk.whole(subscribers, tell, kills=False))
        street.stub.moved.clear()
        await street.stub.moved.wait()
        hundred = await bulk.beside(others, agency=agency, topic=other)
        urgent = await bulk.beside(alerted, agency=agency, topic=alert, kind=Kind.ALERT, urgency=Urgency.URGENT)
    tell.step(f"{len(subscribers):,} while workers are killed")
    killed = await bulk.whole(subscribers, tell, kills=True)
    return {"whole": whole.result(), "another_agency": hundred, "alert": {"to": len(alerted), **urgent}}, killed


def _side(name: str, rounds: list[list[float]]) -> dict[str, Any]:
    every = [seconds * 1000 for one in rounds for seconds in one]
    return {
        "name": name,
        "p50_ms": round(percentile(every, 0.5), 1),
        "p95_ms": round(median(percentile(one, 0.95) for one in rounds) * 1000, 1),
        "replies": len(every),
        "rounds": [round(percentile(one, 0.95) * 1000, 1) for one in rounds],
    }


@contextmanager
def awake(root: Path, city: City) -> Iterator[Path]:
    """A root like `root`, in whose city text messages are sent at this hour: else nobody is told before the morning."""
    with tempfile.TemporaryDirectory(prefix="citydesk-bench-root-") as folder:
        for path in root.iterdir():
            if path.name not in ("cities", ".desk"):
                (Path(folder) / path.name).symlink_to(path)
        shutil.copytree(root / "cities", Path(folder) / "cities")
        now = city.local(datetime.now(UTC))
        begins, ends = (f"{now + timedelta(hours=12, minutes=minutes):%H:%M}" for minutes in (0, 1))
        quiet = f"\nannouncing: {{channels: {{sms: {{quiet: {{begins: '{begins}', ends: '{ends}'}}}}}}}}\n"
        path = Path(folder) / "cities" / f"{city.slug}.yml"
        path.write_text(path.read_text(encoding="utf-8") + quiet, encoding="utf-8")
        yield Path(folder)


@asynccontextmanager
async def street_of(ours: OurModel, tell: Tell, size: int) -> AsyncIterator[tuple[Street, tuple[range, range, range]]]:
    """A running product with its platforms, and who follows what: the bulk's, another agency's, the alerts' topic.

    Raises:
        StartError: the product does not come up.
    """
    tell.step("starting Citydesk")
    city = next(iter(load_cities(ours.root / "cities").values()))
    with awake(ours.root, city) as root:
        async with _street(ours, root, tell, size) as found:
            yield found


@asynccontextmanager
async def _street(
    ours: OurModel, root: Path, tell: Tell, size: int
) -> AsyncIterator[tuple[Street, tuple[range, range, range]]]:
    cities, topics = load_cities(root / "cities"), load_topics(root / "cities")
    city, (topic, other, alert, half) = next(iter(cities.values())), list(topics)[:4]
    used = next(iter(city.services))
    async with (
        platform_stub.listening() as stub,
        product.started(root, ours.model.parent, workers=len(WORKERS)) as running,
        ClientSession(timeout=ClientTimeout(total=30)) as http,
    ):
        urls = running.state.urls
        keys, vault = product.secrets_of(Path(running.data_dir))
        engine = create_engine(urls["database"], pool_size=4, vault=vault)
        try:
            register = Register(engine, keys, load_channels(), running.url)
            secrets = {"token": f"1:{'t' * 35}", "webhook_secret": SECRET}
            where: Any = {"city": city.slug, "agency": city.agencies[0].slug}
            await register.add(channel=CHANNEL, slug=SLUG, **where, secrets=secrets, base_url=stub.url)
            account = await register.find(SLUG)
            await register.add(
                channel="sms",
                slug="bench_sms",
                **where,
                secrets=GATEWAY,
                platform_id="106900000000",
                base_url=f"{stub.url}/sms",
                rate=RATE,
            )
            gateway = await register.find("bench_sms")
            tell.step(f"entering {size:,} subscribers")
            crowds = (
                await Crowd(engine, keys, gateway, topic, half=half, around=city.middle, used=used).enter(size),
                await Crowd(engine, keys, gateway, other, OTHERS_FIRST).enter(OTHERS),
                await Crowd(engine, keys, gateway, alert, ALERTED_FIRST).enter(min(ALERTED, size)),
            )
            catalogs = Catalogs(ours.root / "locales")
            # An audience may name the channels of the city's file; the gateway came only now.
            texts = city.accounts[0].model_copy(update={"channel": gateway.channel, "slug": gateway.slug})
            known = {**cities, city.slug: city.model_copy(update={"accounts": [*city.accounts, texts]})}
            room = Announcements(engine, catalogs, known, topics, lambda: datetime.now(UTC))
            street = Street(running, stub, engine, room, account, (topic, other, alert), half, used, http)
            tell.step("warming up")
            await street.replies(RESIDENTS)
            await asyncio.sleep(3.0)  # greetings that came before answers have gone out
            await street.replies(RESIDENTS)
            yield street, crowds
        finally:
            await engine.dispose()
