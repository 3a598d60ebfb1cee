"""Reading the audit: a search, an export of a day, and whether the chain is whole."""

import json
from collections.abc import AsyncGenerator, Iterable
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from desk.audit.rows import Chain, Record
from desk.audit.trail import ENDS, sealer_of
from desk.contract.staff import Actor
from desk.store.paging import in_pages

COLUMNS = ", ".join(field.name for field in fields(Record))
LIMIT = 200

SEARCH = text(f"""
    SELECT {COLUMNS} FROM audit_records
    WHERE (CAST(:actor AS text) IS NULL OR actor = :actor)
      AND (CAST(:act AS text) IS NULL OR act = :act OR act LIKE :act || '.%')
      AND (CAST(:subject AS text) IS NULL OR subject = :subject)
      AND (CAST(:city AS text) IS NULL OR city = :city)
      AND (CAST(:since AS timestamptz) IS NULL OR at >= :since)
      AND (CAST(:until AS timestamptz) IS NULL OR at < :until)
      AND (CAST(:before AS bigint) IS NULL OR number < :before)
    ORDER BY number DESC LIMIT :limit
""")
BETWEEN = text(f"""
    SELECT {COLUMNS} FROM audit_records
    WHERE number > :after AND at >= :since AND at < :until ORDER BY number LIMIT :limit
""")
UP_TO = text(f"""
    SELECT {COLUMNS} FROM audit_records WHERE number > :after AND number <= :last ORDER BY number LIMIT :limit
""")
ANYBODY = text("SELECT EXISTS (SELECT FROM staff)")
END_OF_NUMBERS = 2**63  # of the store
ONE = text(f"SELECT {COLUMNS} FROM audit_records WHERE number = :number")
CHAIN = text(f"SELECT {ENDS} FROM audit_chain")
DONE_LATELY = text("""
    SELECT EXISTS (SELECT FROM audit_records
                   WHERE actor = :actor AND act = :act AND subject = :subject AND at > clock_timestamp() - :within)
""")

REASONS = text("""
    SELECT actor, act, reason FROM audit_records WHERE subject = :subject AND act = ANY (:acts) ORDER BY number DESC
""")


@dataclass(frozen=True, slots=True)
class Filter:
    """What is looked for; None leaves open. `act` finds `ticket.claim`, and all of `ticket`."""

    actor: str | None = None
    act: str | None = None
    subject: str | None = None
    city: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    before: int | None = None
    limit: int = LIMIT

    def values(self) -> dict[str, object]:
        """For the statement."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the chain is whole: how many records were looked at, and what is wrong, in order."""

    records: int
    faults: tuple[str, ...]


async def search(connection: AsyncConnection, wanted: Filter) -> list[Record]:
    """Find records, the newest first."""
    return [_record(row) for row in await connection.execute(SEARCH, wanted.values())]


async def of_day(connection: AsyncConnection, day: date) -> AsyncGenerator[Record]:
    """The records of a day in UTC, in order."""
    since = datetime.combine(day, time(), UTC)
    values = {"since": since, "until": since + timedelta(days=1)}
    async for row in in_pages(connection, BETWEEN, values, by="number"):
        yield _record(row)


async def verify(connection: AsyncConnection) -> Verdict:
    """Look at every seal, every number and both ends."""
    sealer = sealer_of(connection)
    chain = Chain(**(await connection.execute(CHAIN)).one()._mapping)
    faults = [] if sealer.is_whole(chain) else ["the ends of the chain were changed"]
    if chain.last_number == 0 and (await connection.execute(ANYBODY)).scalar_one():
        faults.append("all records are missing: there are members of staff, whose creation is one")
    expected, before, count = chain.first_number, chain.first_before, 0
    async for row in in_pages(connection, UP_TO, {"last": chain.last_number}, by="number"):
        found = _record(row)
        count += 1
        if found.number != expected:
            faults.append(f"records {expected} to {found.number - 1} are missing")
        if not sealer.is_sound(found, before):
            faults.append(f"record {found.number} is not as it was written, or not in its place")
        expected, before = found.number + 1, found.seal
    if expected != chain.last_number + 1:
        faults.append(f"records {expected} to {chain.last_number} are missing at the end")
    elif before != chain.last_seal:
        faults.append("the last record is not the one that was written last")
    return Verdict(count, tuple(faults))


async def differences(connection: AsyncConnection, export: Path) -> list[str]:
    """How the store differs from a file that was exported: lines that are changed or gone here.

    Records that are older than what is kept are not looked for.
    """
    chain = Chain(**(await connection.execute(CHAIN)).one()._mapping)
    faults = []
    with export.open(encoding="utf-8") as lines:
        for line in lines:
            written = line.rstrip("\n")
            number = number_in(written)
            if number is None:
                faults.append(f"{export.name} has a line that is no record")
            elif number >= chain.first_number and await _line(connection, number) != written:
                faults.append(f"record {number} is not as {export.name} has it")
    return faults


async def unlike_anchors(connection: AsyncConnection, anchors: Iterable[str]) -> list[str]:
    """How the store differs from the lines of ends that were written down (`desk.audit.keeping.anchor`)."""
    chain = Chain(**(await connection.execute(CHAIN)).one()._mapping)
    faults = []
    for line in anchors:
        number, _, seal = line.partition(" ")
        if not (number.isascii() and number.isdigit() and len(number) < 19):
            faults.append("a line that was written down is no end of the chain")
        elif int(number) >= chain.first_number:
            row = (await connection.execute(ONE, {"number": int(number)})).one_or_none()
            if row is None or _record(row).seal.hex() != seal:
                faults.append(f"record {number} is not the one that was the last when it was written down")
    return faults


def number_in(line: str) -> int | None:
    """The number of the record that a line of an export is; None: it is no record."""
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    number = found.get("number") if isinstance(found, dict) else None
    return number if isinstance(number, int) and 0 < number < END_OF_NUMBERS else None


async def _line(connection: AsyncConnection, number: int) -> str | None:
    row = (await connection.execute(ONE, {"number": number})).one_or_none()
    return None if row is None else _record(row).line()


def _record(row: Row[Any]) -> Record:
    return Record(**row._mapping)


async def done_lately(connection: AsyncConnection, actor: Actor, act: str, subject: str, *, within: timedelta) -> bool:
    """Whether somebody did something to a thing within a time."""
    values = {"actor": actor.login, "act": act, "subject": subject, "within": within}
    return bool((await connection.execute(DONE_LATELY, values)).scalar_one())


async def reasons_of(
    connection: AsyncConnection, subject: str, acts: Iterable[str]
) -> dict[tuple[str, str], list[str]]:
    """The reasons that were given for acts on a thing, by actor and act, the newest first; empty ones among them."""
    found: dict[tuple[str, str], list[str]] = {}
    for row in await connection.execute(REASONS, {"subject": subject, "acts": list(acts)}):
        found.setdefault((row.actor, row.act), []).append(row.reason)
    return found
