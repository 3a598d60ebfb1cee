"""Handing on to programs what they are to hear of announcements: signed, in order, at least once.

Each change has an id, which is the same when it comes again. Those of one callback are handed on one after the other:
what one does not take waits, and all after it. Who has taken nothing for `PATIENCE` is told no more.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import structlog
from aiohttp import ClientError, ClientSession
from prometheus_client import Counter
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from desk.announcements import arming
from desk.announcements.programs.callbacks import CALL, SECRET
from desk.contract.staff import Actor, Permission
from desk.http.webhook import post
from desk.staff.alerts import AlertKind, raise_alert
from desk.staff.register import find
from desk.store.database import transaction
from desk.store.deferring import UPKEEP, defer
from desk.store.keys import Keys

log = structlog.get_logger(__name__)
CALLED = Counter(
    "desk_announcement_callbacks_total", "Changes handed on to programs, by what became of it", ["outcome"]
)

FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=10), timedelta(hours=1)
PATIENCE = timedelta(days=1)
UNARMED_WAIT = timedelta(minutes=10)
AT_ONCE = 50  # changes in one job
SECONDS = 30.0  # a job; the next goes on with the rest

NEXT = text("""
    SELECT callback.id, callback.login, callback.city, callback.agency, callback.url, callback.secret, callback.tries,
           callback.failing_since, event.id AS event, event.announcement_id, event.act, event.state, event.version,
           event.at
    FROM announcement_callbacks AS callback
    JOIN announcement_callback_events AS event ON event.callback_id = callback.id
    WHERE callback.id = :id AND callback.disabled_at IS NULL
      AND (callback.due_at IS NULL OR callback.due_at <= :now)
    ORDER BY event.id LIMIT 1
""")
TAKEN = text("DELETE FROM announcement_callback_events WHERE id = :event")
WELL = text("""
    UPDATE announcement_callbacks SET tries = 0, failing_since = NULL, due_at = NULL
    WHERE id = :id AND failing_since IS NOT NULL
""")
FAILED = text("""
    UPDATE announcement_callbacks
    SET tries = tries + 1, failing_since = coalesce(failing_since, :now), due_at = :due_at WHERE id = :id
""")
DISABLE = text("""
    UPDATE announcement_callbacks SET disabled_at = :now, why = :why, due_at = NULL
    WHERE id = :id AND disabled_at IS NULL RETURNING id
""")
FORGET = text("DELETE FROM announcement_callback_events WHERE callback_id = :id")


@dataclass(frozen=True)
class Calling:
    """The room for jobs."""

    engine: AsyncEngine
    http: ClientSession
    keys: Keys
    now: Callable[[], datetime]

    async def call(self, callback: int) -> int:
        """Hand on what a program is to hear, as far as it takes it now; how many changes it took.

        In a store that is not armed nothing is handed on: what waits there another may have said long ago.
        """
        if not await self._is_armed(callback):
            return 0
        ends, taken = time.monotonic() + SECONDS, 0
        while (row := await self._next(callback)) is not None:
            if taken == AT_ONCE or time.monotonic() > ends:
                await self._queue(callback)
                break
            if not await self._hand_on(row):
                break
            taken += 1
        return taken

    async def _next(self, callback: int) -> Row[tuple[object, ...]] | None:
        """What it is to hear next, if it may and is not left alone for now."""
        async with transaction(self.engine) as connection:
            row = (await connection.execute(NEXT, {"id": callback, "now": self.now()})).one_or_none()
            if row is None or await self._may_hear(connection, row):
                return row
        await self._disable(row, "not_permitted")
        return None

    async def _is_armed(self, callback: int) -> bool:
        """Whether this store may send; else it is looked at again later."""
        async with transaction(self.engine) as connection:
            if await arming.is_armed(connection):
                return True
            lock = f"callback:{callback}"
            await defer(connection, CALL, lane=UPKEEP, lock=lock, after=UNARMED_WAIT, callback=callback)
            return False

    async def _queue(self, callback: int) -> None:
        async with transaction(self.engine) as connection:
            await defer(connection, CALL, lane=UPKEEP, lock=f"callback:{callback}", callback=callback)

    async def _may_hear(self, connection: AsyncConnection, row: Row[tuple[object, ...]]) -> bool:
        """Whether the account still reads this agency's announcements."""
        known = await find(connection, row.login)
        if known is None or known.disabled_at is not None:
            return False
        return Actor(known.login, grants=known.grants).may(Permission.ANNOUNCEMENT_READ, row.city, row.agency)

    async def _hand_on(self, row: Row[tuple[object, ...]]) -> bool:
        said = {
            "id": row.event,
            "announcement": row.announcement_id,
            "act": row.act,
            "state": row.state,
            "version": row.version,
            "at": row.at.isoformat(timespec="milliseconds"),
        }
        try:
            await post(self.http, row.url, self.keys.open(bytes(row.secret), purpose=SECRET, of=str(row.id)), said)
        except (ClientError, OSError, TimeoutError) as exc:
            log.warning("callback_waits", callback=row.id, error=type(exc).__name__)
            await self._fail(row)
            return False
        CALLED.labels(outcome="taken").inc()
        async with transaction(self.engine) as connection:
            await connection.execute(TAKEN, {"event": row.event})
            await connection.execute(WELL, {"id": row.id})
        return True

    async def _fail(self, row: Row[tuple[object, ...]]) -> None:
        now = self.now()
        CALLED.labels(outcome="failed").inc()
        if row.failing_since is not None and now - row.failing_since >= PATIENCE:
            await self._disable(row, "takes_nothing")
            return
        wait = min(FIRST_WAIT * 2 ** min(row.tries, 20), LONGEST_WAIT)
        async with transaction(self.engine) as connection:
            await connection.execute(FAILED, {"id": row.id, "now": now, "due_at": now + wait})
            lock = f"callback:{row.id}"
            await defer(connection, CALL, lane=UPKEEP, lock=lock, after=wait, callback=row.id)

    async def _disable(self, row: Row[tuple[object, ...]], why: str) -> None:
        """Tell it no more, forget what waits, and tell the agency's staff."""
        log.error("callback_disabled", callback=row.id, why=why)
        async with transaction(self.engine) as connection:
            disabled = await connection.execute(DISABLE, {"id": row.id, "now": self.now(), "why": why})
            if disabled.one_or_none() is None:
                return
            await connection.execute(FORGET, {"id": row.id})
            if why == "takes_nothing":
                await raise_alert(
                    connection,
                    AlertKind.CALLBACK,
                    row.login,
                    to=Permission.ANNOUNCEMENT_PUBLISH,
                    city=row.city,
                    agency=row.agency,
                    detail=urlsplit(row.url).hostname or "",
                )
