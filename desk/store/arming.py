"""From which store anything may be sent: one that was restored from a backup sends nothing until somebody arms it.

A store is known by PostgreSQL's system identifier, which a dump that is loaded elsewhere changes, and by its timeline,
which recovery from a base backup changes. A failover changes the timeline, too: a worker that saw the armed store until
then, and finds what it last wrote there, knows that nothing was restored, and arms it again (`Witness`).
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from desk.store.database import OUTAGES, single_statements

log = structlog.get_logger(__name__)
LOOK_SECONDS = 5.0
LOST = timedelta(minutes=1)
"""So much of the last changes a failover to a standby may lose."""
NOT_ARMED = "It was restored from a backup: nothing is sent from here, and no job runs."
ARM = "See what waits (desk send status, desk payments list), then: desk arm"
LONGEST_SECONDS = 600.0
"""Whoever has not seen the store for so long cannot tell a failover from a restoring."""

STORE = """(
    SELECT system_identifier::text || '/' || timeline_id::text FROM pg_control_system(), pg_control_checkpoint()
)"""
IS_ARMED = f"coalesce((SELECT store = {STORE} FROM announcement_arming), false)"
ASKED = text(f"SELECT {IS_ARMED}")
SEEN = text(f"""
    UPDATE announcement_arming SET seen_at = clock_timestamp() WHERE store = {STORE} RETURNING store, seen_at
""")
FOUND = text(f"SELECT store, seen_at, {STORE} AS here FROM announcement_arming")


async def is_armed(connection: AsyncConnection) -> bool:
    """Whether anything may be sent from this store."""
    return bool((await connection.execute(ASKED)).scalar_one())


async def warn_unless_armed(engine: AsyncEngine) -> bool:
    """Say in the log of who starts that nothing is sent, and how that ends; answers whether it is armed.

    Raises:
        sqlalchemy.exc.DBAPIError: the database cannot be reached.
    """
    async with single_statements(engine) as connection:
        armed = await is_armed(connection)
    if not armed:
        log.warning("store_not_armed", saw=NOT_ARMED, mend=ARM)
    return armed


@dataclass(frozen=True, slots=True)
class Sight:
    """When the armed store was last seen, by its own clock and by ours (monotonic)."""

    store: str
    seen_at: datetime
    at: float


class Witness:
    """Sees that the store goes on: after a failover it has it armed by `rearm`, after a restoring it does not."""

    def __init__(
        self,
        engine: AsyncEngine,
        rearm: Callable[[], Awaitable[None]],
        clock: Callable[[], float] = time.monotonic,
        last: Sight | None = None,
    ) -> None:
        self._engine = engine
        self._rearm = rearm
        self._clock = clock
        self._last = last

    async def run(self) -> None:
        """Look until cancelled, through any outage of the database."""
        while True:
            try:
                await self.look()
            except OUTAGES as exc:
                log.warning("store_not_seen", error=type(exc).__name__)
            await asyncio.sleep(LOOK_SECONDS)

    async def look(self) -> None:
        """Look once.

        Raises:
            sqlalchemy.exc.DBAPIError: the database cannot be reached.
        """
        async with single_statements(self._engine) as connection:
            seen = (await connection.execute(SEEN)).one_or_none()
            if seen is not None:
                self._last = Sight(seen.store, seen.seen_at, self._clock())
                return
            found = (await connection.execute(FOUND)).one_or_none()
        if found is not None and self._goes_on(found.store, found.seen_at, found.here):
            log.warning("armed_after_failover", before=found.store, now=found.here)
            await self._rearm()

    def _goes_on(self, store: str, seen_at: datetime | None, here: str) -> bool:
        """Whether what is here now is what was armed and seen, promoted."""
        last = self._last
        return (
            last is not None
            and seen_at is not None
            and last.store == store
            and store.partition("/")[0] == here.partition("/")[0]
            and seen_at >= last.seen_at - LOST
            and self._clock() - last.at < LONGEST_SECONDS
        )
