"""Alerts that hold, for whoever shows them. Expiry and mode are looked at here, each time."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from desk.alerts.codes import WORST_FIRST
from desk.alerts.rows import COLUMNS, AlertRow, alert_of
from desk.city.files import City
from desk.store.database import OUTAGES, is_outage

log = structlog.get_logger(__name__)
FRESH = timedelta(seconds=2)
"""So long what a page shows may be old: a thousand readers in a second are one question to the database."""

IN_FORCE = text(f"""
    SELECT {COLUMNS} FROM alerts
    WHERE city = :city AND done = 'public' AND state = 'live' AND kind IN ('Alert', 'Update')
      AND effective <= :now AND expires > :now
    ORDER BY live_at DESC, id DESC LIMIT 50
""")


async def in_force(connection: AsyncConnection, city: City, now: datetime) -> list[AlertRow]:
    """The alerts of a city that hold, the gravest first, then the newest. None where the city is in training."""
    if city.alerts.mode != "live":
        return []
    found = [alert_of(row) for row in await connection.execute(IN_FORCE, {"city": city.slug, "now": now})]
    return sorted(found, key=lambda one: WORST_FIRST.index(one.severity))


@dataclass
class Standing:
    """What pages show. While the database is away it is what held when it was last there, and has not expired."""

    engine: AsyncEngine
    cities: Mapping[str, City]
    now: Callable[[], datetime]
    _read: dict[str, tuple[datetime, Sequence[AlertRow]]] = field(default_factory=dict)
    _locks: dict[str, asyncio.Lock] = field(default_factory=dict)

    async def of(self, city: City) -> list[AlertRow]:
        """The alerts of a city that hold."""
        async with self._locks.setdefault(city.slug, asyncio.Lock()):
            now = self.now()
            at, found = self._read.get(city.slug, (None, ()))
            if at is None or not timedelta() <= now - at < FRESH:
                try:
                    async with self.engine.connect() as connection:
                        found = await in_force(connection, city, now)
                    self._read[city.slug] = now, found
                except OUTAGES as exc:
                    if not is_outage(exc):
                        raise
                    log.warning("alerts_not_read", city=city.slug, error=type(exc).__name__)
        return [one for one in found if one.holds(now)]
