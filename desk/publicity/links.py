"""Whether links of announcements in force lead somewhere: each is looked at once a day, a few at a time.

What fails is looked at again within the hour, and is broken once it has failed twice in a row. What a server keeps from
programs alone (401, 403, 429) says nothing of residents, and is not broken. A link that leads into our own network is
not asked: else who writes links would have its machines asked what they like. It may be a page that the city has there.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus

import structlog
from aiohttp import ClientError, ClientSession, ClientTimeout
from prometheus_client import Counter
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from desk.announcements.feeds.archive import HOLDS
from desk.http.reach import is_of_own_network
from desk.store.database import transaction

log = structlog.get_logger(__name__)
LOOKED = Counter(
    "desk_link_checks_total", "Links of announcements that were looked at, by what became of it", ["outcome"]
)

BROKEN = 2  # failures in a row
AT_ONCE = 4
MOST = 200  # in a run
SECONDS = 120.0  # a run
TIMEOUT = ClientTimeout(total=10.0, connect=5.0)
REDIRECTS = 5
GOOD_FOR, AGAIN = timedelta(days=1), timedelta(minutes=50)
CLOSED = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS})
HEADERS = {"User-Agent": "Citydesk (looks whether links lead somewhere)"}

DUE = text(f"""
    SELECT link FROM announcements LEFT JOIN link_checks AS known ON known.url = announcements.link
    WHERE link IS NOT NULL AND link <> '' AND {HOLDS} AND coalesce(known.due_at <= :now, true)
    GROUP BY link, known.due_at ORDER BY known.due_at NULLS FIRST, link LIMIT :limit
""")
KEEP = text("""
    INSERT INTO link_checks AS known (url, checked_at, due_at, failures, failing_since, why)
    VALUES (:url, :now, :due_at, CASE WHEN :why = '' THEN 0 ELSE 1 END, CASE WHEN :why <> '' THEN :now END, :why)
    ON CONFLICT (url) DO UPDATE SET
        checked_at = excluded.checked_at, due_at = excluded.due_at, why = excluded.why,
        failures = CASE WHEN excluded.why = '' THEN 0 ELSE known.failures + 1 END,
        failing_since = CASE WHEN excluded.why <> '' THEN coalesce(known.failing_since, excluded.failing_since) END
""")
FORGET = text("DELETE FROM link_checks WHERE checked_at < CAST(:now AS timestamptz) - interval '30 days'")


@dataclass(frozen=True)
class Links:
    """Looks at links. `http` reaches what everybody can reach (`desk.http.reach`); `now` is the clock."""

    engine: AsyncEngine
    http: ClientSession
    now: Callable[[], datetime]

    async def look(self) -> int:
        """Look at all that is due, as far as a run goes; how many that were."""
        async with transaction(self.engine) as connection:
            await connection.execute(FORGET, {"now": self.now()})
            due = list((await connection.execute(DUE, {"now": self.now(), "limit": MOST})).scalars())
        ends, looked = time.monotonic() + SECONDS, 0
        for begin in range(0, len(due), AT_ONCE):
            if time.monotonic() >= ends:
                break
            some = due[begin : begin + AT_ONCE]
            found = await asyncio.gather(*(self._fault(url) for url in some))
            async with transaction(self.engine) as connection:
                for url, why in zip(some, found, strict=True):
                    due_at = self.now() + (AGAIN if why else GOOD_FOR)
                    await connection.execute(KEEP, {"url": url, "now": self.now(), "due_at": due_at, "why": why})
                    LOOKED.labels(outcome="failed" if why else "good").inc()
            looked += len(some)
        return looked

    async def _fault(self, url: str) -> str:
        """Why it leads nowhere; empty: it does. Some servers know only GET."""
        why = ""
        for method in ("HEAD", "GET"):
            try:
                status = await self._status(method, url)
            except TimeoutError:
                why = "timeout"
            except (ClientError, OSError, ValueError) as exc:  # a certificate, a name, too many redirects
                if is_of_own_network(exc):
                    return ""
                why = "away"
            else:
                if status < 400 or status in CLOSED:
                    return ""
                why = str(status)
        return why

    async def _status(self, method: str, url: str) -> int:
        """The status of the answer, whose body is not read."""
        async with self.http.request(
            method, url, timeout=TIMEOUT, max_redirects=REDIRECTS, allow_redirects=True, headers=HEADERS
        ) as answer:
            return answer.status
