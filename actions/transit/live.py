"""Reads live feeds when they are needed, never once a message."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum

import aiohttp
import structlog

from actions.transit.realtime import NOTHING, Alert, Snapshot, merge, parse
from actions.transit.sources import fetch, without_secrets
from desk.contract.errors import BackendError

CACHE_SECONDS = 10.0
"""A reading serves all residents for this long, a failure too: feeds are made new every 10 to 30 s."""
TIMEOUT_SECONDS = 2.0
"""Leaves room in the actions server's 5 s for the answer by timetable."""
MAX_BYTES = 64 * 1024**2
STALE_SECONDS = 120
"""GTFS-Realtime's best practices want data no older than 90 s, made new at least every 30 s: together, this."""
STALE_ALERTS_SECONDS = 900
"""Alerts are written by people and carry their own periods; the best practices allow 10 minutes."""

_log = structlog.get_logger(__name__)


class Health(IntEnum):
    """How far a feed is to be believed. The order is from worse to better."""

    DOWN = 0
    STALE = 1
    FRESH = 2


@dataclass(frozen=True, slots=True)
class Reading:
    """What a feed says and whether it counts. `age` is seconds since the feed's own moment, None where unknown."""

    health: Health
    snapshot: Snapshot = NOTHING
    age: int | None = None


class LiveFeed:
    """One live feed. All questions within ten seconds share one request."""

    def __init__(
        self,
        source: str,
        session: aiohttp.ClientSession,
        *,
        stale_seconds: int = STALE_SECONDS,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self.source = source
        self._session = session
        self._stale_seconds = stale_seconds
        self._timer = timer
        self._lock = asyncio.Lock()
        self._snapshot: Snapshot | None = None
        self._down = False
        self._asked_at: float | None = None

    async def read(self, now: int) -> Reading:
        """Give the newest reading at a Unix time. Never raises: a feed that cannot be read is DOWN.

        After a failure the last good reading counts until its own age makes it stale.
        """
        async with self._lock:
            if self._asked_at is None or self._timer() - self._asked_at >= CACHE_SECONDS:
                await self._refresh()
                self._asked_at = self._timer()
        if self._snapshot is None:
            return Reading(Health.DOWN)
        age = None if self._snapshot.at is None else now - self._snapshot.at
        if age is not None and abs(age) <= self._stale_seconds:
            return Reading(Health.FRESH, self._snapshot, age)
        return Reading(Health.DOWN if self._down else Health.STALE, self._snapshot, age)

    async def _refresh(self) -> None:
        try:
            body = await fetch(self._session, self.source, timeout_seconds=TIMEOUT_SECONDS, limit_bytes=MAX_BYTES)
            self._snapshot = await asyncio.to_thread(parse, body)
            self._down = False
        except BackendError as exc:
            self._down = True
            _log.warning("live_feed_failed", source=without_secrets(self.source), error=str(exc))


@dataclass(frozen=True, slots=True)
class Live:
    """All live feeds of a city, read together; only fresh ones count. `health` is that of the best feed of buses.

    A health of None: the city has no live feed of buses.
    """

    health: Health | None
    buses: Snapshot
    alerts: tuple[Alert, ...]


NO_LIVE = Live(None, NOTHING, ())


class LiveFeeds:
    """The live feeds of one city. Gives the same `Live` until one of them has news."""

    def __init__(self, buses: Sequence[LiveFeed], alerts: Sequence[LiveFeed]) -> None:
        self._buses = tuple(buses)
        self._alerts = tuple(alerts)
        self._read: list[tuple[Health, int]] = []
        self._live = NO_LIVE
        self._kept: list[Snapshot] = []

    async def read(self, now: int) -> Live:
        """Read all feeds at once at a Unix time. Never raises."""
        readings = await asyncio.gather(*(feed.read(now) for feed in (*self._buses, *self._alerts)))
        read = [(reading.health, id(reading.snapshot)) for reading in readings]
        if read != self._read:
            self._read, self._kept = read, [reading.snapshot for reading in readings]  # kept: ids stay theirs
            about_buses = readings[: len(self._buses)]
            fresh = [reading.snapshot for reading in readings if reading.health is Health.FRESH]
            self._live = Live(
                max((reading.health for reading in about_buses), default=None),
                merge(reading.snapshot for reading in about_buses if reading.health is Health.FRESH),
                tuple({alert.id: alert for snapshot in fresh for alert in snapshot.alerts}.values()),
            )
        return self._live
