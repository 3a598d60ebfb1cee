"""Exporting the audit, and who read what, day by day; letting go of what is older than it must be kept.

What is let go of was exported: whole days go, and those about to go are exported first where they have no file.
"""

import os
from collections.abc import AsyncIterator, Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from desk.audit.reading import of_day
from desk.audit.rows import Chain
from desk.audit.trail import ENDS, HOLD, sealer_of
from desk.sealing.traces import first_trace, traces
from desk.store.database import transaction

ANCHORS = "ends.txt"
BACK = 31  # days that are looked at for exports that are missing

ENDED = text(f"SELECT {ENDS} FROM audit_chain")
FIRST_DAY = text("SELECT min(at) FROM audit_records")
ALLOW = text("SELECT set_config('desk.audit_retention', 'on', true)")
OLDEST_KEPT = text("SELECT number, seal FROM audit_records WHERE at < :before ORDER BY number DESC LIMIT 1")
DROP = text("DELETE FROM audit_records WHERE number <= :number")
BEGIN_AFTER = text("UPDATE audit_chain SET first_number = :number + 1, first_before = :before, seal = :seal")


def file_of(folder: Path, day: date, what: str = "audit") -> Path:
    """Where a day's export is: of the `audit`, or of `openings`, who read what."""
    return folder / f"{what}-{day.isoformat()}.jsonl"


async def export(engine: AsyncEngine, folder: Path, today: date, before: date = date.min) -> list[Path]:
    """Write the days before today that have no file yet, a line of JSON for each record and each reading.

    Looks at the last `BACK` days, and at all `before` a day, which are about to be let go of. Answers what was written.

    Raises:
        OSError: the folder cannot be written to.
    """
    written = []
    async with engine.connect() as connection:
        begun: datetime | None = (await connection.execute(FIRST_DAY)).scalar_one()
        for what, first in (("audit", begun), ("openings", await first_trace(connection))):
            for day in () if first is None else _days(first.astimezone(UTC).date(), today, before):
                path = file_of(folder, day, what)
                if not path.exists():
                    _write(path, [line async for line in _lines(connection, what, day)])
                    written.append(path)
    return written


def whole_days(now: datetime, days: int) -> datetime:
    """The beginning (UTC) of the oldest day that is kept, where a day and those after it are for so many days."""
    return datetime.combine((now - timedelta(days=days)).astimezone(UTC).date(), time(), UTC)


async def oldest(engine: AsyncEngine) -> datetime | None:
    """Of when the oldest is that is here, of the audit and of who read what; None: there is nothing."""
    async with engine.connect() as connection:
        begun: datetime | None = (await connection.execute(FIRST_DAY)).scalar_one()
        return min(filter(None, (begun, await first_trace(connection))), default=None)


async def anchor(engine: AsyncEngine, folder: Path) -> None:
    """Write down where the chain ends by now, beside the exports: what is cut off later, ends and all, shows."""
    async with engine.connect() as connection:
        chain = Chain(**(await connection.execute(ENDED)).one()._mapping)
    if not chain.last_number:
        return
    _append(folder / ANCHORS, f"{chain.last_number} {chain.last_seal.hex()}\n")


async def let_go(engine: AsyncEngine, before: datetime) -> int:
    """Drop records of before a time; the chain begins after them. Answers how many."""
    async with transaction(engine) as connection:
        chain = Chain(**(await connection.execute(HOLD)).one()._mapping)
        last = (await connection.execute(OLDEST_KEPT, {"before": before})).one_or_none()
        if last is None:
            return 0
        await connection.execute(ALLOW)
        dropped = await connection.execute(DROP, {"number": last.number})
        begun = Chain(last.number + 1, last.seal, chain.last_number, chain.last_seal, b"")
        seal = sealer_of(connection).ended(begun).seal
        await connection.execute(BEGIN_AFTER, {"number": last.number, "before": last.seal, "seal": seal})
        return dropped.rowcount


def _days(first: date, today: date, before: date) -> Iterator[date]:
    lately = today - timedelta(days=BACK)
    for number in range((today - first).days):
        day = first + timedelta(days=number)
        if day < before or day >= lately:
            yield day


async def _lines(connection: AsyncConnection, what: str, day: date) -> AsyncIterator[str]:
    if what == "audit":
        async for record in of_day(connection, day):
            yield record.line()
    else:
        since = datetime.combine(day, time(), UTC)
        async for line in traces(connection, since, since + timedelta(days=1)):
            yield line


def _append(path: Path, line: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "w", encoding="ascii") as file:
        file.write(line)


def _write(path: Path, lines: Iterable[str]) -> None:
    """Write a file whole or not at all; its owner alone reads it."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = path.with_suffix(f".{os.getpid()}")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.writelines(f"{line}\n" for line in lines)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
