"""A WebSub hub is told when feeds of announcements changed (https://www.w3.org/TR/websub/).

What is to be told follows from the announcements, and until when it was told is kept: nothing that changed while the
hub or a worker was away is lost. The same may be told twice, which does no harm.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from aiohttp import ClientSession
from prometheus_client import Counter
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from desk.announcements import arming
from desk.announcements.feeds.archive import CHANGE, ONCE_PUBLIC
from desk.announcements.feeds.feed import HUBBED, address_of
from desk.city.files import City
from desk.contract.errors import PayloadTooLarge
from desk.platforms.calls import Asked, CallFailed, call
from desk.store.database import transaction
from desk.store.deferring import UPKEEP, defer
from desk.texts.catalogs import LANGUAGE_TAGS

log = structlog.get_logger(__name__)
PINGED = Counter("desk_feed_pings_total", "Times that the WebSub hub was told of changed feeds", ["outcome"])

PING = "publicity.ping"
IN_HAND = timedelta(minutes=1)  # a ping that nobody ended is made again then
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=30), timedelta(hours=6)

LAST = f"""
    SELECT {CHANGE} AS at FROM announcements WHERE announcements.city = known.city AND {ONCE_PUBLIC}
    ORDER BY {CHANGE} DESC LIMIT 1
"""
DUE = text(f"""
    SELECT known.city FROM unnest(CAST(:cities AS text[])) AS known (city)
    LEFT JOIN feed_pings AS ping ON ping.city = known.city CROSS JOIN LATERAL ({LAST}) AS last
    WHERE last.at > coalesce(ping.told_to, '-infinity') AND coalesce(ping.due_at, '-infinity') <= :now
""")
OPEN = text("INSERT INTO feed_pings (city, told_to) VALUES (:city, '-infinity') ON CONFLICT DO NOTHING")
TAKE = text(f"""
    SELECT known.tries, last.at,
           ARRAY(SELECT DISTINCT topic FROM announcements
                 WHERE announcements.city = known.city AND {ONCE_PUBLIC} AND {CHANGE} > known.told_to
                 ORDER BY topic) AS topics
    FROM feed_pings AS known CROSS JOIN LATERAL ({LAST}) AS last
    WHERE known.city = :city AND last.at > known.told_to AND coalesce(known.due_at, '-infinity') <= :now
    FOR UPDATE OF known SKIP LOCKED
""")
MARK = text("UPDATE feed_pings SET due_at = :due_at WHERE city = :city")
TOLD = text("UPDATE feed_pings SET told_to = :told_to, due_at = NULL, tries = 0, why = NULL WHERE city = :city")
FAILED = text("UPDATE feed_pings SET due_at = :due_at, tries = tries + 1, why = :why WHERE city = :city")


@dataclass(frozen=True)
class Pinging:
    """The room for jobs. `public_url` is where residents reach the desk; without a hub nothing is done."""

    engine: AsyncEngine
    http: ClientSession
    cities: Mapping[str, City]
    public_url: str
    hub: str | None
    now: Callable[[], datetime]

    async def queue(self) -> int:
        """Queue a job for each city whose feeds changed; how many. In a store that is not armed none."""
        if self.hub is None:
            return 0
        async with transaction(self.engine) as connection:
            if not await arming.is_armed(connection):
                return 0
            due = await connection.execute(DUE, {"cities": list(self.cities), "now": self.now()})
            cities = list(due.scalars())
            for city in cities:
                await defer(connection, PING, lane=UPKEEP, city=city)
        return len(cities)

    async def ping(self, city: str) -> bool:
        """Tell the hub of the feeds of a city that changed; whether it was told."""
        if self.hub is None or city not in self.cities:
            return False
        now = self.now()
        async with transaction(self.engine) as connection:
            if not await arming.is_armed(connection):
                return False
            await connection.execute(OPEN, {"city": city})
            row = (await connection.execute(TAKE, {"city": city, "now": now})).one_or_none()
            if row is None:
                return False
            await connection.execute(MARK, {"city": city, "due_at": now + IN_HAND})
        why = await self._tell(self.hub, self._addresses(self.cities[city], row.topics))
        PINGED.labels(outcome="told" if why is None else "failed").inc()
        async with transaction(self.engine) as connection:
            if why is None:
                await connection.execute(TOLD, {"city": city, "told_to": row.at})
                return True
            wait = min(FIRST_WAIT * 2 ** min(row.tries, 20), LONGEST_WAIT)
            await connection.execute(FAILED, {"city": city, "due_at": now + wait, "why": why})
        log.warning("hub_not_told", city=city, why=why)
        return False

    def _addresses(self, city: City, topics: Sequence[str]) -> list[str]:
        return [
            address_of(self.public_url, city.slug, form, LANGUAGE_TAGS[language], topic)
            for topic in (None, *topics)
            for language in city.languages
            for form in HUBBED
        ]

    async def _tell(self, hub: str, addresses: Sequence[str]) -> str | None:
        """Tell it of all in one call; None, or why it did not take it."""
        form = [("hub.mode", "publish"), *(("hub.url", address) for address in addresses)]
        try:
            answered = await call(self.http, Asked("POST", hub, form=form))
        except CallFailed as exc:
            return exc.outcome.why
        except PayloadTooLarge:
            return "too long an answer"
        return None if 200 <= answered.status < 300 else f"status {answered.status}"
