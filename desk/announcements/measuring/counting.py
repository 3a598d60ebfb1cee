"""Figures of announcements by agency, topic, channel and day; `docs/explanation/announcement-figures.md` says what each
means.

What became of an announcement is counted by a job, often at first and at last never again, and kept as bare numbers. So
the figures of a quarter cost what its announcements cost to read, however many residents were told, and stay when
residents are forgotten.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from desk.announcements.measuring.figures import LATER, NOT_SAID, TELLING, UNTOLD
from desk.contract.staff import WITHIN, Actor, Permission
from desk.store.database import transaction

LONGEST_DAYS = 92
NONE = "none"
"""How the channel of what nobody was told is written in filters."""

type Dimension = Literal["agency", "topic", "channel", "day"]
DIMENSIONS: tuple[Dimension, ...] = ("agency", "topic", "channel", "day")
USUAL: frozenset[Dimension] = frozenset({"agency", "day"})

DAY = "(published_at AT TIME ZONE 'Asia/Shanghai')::date"
PUBLISHED = f"""
    SELECT id, city, agency, topic, {DAY} AS day, count_at, counted_at FROM announcements
    WHERE {WITHIN.format(city="city", agency="agency")} AND mode = 'live'
      AND (CAST(:city AS text) IS NULL OR city = :city) AND (CAST(:agency AS text) IS NULL OR agency = :agency)
      AND (CAST(:topic AS text) IS NULL OR topic = :topic)
      AND published_at >= CAST(:since AS timestamp) AT TIME ZONE 'Asia/Shanghai'
      AND published_at < (CAST(:until AS timestamp) + interval '1 day') AT TIME ZONE 'Asia/Shanghai'
"""
COUNTED = f"""
    FROM ({PUBLISHED}) AS published
    LEFT JOIN announcement_counts AS counted ON counted.announcement_id = published.id
    WHERE (CAST(:channel AS text) IS NULL OR coalesce(counted.channel, '') = :channel)
"""
GROUPS = """
    city,
    CASE WHEN CAST(:by_agency AS boolean) THEN agency END AS agency,
    CASE WHEN CAST(:by_topic AS boolean) THEN topic END AS topic,
    CASE WHEN CAST(:by_channel AS boolean) THEN coalesce(counted.channel, '') END AS channel,
    CASE WHEN CAST(:by_day AS boolean) THEN day END AS day
"""
SAID = ("told", "shown", "tells", "read", "delivered", "waiting", "failed", "unknown", "withheld", "digested")
KINDS = (*SAID, LATER, UNTOLD)
AFTER = ("replied", "unsubscribed")
SUMS = ", ".join(f"coalesce(sum(counted.{one}), 0)::bigint AS {one}" for one in (*KINDS, *AFTER))
FIGURES = text(f"""
    SELECT {GROUPS}, count(DISTINCT published.id) AS published, {SUMS}
    {COUNTED} GROUP BY 1, 2, 3, 4, 5 ORDER BY 5 DESC, 1, 2, 3, 4 LIMIT CAST(:most AS bigint)
""")
READ = text(f"SELECT day, coalesce(sum(counted.read), 0)::bigint AS read {COUNTED} GROUP BY day ORDER BY day")
TOLD = text(f"SELECT day, coalesce(sum(counted.told), 0)::bigint AS told {COUNTED} GROUP BY day ORDER BY day")
OLDEST = text(f"SELECT min(counted_at) FROM ({PUBLISHED}) AS published WHERE count_at IS NOT NULL")

# A week for digests, a day for what is done after them, and one more.
DUE = text("""
    SELECT id FROM announcements
    WHERE published_at IS NOT NULL AND mode = 'live' AND count_at <= :now ORDER BY count_at LIMIT :limit
""")
TAKE = text("SELECT id FROM announcements WHERE id = :id AND count_at <= :now FOR NO KEY UPDATE SKIP LOCKED")
FORGET = text("DELETE FROM announcement_counts WHERE announcement_id = :id")
COUNT = text(f"""
    SELECT channel,
           count(*) FILTER (WHERE state NOT IN ('{LATER}', '{UNTOLD}')) AS told,
           count(*) FILTER (WHERE state = '{LATER}') AS later,
           count(*) FILTER (WHERE state = '{UNTOLD}') AS untold,
           count(*) FILTER (WHERE state = 'shown') AS shown,
           count(*) FILTER (WHERE tells) AS tells,
           count(*) FILTER (WHERE tells AND read_at IS NOT NULL) AS read,
           count(*) FILTER (WHERE state = 'sent') AS delivered,
           count(*) FILTER (WHERE state IN ('waiting', 'sending')) AS waiting,
           count(*) FILTER (WHERE state IN ('dead', 'lost')) AS failed,
           count(*) FILTER (WHERE state = 'unknown') AS unknown,
           count(*) FILTER (WHERE state = 'dropped') AS withheld,
           count(*) FILTER (WHERE state = 'digested') AS digested,
           count(*) FILTER (WHERE replied) AS replied,
           count(*) FILTER (WHERE unsubscribed) AS unsubscribed
    FROM (SELECT conversation.channel, told.read_at,
                 told.seq IS NOT NULL AND conversation.channel = ANY (CAST(:telling AS text[])) AS tells,
                 CASE WHEN told.seq IS NULL THEN 'digested'
                      WHEN sent.state IS NULL THEN 'shown'
                      WHEN sent.state = 'sent' AND sent.reports @? '$.* ? (@ == false)' THEN 'lost'
                      ELSE sent.state END AS state,
                 EXISTS (SELECT FROM inbound_messages AS answer
                         WHERE answer.conversation_id = told.conversation_id
                           AND answer.received_at BETWEEN told.said_at AND told.said_at + interval '24 hours'
                           AND answer.outcome IS DISTINCT FROM 'looked_up') AS replied,
                 told.unsubscribed_at IS NOT NULL
                 OR coalesce(resident.muted_at BETWEEN told.said_at AND told.said_at + interval '24 hours', false)
                     AS unsubscribed
          FROM announcement_deliveries AS told
          JOIN conversations AS conversation ON conversation.id = told.conversation_id
          JOIN residents AS resident ON resident.id = conversation.resident_id
          LEFT JOIN deliveries AS sent ON sent.conversation_id = told.conversation_id AND sent.seq = told.seq
          WHERE told.announcement_id = :id
          UNION ALL
          SELECT conversation.channel, NULL, false, not_said.state, false, false
          FROM ({NOT_SAID}) AS not_said JOIN conversations AS conversation ON conversation.id = not_said.conversation_id
         ) AS each
    GROUP BY channel ORDER BY channel
""")
KEEP = text("""
    INSERT INTO announcement_counts (announcement_id, channel, told, shown, tells, read, delivered, waiting, failed,
                                     unknown, withheld, digested, later, untold, replied, unsubscribed)
    VALUES (:id, :channel, :told, :shown, :tells, :read, :delivered, :waiting, :failed, :unknown, :withheld, :digested,
            :later, :untold, :replied, :unsubscribed)
""")
# Every ten minutes until two hours after its end, every hour for two days, every day until the ninth.
NEXT = text("""
    UPDATE announcements SET counted_at = :now, count_at = CASE
        WHEN coalesce(ended_at, :now) > CAST(:now AS timestamptz) - interval '2 hours'
            THEN CAST(:now AS timestamptz) + interval '10 minutes'
        WHEN ended_at > CAST(:now AS timestamptz) - interval '2 days'
            THEN CAST(:now AS timestamptz) + interval '1 hour'
        WHEN ended_at > CAST(:now AS timestamptz) - interval '9 days'
            THEN CAST(:now AS timestamptz) + interval '1 day'
        END
    WHERE id = :id
""")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which announcements are counted, and by what. None leaves open; an empty channel: nobody was told.

    Attributes:
        since: the first day of publishing.
        until: the last.
        by: what a row is of, besides its city.
    """

    since: date
    until: date
    city: str | None = None
    agency: str | None = None
    topic: str | None = None
    channel: str | None = None
    by: frozenset[Dimension] = USUAL

    def values(self) -> dict[str, object]:
        """For a statement."""
        return {name: getattr(self, name) for name in ("since", "until", "city", "agency", "topic", "channel")}


@dataclass(frozen=True, slots=True)
class Row:
    """The figures of announcements, of one of each dimension that is told apart; None: of all of it."""

    city: str
    agency: str | None
    topic: str | None
    channel: str | None
    day: date | None
    published: int
    told: int
    shown: int
    tells: int
    read: int
    delivered: int
    waiting: int
    failed: int
    unknown: int
    withheld: int
    digested: int
    later: int
    untold: int
    replied: int
    unsubscribed: int


@dataclass(frozen=True)
class Figures:
    """Figures, as far as the actor may see them."""

    engine: AsyncEngine

    async def rows(self, actor: Actor, wanted: Wanted, *, most: int | None = None) -> list[Row]:
        """A row for each of what is told apart, if anything of it was published; the newest day first; at most so many.

        An announcement is in the row of each channel on which it was told.
        """
        apart = {f"by_{one}": one in wanted.by for one in DIMENSIONS}
        async with self.engine.connect() as connection:
            found = await connection.execute(FIGURES, {**_values(actor, wanted), **apart, "most": most})
            return [Row(**row._mapping) for row in found]

    async def told(self, actor: Actor, wanted: Wanted) -> dict[date, int]:
        """How many were told of what was published on each day, for a plot."""
        async with self.engine.connect() as connection:
            return {row.day: row.told for row in await connection.execute(TOLD, _values(actor, wanted))}

    async def read(self, actor: Actor, wanted: Wanted) -> dict[date, int]:
        """How many of them have read it, of those whose channel tells it."""
        async with self.engine.connect() as connection:
            return {row.day: row.read for row in await connection.execute(READ, _values(actor, wanted))}

    async def oldest(self, actor: Actor, wanted: Wanted) -> datetime | None:
        """When those that still move were all counted; None: none of them does, or none was counted."""
        values = _values(actor, wanted)
        del values["channel"]
        async with self.engine.connect() as connection:
            found: datetime | None = (await connection.execute(OLDEST, values)).scalar_one()
        return found


@dataclass(frozen=True)
class Counting:
    """Counts what became of announcements. `now` is the clock."""

    engine: AsyncEngine
    now: Callable[[], datetime]

    async def due(self, limit: int) -> list[int]:
        """What is to be counted, the longest due first."""
        async with self.engine.connect() as connection:
            return list((await connection.execute(DUE, {"now": self.now(), "limit": limit})).scalars())

    async def count(self, announcement: int) -> bool:
        """Count one, if it is due; whether it was. Nobody waits for its row meanwhile."""
        about = {"id": announcement, "now": self.now()}
        async with self.engine.connect() as connection:
            of = {"id": announcement, "numbers": [announcement], "telling": list(TELLING)}
            counted = [dict(row._mapping) for row in await connection.execute(COUNT, of)]
        async with transaction(self.engine) as connection:
            if (await connection.execute(TAKE, about)).one_or_none() is None:
                return False
            await connection.execute(FORGET, {"id": announcement})
            if counted:
                await connection.execute(KEEP, [{"id": announcement, **one} for one in counted])
            await connection.execute(NEXT, about)
        return True


def _values(actor: Actor, wanted: Wanted) -> dict[str, object]:
    return wanted.values() | actor.places(Permission.FIGURES_READ).values()
