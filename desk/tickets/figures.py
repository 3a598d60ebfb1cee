"""Figures of tickets by agency, district, channel and day; `docs/explanation/ticket-figures.md` says what each means.

Times are office time in whole seconds, as the clocks keep them; median and ninetieth percentile are times that really
were: of an even number the lower one in the middle.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from sqlalchemy import Row as RowOfStore
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from desk.contract.staff import WITHIN, Actor, Permission

REASONS = (
    *("asked", "not_understood", "anger", "failed", "refund", "voice_stopped", "emergency", "clerk"),
    *("agency_silent", "second_trade", "amount_differs", "refund_refused", "bad_grade", "report_late", "agency_away"),
)
"""Why tickets are opened; whatever else there is counts as `other`."""
LONGEST_DAYS = 92

UNKNOWN = "unknown"
"""How a channel or district that is not known is written in filters."""

type Dimension = Literal["agency", "district", "channel", "day"]
DIMENSIONS: tuple[Dimension, ...] = ("agency", "district", "channel", "day")
USUAL: frozenset[Dimension] = frozenset({"agency", "day"})

SEEN = WITHIN.format(city="city", agency="agency")
DAY = "(opened_at AT TIME ZONE 'Asia/Shanghai')::date"
GROUPS = f"""
    city,
    CASE WHEN CAST(:by_agency AS boolean) THEN agency END AS agency,
    CASE WHEN CAST(:by_district AS boolean) THEN district END AS district,
    CASE WHEN CAST(:by_channel AS boolean) THEN channel END AS channel,
    CASE WHEN CAST(:by_day AS boolean) THEN {DAY} END AS day
"""
WANTED = f"""
    {SEEN} AND (CAST(:city AS text) IS NULL OR city = :city) AND (CAST(:agency AS text) IS NULL OR agency = :agency)
    AND (CAST(:district AS text) IS NULL OR district = :district)
    AND (CAST(:channel AS text) IS NULL OR channel = :channel)
    AND opened_at >= CAST(:since AS timestamp) AT TIME ZONE 'Asia/Shanghai'
    AND opened_at < (CAST(:until AS timestamp) + interval '1 day') AT TIME ZONE 'Asia/Shanghai'
"""
URGENT = "split_part(reason, '_', 1) = 'emergency'"
NAMED = ", ".join(f"'{one}'" for one in REASONS)
WHY = ", ".join(
    [f"count(*) FILTER (WHERE reason = '{one}') AS opened_{one}" for one in REASONS if one != "emergency"]
    + [f"count(*) FILTER (WHERE {URGENT}) AS opened_emergency"]
    + [f"count(*) FILTER (WHERE reason NOT IN ({NAMED}) AND NOT {URGENT}) AS opened_other"]
)
ANSWERED = "first_answer_seconds > 0 AND reason <> 'bad_grade'"
"""Where no office time has passed, because the office was closed, an answer says nothing of how long one waits."""
FIGURES = text(f"""
    SELECT {GROUPS}, count(*) AS opened,
           count(*) FILTER (WHERE state = 'open') AS waiting,
           count(*) FILTER (WHERE state = 'claimed') AS in_work,
           count(*) FILTER (WHERE state IN ('closed', 'handed_back')) AS settled,
           count(*) FILTER (WHERE state = 'withdrawn') AS withdrawn,
           percentile_disc(0.5) WITHIN GROUP (ORDER BY first_answer_seconds)
               FILTER (WHERE {ANSWERED}) AS first_answer_median,
           percentile_disc(0.9) WITHIN GROUP (ORDER BY first_answer_seconds)
               FILTER (WHERE {ANSWERED}) AS first_answer_p90,
           percentile_disc(0.5) WITHIN GROUP (ORDER BY resolution_seconds)
               FILTER (WHERE state IN ('closed', 'handed_back') AND reason <> 'bad_grade') AS resolution_median,
           percentile_disc(0.9) WITHIN GROUP (ORDER BY resolution_seconds)
               FILTER (WHERE state IN ('closed', 'handed_back') AND reason <> 'bad_grade') AS resolution_p90,
           {WHY}
    FROM tickets WHERE {WANTED} GROUP BY 1, 2, 3, 4, 5 ORDER BY 5 DESC, 1, 2, 3, 4
    LIMIT CAST(:most AS bigint)
""")
OPENED = text(f"SELECT {DAY} AS day, count(*) AS opened FROM tickets WHERE {WANTED} GROUP BY day ORDER BY day")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which tickets are counted, and by what. None leaves open; an empty channel or district is one that is unknown.

    Attributes:
        since: the first day of opening.
        until: the last.
        by: what a row is of, besides its city.
    """

    since: date
    until: date
    city: str | None = None
    agency: str | None = None
    district: str | None = None
    channel: str | None = None
    by: frozenset[Dimension] = USUAL

    def values(self) -> dict[str, object]:
        """For a statement."""
        names = ("since", "until", "city", "agency", "district", "channel")
        return {name: getattr(self, name) for name in names} | {f"by_{one}": one in self.by for one in DIMENSIONS}


@dataclass(frozen=True, slots=True)
class Row:
    """The figures of tickets that were opened, of one of each dimension that is told apart; None: of all of it.

    An empty district or channel is not known. Times are seconds; None: there is none.
    """

    city: str
    agency: str | None
    district: str | None
    channel: str | None
    day: date | None
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


@dataclass(frozen=True)
class Figures:
    """Figures, as far as the actor may see them."""

    engine: AsyncEngine

    async def rows(self, actor: Actor, wanted: Wanted, *, most: int | None = None) -> list[Row]:
        """A row for each of what is told apart, if tickets of it were opened; the newest day first; at most so many."""
        values = {**_values(actor, wanted), "most": most}
        async with self.engine.connect() as connection:
            return [_row(row) for row in await connection.execute(FIGURES, values)]

    async def opened(self, actor: Actor, wanted: Wanted) -> dict[date, int]:
        """How many tickets were opened on each day on which any were, for a plot."""
        async with self.engine.connect() as connection:
            return {row.day: row.opened for row in await connection.execute(OPENED, _values(actor, wanted))}


def _row(found: RowOfStore[Any]) -> Row:
    values = dict(found._mapping)
    counted = {one: values.pop(f"opened_{one}") for one in (*REASONS, "other")}
    return Row(**values, reasons={one: count for one, count in counted.items() if count})


def _values(actor: Actor, wanted: Wanted) -> dict[str, object]:
    return wanted.values() | actor.places(Permission.FIGURES_READ).values()
