"""Figures of grades by agency. What each means is written in `docs/explanation/ticket-figures.md`."""

from dataclasses import dataclass, fields
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from desk.contract.staff import WITHIN, Actor, Permission
from desk.tickets.grades.ledger import Grade

SEEN = WITHIN.format(city="city", agency="agency")
BAD = "grade IN ('dissatisfied', 'very_dissatisfied')"
GOOD_AFTER = "second_grade IN ('very_satisfied', 'satisfied', 'fairly_satisfied')"
BY_AGENCY = text(f"""
    SELECT city, agency, count(*) AS asked, count(grade) AS graded,
           count(*) FILTER (WHERE grade = 'very_satisfied') AS very_satisfied,
           count(*) FILTER (WHERE grade = 'satisfied') AS satisfied,
           count(*) FILTER (WHERE grade = 'fairly_satisfied') AS fairly_satisfied,
           count(*) FILTER (WHERE grade = 'dissatisfied') AS dissatisfied,
           count(*) FILTER (WHERE grade = 'very_dissatisfied') AS very_dissatisfied,
           count(*) FILTER (WHERE {BAD} AND called_back_at IS NOT NULL) AS called_back,
           count(*) FILTER (WHERE {BAD} AND mended_at IS NOT NULL) AS mended,
           count(*) FILTER (WHERE {BAD} AND mended_at <= mend_by) AS mended_in_time,
           count(*) FILTER (WHERE {BAD} AND {GOOD_AFTER}) AS satisfied_after
    FROM ticket_grades
    WHERE {SEEN} AND (CAST(:city AS text) IS NULL OR city = :city)
      AND asked_at >= CAST(:since AS timestamp) AT TIME ZONE 'Asia/Shanghai'
      AND asked_at < (CAST(:until AS timestamp) + interval '1 day') AT TIME ZONE 'Asia/Shanghai'
    GROUP BY city, agency ORDER BY city, agency
""")


@dataclass(frozen=True, slots=True)
class GradesOf:
    """The grades of an agency whose residents were asked within some days."""

    city: str
    agency: str
    asked: int
    graded: int
    very_satisfied: int
    satisfied: int
    fairly_satisfied: int
    dissatisfied: int
    very_dissatisfied: int
    called_back: int
    mended: int
    mended_in_time: int
    satisfied_after: int

    @property
    def bad(self) -> int:
        """How many must be, or were, mended."""
        return self.dissatisfied + self.very_dissatisfied

    @property
    def satisfied_percent(self) -> str:
        """The share of the three good grades among those given, `96.7`; empty: none was given."""
        if not self.graded:
            return ""
        share = Decimal(100 * (self.graded - self.bad)) / self.graded
        return str(share.quantize(Decimal("0.1"), ROUND_HALF_UP))


COUNTS = ("asked", "graded", *Grade, "satisfied_percent", "bad")
AFTER = ("called_back", "mended", "mended_in_time", "satisfied_after")


@dataclass(frozen=True)
class GradeFigures:
    """Figures of grades, as far as the actor may see them."""

    engine: AsyncEngine

    async def by_agency(self, actor: Actor, since: date, until: date, *, city: str | None = None) -> list[GradesOf]:
        """A row for each agency whose residents were asked on one of the days, both counted."""
        places = actor.places(Permission.FIGURES_READ).values()
        values = {"since": since, "until": until, "city": city, **places}
        async with self.engine.connect() as connection:
            rows = (await connection.execute(BY_AGENCY, values)).all()
        return [GradesOf(**{one.name: row._mapping[one.name] for one in fields(GradesOf)}) for row in rows]
