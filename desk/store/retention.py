"""What was deleted in time, so that it can be shown: jobs delete each hour what is kept no longer (`desk.store.terms`),
and write down what they did for each city each day.
"""

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from desk.store.terms import UNITS, Category, Retentions, Tally

REPORT_DAYS = 3 * 366
"""So long the reports themselves are kept: as long as the impact assessment that they prove (PIPL, article 56)."""
OVERDUE = timedelta(hours=26)
"""After so long without a run something is wrong: jobs run each hour."""

NOTE = text("""
    INSERT INTO retention_runs (day, kind, city, length, deleted, held)
    SELECT (clock_timestamp() AT TIME ZONE 'Asia/Shanghai')::date, :kind, one.city, one.length, one.deleted, one.held
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS one (city text, length integer, deleted bigint, held bigint)
    ORDER BY one.city
    ON CONFLICT (day, kind, city) DO UPDATE
    SET deleted = retention_runs.deleted + excluded.deleted, held = excluded.held, length = excluded.length,
        ran_at = clock_timestamp()
""")
TIDY = text("DELETE FROM retention_runs WHERE day < current_date - CAST(:days AS integer)")
REPORT = text("""
    SELECT kind, city, (array_agg(length ORDER BY day DESC))[1] AS length, max(ran_at) AS ran_at,
           sum(deleted) FILTER (WHERE day = :today) AS today, sum(deleted) AS deleted,
           (array_agg(held ORDER BY day DESC))[1] AS held
    FROM retention_runs
    WHERE day > CAST(:today AS date) - 31 AND (:everywhere OR city = ANY (:cities))
    GROUP BY kind, city ORDER BY city, kind
""")


@dataclass(frozen=True, slots=True)
class Line:
    """What was done with a kind in a city: in the last 31 days, of which `today`; `length` in days or years."""

    kind: str
    city: str
    length: int
    ran_at: datetime
    today: int
    deleted: int
    held: int

    @property
    def unit(self) -> str:
        """Days or years."""
        return UNITS[Category(self.kind)]

    def is_overdue(self, now: datetime) -> bool:
        """Whether it did not run for too long."""
        return now - self.ran_at > OVERDUE


async def note_run(connection: AsyncConnection, kind: Category, retentions: Retentions, done: Iterable[Tally]) -> int:
    """Write down what a run did in every city, nothing included. Answers how many were deleted in all."""
    deleted: dict[str, int] = dict.fromkeys(retentions.cities, 0)
    held: dict[str, int] = {}
    for tally in done:
        for city, count in tally.deleted.items():
            deleted[city] = deleted.get(city, 0) + count
        held.update(tally.held)
    rows = [
        {"city": city, "length": retentions.of(city).length(kind), "deleted": count, "held": held.get(city, 0)}
        for city, count in (dict.fromkeys(held, 0) | deleted).items()
    ]
    if rows:
        await connection.execute(NOTE, {"kind": kind, "rows": json.dumps(rows)})
        await connection.execute(TIDY, {"days": REPORT_DAYS})
    return sum(deleted.values())


async def report(connection: AsyncConnection, today: date, *, cities: Collection[str], everywhere: bool) -> list[Line]:
    """What was deleted in the last 31 days in these cities, or everywhere."""
    values = {"today": today, "cities": list(cities), "everywhere": everywhere}
    return [
        Line(**{**row._mapping, "today": int(row.today or 0), "deleted": int(row.deleted)})
        for row in await connection.execute(REPORT, values)
    ]
