"""Whether guides helped, as their readers say by a button: numbers by day, guide and language."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from desk.contract.staff import Actor, Permission

type Answer = Literal["yes", "no", "unclear", "missing", "outdated"]
REASONS: tuple[Answer, ...] = ("unclear", "missing", "outdated")
"""Why not: each comes after a `no`, which was counted by itself."""

COUNT = text("""
    INSERT INTO guide_votes (day, city, guide, locale, answer, count) VALUES (:day, :city, :guide, :locale, :answer, 1)
    ON CONFLICT (day, city, guide, locale, answer) DO UPDATE SET count = guide_votes.count + 1
""")
VOTES = text("""
    SELECT city, guide, locale, CASE WHEN CAST(:by_day AS boolean) THEN day END AS day,
           coalesce(sum(count) FILTER (WHERE answer = 'yes'), 0)::bigint AS yes,
           coalesce(sum(count) FILTER (WHERE answer = 'no'), 0)::bigint AS no,
           coalesce(sum(count) FILTER (WHERE answer = 'unclear'), 0)::bigint AS unclear,
           coalesce(sum(count) FILTER (WHERE answer = 'missing'), 0)::bigint AS missing,
           coalesce(sum(count) FILTER (WHERE answer = 'outdated'), 0)::bigint AS outdated
    FROM guide_votes
    WHERE (:everywhere OR city = ANY (:cities)) AND (CAST(:city AS text) IS NULL OR city = :city)
      AND day BETWEEN :since AND :until
    GROUP BY 1, 2, 3, 4 ORDER BY 4 DESC, 6 DESC, 5, 1, 2, 3
""")


@dataclass(frozen=True, slots=True)
class GuideVotes:
    """A guide in a language, on a day or, `day` None, in all of them. Reasons are those of who said no and why."""

    city: str
    guide: str
    locale: str
    day: date | None
    yes: int
    no: int
    unclear: int
    missing: int
    outdated: int


async def note(connection: AsyncConnection, *, day: date, city: str, guide: str, locale: str, answer: Answer) -> None:
    """Count what a reader of a guide said."""
    values = {"day": day, "city": city, "guide": guide, "locale": locale, "answer": answer}
    await connection.execute(COUNT, values)


async def votes_of(
    connection: AsyncConnection,
    actor: Actor,
    since: date,
    until: date,
    *,
    city: str | None = None,
    by_day: bool = False,
) -> Sequence[GuideVotes]:
    """What was said of guides in the cities whose figures somebody may see; most said no of first."""
    places = actor.places(Permission.FIGURES_READ)
    values = {"everywhere": places.everywhere, "cities": places.all_cities, "city": city, "by_day": by_day}
    found = await connection.execute(VOTES, {**values, "since": since, "until": until})
    return [GuideVotes(**row._mapping) for row in found]
