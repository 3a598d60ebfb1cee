"""How right the account is, by a random sample of each week, and how far trainers agree."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from desk.contract.staff import Actor, Permission
from desk.teaching.agreement import Agreement, Share, agreements, wilson
from desk.teaching.gathering import week_of

WEEKS = text("""
    WITH drawn AS (
        SELECT line.id, line.sampled_in AS week, line.chance, line.heard,
               coalesce(line.commands, opinion.commands) AS commands
        FROM teaching_lines AS line
        LEFT JOIN teaching_opinions AS opinion ON opinion.line_id = line.id AND opinion.round = 1
        WHERE line.sampled_in IS NOT NULL
    ), next AS (
        SELECT week, coalesce(min(chance) FILTER (WHERE commands IS NULL), 'Infinity') AS chance
        FROM drawn GROUP BY week
    ), said AS (
        SELECT drawn.* FROM drawn JOIN next USING (week)
        WHERE cardinality(drawn.commands) > 0 AND drawn.chance < next.chance
    )
    SELECT week.week, week.messages, count(drawn.id) AS drawn, count(said.id) AS said,
           count(said.id) FILTER (WHERE said.heard = ANY (said.commands)) AS right
    FROM teaching_weeks AS week
    LEFT JOIN drawn ON drawn.week = week.week
    LEFT JOIN said ON said.id = drawn.id
    GROUP BY week.week, week.messages ORDER BY week.week DESC LIMIT 26
""")
"""Of those that were drawn, what was said of all up to the first of which nobody has said anything: what is also in
the inbox is labelled out of turn, and is understood badly by its choice."""
PAIRS = text("""
    SELECT first.commands[1] AS first, second.commands[1] AS second
    FROM teaching_opinions AS first JOIN teaching_opinions AS second USING (line_id)
    WHERE first.round = 1 AND second.round = 2
""")


@dataclass(frozen=True, slots=True)
class Week:
    """The sample of a week: how many messages it is of, how many were drawn, and how many of those were looked at, in
    the order in which they were drawn.

    `share` of those that were heard rightly, with its interval; None: none was looked at. `is_over`: it can be
    labelled.
    """

    week: date
    messages: int
    drawn: int
    said: int
    share: Share | None
    is_over: bool


@dataclass(frozen=True)
class Figures:
    """Figures of teaching."""

    engine: AsyncEngine

    async def weeks(self, actor: Actor) -> list[Week]:
        """The last half year, the newest week first.

        Raises:
            NotPermitted: the actor may not read lines.
        """
        actor.require(Permission.LINE_READ)
        now = week_of(datetime.now(UTC))
        async with self.engine.connect() as connection:
            rows = (await connection.execute(WEEKS)).all()
        return [
            Week(row.week, row.messages, row.drawn, row.said, wilson(row.right, row.said), row.week < now)
            for row in rows
        ]

    async def agreement(self, actor: Actor) -> Sequence[Agreement]:
        """How first and second trainers agree: of all, then of each command.

        Raises:
            NotPermitted: the actor may not read lines.
        """
        actor.require(Permission.LINE_READ)
        async with self.engine.connect() as connection:
            return agreements([(row.first, row.second) for row in await connection.execute(PAIRS)])
