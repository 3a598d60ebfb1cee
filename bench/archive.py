"""What a city's archive of announcements costs that has grown: its pages, searches and feeds, each as the web asks.

Run: python -m bench.archive [how many]
"""

import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
from sqlalchemy.ext.asyncio import AsyncConnection

from bench.figures import percentile
from bench.machine import load, machine
from desk.announcements.feeds import archive
from desk.announcements.feeds.archive import Wanted
from desk.store.database import create_engine
from desk.store.migrations import upgrade
from tools.engines.postgres import Postgres
from values.lexicon import lexicon

SIZE, TIMES = 100_000, 30
CITY, ZONE = "bench", ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
APART = timedelta(minutes=50)  # a hundred thousand in some ten years
TOPICS = ("water", "power", "gas", "traffic", "transit", "weather", "health", "government")
_WORDS = lexicon(__file__)
STREETS, WHAT, LOOKED_FOR = _WORDS["streets"], _WORDS["what"], _WORDS.by_name("looked_for")
COLUMNS = "city, agency, topic, districts, titles, texts, published_by, published_at, until, state, created_by"


def rows(size: int) -> Iterator[tuple[Any, ...]]:
    """Announcements, the newest first; every hundredth still holds."""
    for number in range(1, size + 1):
        street, other, third = (STREETS[(number * step) % len(STREETS)] for step in (7, 11, 13))
        words = {"street": street, "other": other, "third": third, "what": WHAT[number % len(WHAT)], "number": number}
        moment = {"month": number % 12 + 1, "day": number % 28 + 1, "hour": number % 24, "end": number + 60}
        titles = {"zh_Hans": _WORDS.text("title").format(**words), "en": f"Works in Wensan Road, number {number}"}
        english = f"Between numbers {number} and {number + 60}, from {number % 24}:00 to 6 am. Please be prepared."
        texts = {"zh_Hans": _WORDS.text("text").format(**words, **moment), "en": english}
        at = NOW - number * APART
        until = NOW + timedelta(days=9) if number % 100 == 0 else at + timedelta(days=2)
        about = (TOPICS[number % len(TOPICS)], [f"district_{number % 13}"])
        yield (
            CITY,
            f"agency_{number % 40}",
            *about,
            json.dumps(titles),
            json.dumps(texts),
            "b",
            at,
            until,
            "done",
            "b",
        )


async def fill(url: str, size: int) -> None:
    """Fill the store, as it stands after its first night."""
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        async with connection.cursor() as cursor, cursor.copy(f"COPY announcements ({COLUMNS}) FROM STDIN") as copy:
            for row in rows(size):
                await copy.write_row(row)
        await connection.execute("VACUUM ANALYZE announcements")


def asked() -> dict[str, Callable[[AsyncConnection], Awaitable[Any]]]:
    """What is measured, by its name."""

    def page(wanted: Wanted) -> Callable[[AsyncConnection], Awaitable[Any]]:
        return lambda connection: archive.page(connection, CITY, wanted, ZONE, NOW, 21)

    narrowed = {
        "first_page": Wanted(),
        "page_a_thousand_back": Wanted(beyond=20_000),
        "topic": Wanted(topic="gas"),
        "district": Wanted(district="district_5"),
        "agency": Wanted(agency="agency_7"),
        "topic_that_nobody_has": Wanted(topic="jobs"),
        "oldest_month": Wanted(month=(2017, 8)),
        "topic_agency_and_words": Wanted(topic="water", agency="agency_0", words=LOOKED_FOR["street"]),
    }
    searched = {f"search_{name}": Wanted(words=words) for name, words in LOOKED_FOR.items()}
    return {
        **{name: page(wanted) for name, wanted in (narrowed | searched).items()},
        "timeline": lambda connection: archive.in_force(connection, CITY, NOW, 5),
        "feed": lambda connection: archive.recent(connection, CITY, None, NOW),
        "feed_of_a_topic": lambda connection: archive.recent(connection, CITY, "gas", NOW),
        "calendar": lambda connection: archive.dated(connection, CITY, None, NOW),
        "changed": lambda connection: archive.changed_at(connection, CITY, None, NOW),
    }


async def measure(size: int) -> dict[str, Any]:
    """Fill a store of its own and ask everything, in turns."""
    load_before = load()
    with tempfile.TemporaryDirectory(prefix="citydesk-bench-") as folder:
        await asyncio.to_thread(Path(folder).chmod, 0o755)  # as root PostgreSQL runs as nobody
        async with Postgres(Path(folder) / "postgres") as postgres:
            await asyncio.to_thread(upgrade, postgres.url)
            began = time.perf_counter()
            await fill(postgres.url, size)
            filled = time.perf_counter() - began
            engine = create_engine(postgres.url, pool_size=1)
            took: dict[str, list[float]] = {}
            found: dict[str, int] = {}
            for number in range(TIMES + 1):
                for name, ask in asked().items():
                    async with engine.connect() as connection:
                        began = time.perf_counter()
                        answer = await ask(connection)
                        seconds = time.perf_counter() - began
                    if number:  # the first one warms up
                        took.setdefault(name, []).append(seconds * 1000)
                    found[name] = len(answer) if isinstance(answer, list) else 1
            await engine.dispose()
    figures = {
        name: {"p50_ms": round(percentile(one, 0.5), 1), "max_ms": round(max(one), 1), "found": found[name]}
        for name, one in took.items()
    }
    return {
        "name": "archive",
        "announcements": size,
        "filled_per_second": round(size / filled),
        "asked": figures,
        "machine": machine(load_before),
    }


if __name__ == "__main__":
    print(json.dumps(asyncio.run(measure(int(sys.argv[1]) if len(sys.argv) > 1 else SIZE)), indent=1))
