"""What happened to the chat's button on other sites: how often, by day and site. Nothing tells visitors apart."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from desk.contract.staff import Actor, Permission

type Happening = Literal["viewed", "opened", "begun", "completed"]
HAPPENINGS: tuple[Happening, ...] = ("viewed", "opened", "begun", "completed")
SHARDS = 16
"""Rows that one number is counted in: one row would be waited for by all who count at once."""

COUNT = text("""
    INSERT INTO site_counts (day, city, origin, what, shard, count) VALUES (:day, :city, :origin, :what, :shard, 1)
    ON CONFLICT (day, city, origin, what, shard) DO UPDATE SET count = site_counts.count + 1
""")
COUNTS = text("""
    SELECT day, city, origin,
           coalesce(sum(count) FILTER (WHERE what = 'viewed'), 0)::bigint AS viewed,
           coalesce(sum(count) FILTER (WHERE what = 'opened'), 0)::bigint AS opened,
           coalesce(sum(count) FILTER (WHERE what = 'begun'), 0)::bigint AS begun,
           coalesce(sum(count) FILTER (WHERE what = 'completed'), 0)::bigint AS completed
    FROM site_counts
    WHERE (:everywhere OR city = ANY (:cities)) AND (CAST(:city AS text) IS NULL OR city = :city)
      AND day BETWEEN :since AND :until
    GROUP BY day, city, origin ORDER BY day DESC, city, origin LIMIT CAST(:most AS bigint)
""")


@dataclass(frozen=True, slots=True)
class SiteDay:
    """One site on one day."""

    day: date
    city: str
    origin: str
    viewed: int
    opened: int
    begun: int
    completed: int


async def note(connection: AsyncConnection, *, day: date, city: str, origin: str, what: Happening) -> None:
    """Count something that happened on a site."""
    values = {"day": day, "city": city, "origin": origin, "what": what, "shard": random.randrange(SHARDS)}
    await connection.execute(COUNT, values)


async def days_of(
    connection: AsyncConnection,
    actor: Actor,
    since: date,
    until: date,
    *,
    city: str | None = None,
    most: int | None = None,
) -> Sequence[SiteDay]:
    """What was counted in the cities whose figures somebody may see, the latest day first."""
    places = actor.places(Permission.FIGURES_READ)
    values = {"everywhere": places.everywhere, "cities": places.all_cities, "city": city, "most": most}
    found = await connection.execute(COUNTS, {**values, "since": since, "until": until})
    return [SiteDay(**row._mapping) for row in found]
