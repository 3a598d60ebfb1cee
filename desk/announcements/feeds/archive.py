"""What everybody may read of a city's announcements: those in force, all, one, what changed last, what has a day.

Whatever was taken back is never shown with its words; that it was, and when, stays.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from desk.announcements.content import Document
from desk.announcements.feeds.terms import query_of
from desk.linking.person import together

FEED_ENTRIES = 50
DATED_ENTRIES = 200
DATED_DAYS = 90  # so long after it is over an entry stays in a calendar
JUST_BEFORE = timedelta(microseconds=1)

# Conditions in SQL; `:now` is the desk's clock.
NEWS_DAYS = 7
"""So long after it was published an announcement that says no end holds as an answer to what is going on."""
FOR_ALL = "(announcements.earlier IS DISTINCT FROM 'over' OR announcements.kind = 'alert')"
"""Is more than the word to those reached that another was withdrawn."""
ON_PAGES = "coalesce(announcements.on_pages, announcements.audience ->> 'whom' NOT IN ('users', 'list'), true)"
"""Is for everybody's eyes: as its editor said; otherwise unless it is for users of services or a list
(`content.FOR_THEM_ALONE`).
"""
IS_THEIRS = f"""
    ({ON_PAGES} OR EXISTS (
        SELECT FROM announcement_deliveries AS mine
        WHERE mine.announcement_id = announcements.id AND mine.conversation_id = ANY ({together("{reader}")})))
"""
"""Is for everybody's eyes, or was told to who reads, in whatever conversation of theirs: `reader`, an expression."""
ONCE_KNOWN = f"announcements.published_at <= :now AND announcements.mode = 'live' AND {FOR_ALL}"
"""Was made known to those whom it is for, whether or not it was taken back."""
KNOWN = f"{ONCE_KNOWN} AND announcements.withdrawn_at IS NULL"
"""Was made known to those whom it is for, and stands."""
HOLDS = f"""
    {KNOWN} AND (announcements.until IS NULL OR announcements.until > :now)
    AND NOT EXISTS (SELECT FROM announcements AS correction
                    WHERE correction.corrects = announcements.id AND correction.published_at <= :now)
"""
"""Still holds: it is not over, and nothing has corrected it, also if that was taken back: wrong it stays."""
ONCE_PUBLIC = f"{ONCE_KNOWN} AND {ON_PAGES}"
"""Was made known to everybody, whether or not it was taken back."""
PUBLIC = f"{KNOWN} AND {ON_PAGES}"
"""Stands, and everybody may read it."""
IN_FORCE = f"{HOLDS} AND {ON_PAGES}"
"""Holds, and everybody may read it."""

CHANGE = "coalesce(announcements.withdrawn_at, announcements.published_at)"
"""When one was made known or taken back, whichever came last."""
TOPIC = "(CAST(:topic AS text) IS NULL OR announcements.topic = :topic)"

CORRECTS = ONCE_PUBLIC.replace("announcements.", "next.")
# The newest that corrects one, over any number of steps.
FROM = f"""
    FROM announcements LEFT JOIN LATERAL (
        WITH RECURSIVE newer (id, published_at) AS (
            SELECT next.id, next.published_at FROM announcements AS next
            WHERE next.corrects = announcements.id AND {CORRECTS}
            UNION
            SELECT next.id, next.published_at FROM newer JOIN announcements AS next ON next.corrects = newer.id
            WHERE {CORRECTS}
        )
        SELECT id AS corrected_by, published_at AS corrected_at FROM newer ORDER BY published_at DESC, id DESC LIMIT 1
    ) AS correction ON true
    LEFT JOIN announcement_images AS kept ON kept.sha256 = announcements.image ->> 'sha256'
"""
SELECT = f"""
    SELECT announcements.id, city, agency, topic, districts, link, published_at, valid_from, until, withdrawn_at,
           corrects, earlier, kind, urgency, corrected_by, corrected_at, announcements.converted,
           CASE WHEN withdrawn_at IS NULL THEN titles ELSE jsonb_build_object() END AS titles,
           CASE WHEN withdrawn_at IS NULL THEN texts ELSE jsonb_build_object() END AS texts,
           CASE WHEN withdrawn_at IS NULL THEN mistake ELSE jsonb_build_object() END AS mistake,
           (SELECT first.published_at FROM announcements AS first WHERE first.id = announcements.corrects)
               AS corrects_at,
           CASE WHEN withdrawn_at IS NULL AND kept.sha256 IS NOT NULL THEN
               announcements.image || jsonb_build_object('content_type', content_type, 'width', width, 'height', height,
                                                         'size', octet_length(content))
           END AS picture,
           CASE WHEN withdrawn_at IS NULL THEN announcements.documents ELSE '[]' END AS documents
    {FROM}
"""
FIND = text(f"{SELECT} WHERE announcements.id = :id AND city = :city AND {ONCE_PUBLIC}")
# What is shown is found first; only then it is read whole, and what corrects it is looked for.
SHOWN = """
    WITH found AS MATERIALIZED (SELECT id AS number FROM announcements WHERE city = :city AND <which> LIMIT :limit)
    <select> JOIN found ON number = announcements.id ORDER BY published_at DESC, announcements.id DESC
""".replace("<select>", SELECT)
NEWEST = "ORDER BY published_at DESC, id DESC"
NARROWED = f"""
    {PUBLIC} AND {TOPIC}
    AND (CAST(:district AS text) IS NULL OR districts = '{{}}' OR CAST(:district AS text) = ANY (districts))
    AND (CAST(:agency AS text) IS NULL OR agency = :agency)
    AND (CAST(:since AS timestamptz) IS NULL OR published_at >= :since)
    AND (CAST(:before AS timestamptz) IS NULL OR published_at < :before)
    AND (CAST(:beyond AS bigint) IS NULL OR (published_at, id) <
         (SELECT last.published_at, last.id FROM announcements AS last WHERE last.id = :beyond))
"""
TIMELINE = text(SHOWN.replace("<which>", f"{IN_FORCE} {NEWEST}"))
LISTED = text(SHOWN.replace("<which>", f"{NARROWED} {NEWEST}"))
SEARCHED = text(SHOWN.replace("<which>", f"{NARROWED} AND terms @@ CAST(:query AS tsquery) {NEWEST}"))
RECENT = text(SHOWN.replace("<which>", f"{ONCE_PUBLIC} AND {TOPIC} ORDER BY {CHANGE} DESC"))
DATED = text(
    SHOWN.replace(
        "<which>",
        f"""{ONCE_PUBLIC} AND {TOPIC} AND (valid_from IS NOT NULL OR until IS NOT NULL)
            AND coalesce(until, valid_from) > CAST(:now AS timestamptz) - interval '{DATED_DAYS} days' {NEWEST}""",
    )
)
CHANGED = text(f"""
    SELECT {CHANGE} FROM announcements WHERE city = :city AND {ONCE_PUBLIC} AND {TOPIC} ORDER BY {CHANGE} DESC LIMIT 1
""")
FIRST = text(f"""
    SELECT published_at FROM announcements WHERE city = :city AND {PUBLIC} ORDER BY published_at LIMIT 1
""")


@dataclass(frozen=True, slots=True)
class Picture:
    """An image as everybody may see it; `alternatives` by language, width and height in pixels, `size` in bytes."""

    sha256: str
    alternatives: Mapping[str, str]
    content_type: str
    width: int
    height: int
    size: int


@dataclass(frozen=True, slots=True)
class Public:
    """An announcement as everybody may read it. Times are aware; one that was taken back has no titles and texts.

    `districts` are empty where it is for the whole city; `corrects` is the number of the one that it corrects, which
    was published at `corrects_at`, `mistake` what was wrong in that, `corrected_by` the number of the newest that
    corrects it.
    """

    id: int
    city: str
    agency: str
    topic: str
    districts: Sequence[str]
    titles: Mapping[str, str]
    texts: Mapping[str, str]
    mistake: Mapping[str, str]
    link: str | None
    picture: Picture | None
    documents: Sequence[Document]
    published_at: datetime
    valid_from: datetime | None
    until: datetime | None
    withdrawn_at: datetime | None
    corrects: int | None
    corrects_at: datetime | None
    earlier: str | None
    kind: str
    urgency: str
    corrected_by: int | None
    corrected_at: datetime | None
    converted: bool

    @property
    def changed_at(self) -> datetime:
        """When it became what it is now.

        One that was corrected changed just before its correction came: no two entries of a feed are of one moment.
        """
        corrected = self.published_at if self.corrected_at is None else self.corrected_at - JUST_BEFORE
        return max(self.published_at, self.withdrawn_at or self.published_at, corrected)

    @property
    def is_correction(self) -> bool:
        """Whether the one before it was wrong; else it has changed or is over, or there was none."""
        return self.corrects is not None and self.earlier is None

    def is_over(self, now: datetime) -> bool:
        """Whether it says of itself that it holds no more."""
        return self.until is not None and self.until <= now


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody wants to see of a city's archive. `beyond` is the number that the page before ended with."""

    topic: str | None = None
    district: str | None = None
    agency: str | None = None
    month: tuple[int, int] | None = None  # year and month
    words: str = ""
    beyond: int | None = None


def month_within(month: tuple[int, int], zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The first moment of a month in a zone, and of the next one."""
    year, number = month
    following = (year + 1, 1) if number == 12 else (year, number + 1)
    return datetime(year, number, 1, tzinfo=zone), datetime(*following, 1, tzinfo=zone)


async def find(connection: AsyncConnection, city: str, number: int, now: datetime) -> Public | None:
    """One announcement of a city, also if it was taken back; None where there was none for everybody."""
    rows = await _read(connection, FIND, {"city": city, "id": number, "now": now})
    return rows[0] if rows else None


async def in_force(connection: AsyncConnection, city: str, now: datetime, limit: int) -> list[Public]:
    """What holds now or is to hold, the newest first; what was corrected is left to its correction."""
    return await _read(connection, TIMELINE, {"city": city, "now": now, "limit": limit})


async def page(
    connection: AsyncConnection, city: str, wanted: Wanted, zone: ZoneInfo, now: datetime, limit: int
) -> list[Public]:
    """A page of the archive, the newest first; of words that say nothing it is empty."""
    since, before = (None, None) if wanted.month is None else month_within(wanted.month, zone)
    values = {
        "city": city,
        "topic": wanted.topic,
        "district": wanted.district,
        "agency": wanted.agency,
        "since": since,
        "before": before,
        "beyond": wanted.beyond,
        "now": now,
        "limit": limit,
    }
    if not wanted.words.strip():
        return await _read(connection, LISTED, values)
    query = query_of(wanted.words)
    return [] if query is None else await _read(connection, SEARCHED, {**values, "query": query})


async def recent(connection: AsyncConnection, city: str, topic: str | None, now: datetime) -> list[Public]:
    """What a feed shows: what was published, taken back or corrected last, the newest change first."""
    rows = await _read(connection, RECENT, {"city": city, "topic": topic, "now": now, "limit": FEED_ENTRIES})
    return sorted(rows, key=lambda row: (row.changed_at, row.id), reverse=True)


async def dated(connection: AsyncConnection, city: str, topic: str | None, now: datetime) -> list[Public]:
    """What has a day, begun, coming, or over for at most `DATED_DAYS`; also what was taken back."""
    return await _read(connection, DATED, {"city": city, "topic": topic, "now": now, "limit": DATED_ENTRIES})


async def changed_at(connection: AsyncConnection, city: str, topic: str | None, now: datetime) -> datetime | None:
    """When anything of it changed last for everybody; None where there was never anything."""
    found: datetime | None = (
        await connection.execute(CHANGED, {"city": city, "topic": topic, "now": now})
    ).scalar_one_or_none()
    return found


async def first_at(connection: AsyncConnection, city: str, now: datetime) -> datetime | None:
    """When the oldest that is still shown was published."""
    found: datetime | None = (await connection.execute(FIRST, {"city": city, "now": now})).scalar_one_or_none()
    return found


async def _read(connection: AsyncConnection, query: Any, values: Mapping[str, Any]) -> list[Public]:
    return [_public(row._asdict()) for row in await connection.execute(query, values)]


def _public(row: Mapping[str, Any]) -> Public:
    picture = None if row["picture"] is None else Picture(**row["picture"])
    documents = [Document.model_validate(one) for one in row["documents"]]
    return Public(**{**row, "picture": picture, "documents": documents})
