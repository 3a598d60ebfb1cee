"""Figures of tickets by agency and day. What each means is written in `docs/explanation/ticket-figures.md`.

Times are office time in whole seconds, as the clocks keep them; median and ninetieth percentile are times that really
were: of an even number the lower one in the middle.
"""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from desk.contract.staff import WITHIN, Actor, Permission
from desk.texts.cells import cells

REASONS = (
    *("asked", "not_understood", "anger", "failed", "refund", "voice_stopped", "emergency", "clerk"),
    *("agency_silent", "second_trade", "amount_differs", "refund_refused", "bad_grade"),
)
"""Why tickets are opened; whatever else there is counts as `other`."""
LONGEST_DAYS = 92

SEEN = WITHIN.format(city="city", agency="agency")
WANTED = f"""
    {SEEN} AND (CAST(:city AS text) IS NULL OR city = :city) AND (CAST(:agency AS text) IS NULL OR agency = :agency)
    AND opened_at >= CAST(:since AS timestamp) AT TIME ZONE 'Asia/Shanghai'
    AND opened_at < (CAST(:until AS timestamp) + interval '1 day') AT TIME ZONE 'Asia/Shanghai'
"""
DAY = "(opened_at AT TIME ZONE 'Asia/Shanghai')::date"
BY_DAY = text(f"""
    SELECT city, agency, {DAY} AS day, count(*) AS opened,
           count(*) FILTER (WHERE state = 'open') AS waiting,
           count(*) FILTER (WHERE state = 'claimed') AS in_work,
           count(*) FILTER (WHERE state IN ('closed', 'handed_back')) AS settled,
           count(*) FILTER (WHERE state = 'withdrawn') AS withdrawn,
           percentile_disc(0.5) WITHIN GROUP (ORDER BY first_answer_seconds)
               FILTER (WHERE reason <> 'bad_grade') AS first_answer_median,
           percentile_disc(0.9) WITHIN GROUP (ORDER BY first_answer_seconds)
               FILTER (WHERE reason <> 'bad_grade') AS first_answer_p90,
           percentile_disc(0.5) WITHIN GROUP (ORDER BY resolution_seconds)
               FILTER (WHERE state IN ('closed', 'handed_back') AND reason <> 'bad_grade') AS resolution_median,
           percentile_disc(0.9) WITHIN GROUP (ORDER BY resolution_seconds)
               FILTER (WHERE state IN ('closed', 'handed_back') AND reason <> 'bad_grade') AS resolution_p90
    FROM tickets WHERE {WANTED} GROUP BY city, agency, day ORDER BY day DESC, city, agency
""")
WHY = text(f"""
    SELECT city, agency, {DAY} AS day, split_part(reason, '_', 1) = 'emergency' AS urgent, reason, count(*) AS opened
    FROM tickets WHERE {WANTED} GROUP BY city, agency, day, reason
""")


@dataclass(frozen=True, slots=True)
class Row:
    """The figures of an agency's tickets that were opened on a day. Times are seconds; None: there is none."""

    city: str
    agency: str
    day: date
    opened: int
    waiting: int
    in_work: int
    settled: int
    withdrawn: int
    first_answer_median: int | None
    first_answer_p90: int | None
    resolution_median: int | None
    resolution_p90: int | None
    reasons: Mapping[str, int]


COLUMNS = tuple(field.name for field in fields(Row) if field.name != "reasons")


@dataclass(frozen=True)
class Figures:
    """Figures, as far as the actor may see them."""

    engine: AsyncEngine

    async def by_day(
        self, actor: Actor, since: date, until: date, *, city: str | None = None, agency: str | None = None
    ) -> list[Row]:
        """A row for each agency and day on which tickets were opened, the newest day first."""
        places = actor.places(Permission.FIGURES_READ).values()
        values = {"since": since, "until": until, "city": city, "agency": agency, **places}
        async with self.engine.connect() as connection:
            days = (await connection.execute(BY_DAY, values)).all()
            why = (await connection.execute(WHY, values)).all()
        reasons: dict[tuple[str, str, date], dict[str, int]] = {}
        for row in why:
            name = "emergency" if row.urgent else row.reason if row.reason in REASONS else "other"
            counted = reasons.setdefault((row.city, row.agency, row.day), {})
            counted[name] = counted.get(name, 0) + row.opened
        return [Row(**row._mapping, reasons=reasons[row.city, row.agency, row.day]) for row in days]


def as_csv(rows: Iterable[Row]) -> str:
    """The same as CSV, times in seconds; an empty field: there is none."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([*COLUMNS, *(f"opened_{one}" for one in (*REASONS, "other"))])
    for row in rows:
        counted = [row.reasons.get(one, 0) for one in (*REASONS, "other")]
        said = ("" if (value := getattr(row, name)) is None else value for name in COLUMNS)
        writer.writerow(cells([*said, *counted]))
    return out.getvalue()


def by_day_alone(rows: Sequence[Row]) -> list[tuple[date, int]]:
    """How many tickets were opened on each day, by day, for a plot."""
    days: dict[date, int] = {}
    for row in rows:
        days[row.day] = days.get(row.day, 0) + row.opened
    return sorted(days.items())
