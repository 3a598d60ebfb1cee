"""Counts attempts by keyed hashes, under locks, in the transaction of the turn."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from desk.attempts.limits import Stop, Windows, longest, stop
from desk.store.keys import Keys

PURPOSE = "attempts"

# Who counts the same things waits for the other's commit: two guesses at once are not let pass as one. In one order.
LOCK = text("""
    SELECT pg_advisory_xact_lock(held.key)
    FROM (SELECT DISTINCT unnest(CAST(:keys AS bigint[])) AS key ORDER BY key) AS held
""")
TIMES = text("""
    SELECT wanted.key, attempt.at, attempt.about
    FROM unnest(CAST(:keys AS bytea[])) AS wanted (key)
    JOIN attempts AS attempt ON attempt.key = wanted.key AND attempt.at > :since
""")
COUNT = text("INSERT INTO attempts (key, about, city, at) VALUES (:key, :about, :city, :now)")


def hashed(keys: Keys, what: str, *values: str) -> bytes:
    """The keyed hash that stands for something: the one place where plates, ids, accounts, telephones become keys."""
    return keys.digest("\n".join((what, *values)), purpose=PURPOSE)


@dataclass(frozen=True, slots=True)
class Counted:
    """Times of what was counted, by key, and of how many different things it was about."""

    times: Mapping[bytes, Sequence[datetime]]
    about: Mapping[bytes, Mapping[bytes, datetime]]

    def different(self, key: bytes, since: datetime) -> int:
        """About how many different things something was counted since."""
        return sum(at > since for at in self.about.get(key, {}).values())


async def lock(connection: AsyncConnection, keys: Iterable[bytes]) -> None:
    """Take the locks of keys until the transaction ends."""
    numbers = [int.from_bytes(key[:8], signed=True) for key in keys]
    await connection.execute(LOCK, {"keys": numbers})


async def read(connection: AsyncConnection, windows: Mapping[bytes, Windows], now: datetime) -> Counted:
    """What was counted by keys within the longest of their windows."""
    rows = await connection.execute(TIMES, {"keys": list(windows), "since": now - longest(windows)})
    times: dict[bytes, list[datetime]] = defaultdict(list)
    about: dict[bytes, dict[bytes, datetime]] = defaultdict(dict)
    for key, at, of in rows:
        times[bytes(key)].append(at)
        if of is not None:
            known = about[bytes(key)].get(bytes(of), at)
            about[bytes(key)][bytes(of)] = max(known, at)
    return Counted(times, about)


async def first_stop(
    connection: AsyncConnection, windows: Mapping[bytes, Windows], now: datetime, *, more: int = 1
) -> tuple[bytes, Stop] | None:
    """The key that is stopped for the longest time, if any is."""
    counted = await read(connection, windows, now)
    stops = [
        (key, found)
        for key, every in windows.items()
        if (found := stop(counted.times.get(key, ()), every, now, more=more))
    ]
    return max(stops, key=lambda one: one[1].until, default=None)


async def count(
    connection: AsyncConnection, keys: Iterable[bytes], *, city: str, now: datetime, about: bytes | None = None
) -> None:
    """Count one attempt by each key."""
    rows = [{"key": key, "about": about, "city": city, "now": now} for key in keys]
    if rows:
        await connection.execute(COUNT, rows)
