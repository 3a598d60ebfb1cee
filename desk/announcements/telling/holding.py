"""Who is told an announcement later: in the digest that they chose, after quiet hours, or the next day; or not at all.

What is held waits in `held_notices`; `later.py` says it. Who is not told at all stands in `untold_notices`. Urgent ones
are never held; a digest holds routine ones alone, and none that is over by then: who chose it is told of those as
everybody is. Who wants nothing unasked is told of alerts alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from desk.city.files import City
from desk.city.telling import at_clock, next_clock
from desk.contract.messages import SetRhythm
from desk.linking.person import together

URGENT, ROUTINE = "urgent", "routine"

ABOUT = text(f"""
    SELECT conversation.id, conversation.channel, resident.muted_at IS NOT NULL AS is_muted,
           wish.rhythm, wish.weekday, wish.hour,
           (SELECT count(*) FROM announcement_deliveries AS told
            WHERE told.conversation_id = conversation.id AND told.said_at >= :today) AS told_today
    FROM conversations AS conversation
    LEFT JOIN residents AS resident ON resident.id = conversation.resident_id
    LEFT JOIN LATERAL (
        SELECT rhythm, weekday, hour FROM notice_rhythms
        WHERE conversation_id = ANY ({together("conversation.id")}) ORDER BY chosen_at DESC LIMIT 1
    ) AS wish ON true
    WHERE conversation.id = ANY (:ids)
""")
HOLD = text("""
    INSERT INTO held_notices (conversation_id, announcement_id, due_at)
    SELECT one.id, :announcement, one.due_at
    FROM unnest(CAST(:ids AS uuid[]), CAST(:due AS timestamptz[])) AS one (id, due_at)
    WHERE NOT EXISTS (SELECT FROM announcement_deliveries AS told
                      WHERE told.conversation_id = one.id AND told.announcement_id = :announcement)
    ON CONFLICT DO NOTHING
""")
UNTOLD = text("""
    INSERT INTO untold_notices (conversation_id, announcement_id, why)
    SELECT one.id, :announcement, 'muted' FROM unnest(CAST(:ids AS uuid[])) AS one (id) ON CONFLICT DO NOTHING
""")
SET_RHYTHM = text("""
    INSERT INTO notice_rhythms (conversation_id, rhythm, weekday, hour, chosen_at)
    VALUES (:conversation_id, :rhythm, :weekday, :hour, :now)
    ON CONFLICT (conversation_id) DO UPDATE
    SET rhythm = excluded.rhythm, weekday = excluded.weekday, hour = excluded.hour, chosen_at = excluded.chosen_at
""")
# What waits comes as it is wished from now on; what is over by then, now.
SHIFT = text(f"""
    UPDATE held_notices AS held SET due_at = CASE WHEN announcements.until <= :due THEN :now ELSE :due END
    FROM announcements
    WHERE held.conversation_id = ANY ({together("CAST(:conversation_id AS uuid)")})
      AND announcements.id = held.announcement_id
""")


@dataclass(frozen=True, slots=True)
class Reader:
    """What decides when somebody is told; `rhythm` is None where none was chosen."""

    channel: str
    told_today: int
    rhythm: SetRhythm | None = None


def due(reader: Reader, urgency: str, city: City, now: datetime, ends: datetime | None = None) -> datetime | None:
    """When somebody is told of what is over at a time, if at any; None: now. `now` is aware."""
    if urgency == URGENT:
        return None
    local, here = city.local(now), city.announcing.on(reader.channel)
    if urgency == ROUTINE and reader.rhythm is not None and reader.rhythm.rhythm != "at_once":
        digest = next_of(reader.rhythm, local)
        if ends is None or digest < ends:
            return digest
    return here.next_time(local, reader.told_today)


def next_of(rhythm: SetRhythm, local: datetime) -> datetime:
    """When a digest comes next, by the city's clock."""
    found = next_clock(local, time(rhythm.hour))
    if rhythm.rhythm == "weekly":
        found = at_clock(found + timedelta(days=(rhythm.weekday - found.isoweekday()) % 7), time(rhythm.hour))
    return found


async def hold(
    connection: AsyncConnection,
    announcement: int,
    urgency: str,
    city: City,
    ids: Sequence[UUID],
    now: datetime,
    *,
    ends: datetime | None = None,
) -> list[UUID]:
    """Hold an announcement, which is no alert, for whom it comes later; answers who of `ids` is told now.

    Who wants nothing unasked is noted as not told. `ends` is when it is over; None: it does not say so.
    """
    if not ids:
        return []
    rows = (await connection.execute(ABOUT, {"ids": list(ids), "today": at_clock(city.local(now), time())})).all()
    wanted, muted = [row for row in rows if not row.is_muted], [row.id for row in rows if row.is_muted]
    if muted:
        await connection.execute(UNTOLD, {"announcement": announcement, "ids": muted})
    later = {row.id: when for row in wanted if (when := due(_reader(row), urgency, city, now, ends)) is not None}
    if later:
        held = {"announcement": announcement, "ids": list(later), "due": list(later.values())}
        await connection.execute(HOLD, held)
    return [row.id for row in wanted if row.id not in later]


def let_go(whose: str, why: str) -> str:
    """A statement by which what is held is not told any more: of which rows of `held` and `announcements`, and why."""
    return f"""
        WITH gone AS (
            DELETE FROM held_notices AS held USING announcements
            WHERE announcements.id = held.announcement_id AND {whose}
            RETURNING held.conversation_id, held.announcement_id
        )
        INSERT INTO untold_notices (conversation_id, announcement_id, why)
        SELECT conversation_id, announcement_id, '{why}' FROM gone ON CONFLICT DO NOTHING
    """


async def set_rhythm(
    connection: AsyncConnection, conversation_id: UUID, wish: SetRhythm, city: City, now: datetime
) -> None:
    """Note how often notices come to a resident; what waits comes so, too."""
    about = {"conversation_id": conversation_id}
    chosen = {"rhythm": wish.rhythm, "weekday": wish.weekday, "hour": wish.hour, "now": now}
    await connection.execute(SET_RHYTHM, about | chosen)
    when = now if wish.rhythm == "at_once" else next_of(wish, city.local(now))
    await connection.execute(SHIFT, about | {"due": when, "now": now})


def _reader(row: Any) -> Reader:
    wish = None if row.rhythm is None else SetRhythm(rhythm=row.rhythm, weekday=row.weekday, hour=row.hour)
    return Reader(row.channel, row.told_today, wish)
