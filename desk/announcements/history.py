"""What was done with an announcement: for whoever asks beside it, for programs, and in the audit."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from desk.announcements.programs.callbacks import hear
from desk.announcements.rows import AnnouncementRow
from desk.audit.trail import record
from desk.contract.staff import Actor

NOTE = text("""
    INSERT INTO announcement_events (announcement_id, version, at, actor, act, reason)
    VALUES (:announcement, :version, :at, :actor, :act, :reason)
""")
LIST = text("""
    SELECT at, actor, act, reason, version FROM announcement_events WHERE announcement_id = :announcement ORDER BY id
""")


@dataclass(frozen=True, slots=True)
class Done:
    """Something that was done with an announcement."""

    at: datetime
    actor: str
    act: str
    reason: str
    version: int


async def note(
    connection: AsyncConnection, actor: Actor, row: AnnouncementRow, act: str, *, at: datetime, reason: str = ""
) -> None:
    """Write down what was done, as the last statements of its transaction."""
    values = {
        "announcement": row.id,
        "version": row.version,
        "at": at,
        "actor": actor.login,
        "act": act,
        "reason": reason,
    }
    await connection.execute(NOTE, values)
    await hear(connection, row, act, at=at)
    await record(
        connection,
        actor,
        f"announcement.{act}",
        subject=str(row.id),
        of=row,
        reason=reason,
        details={"version": row.version},
    )


async def history_of(connection: AsyncConnection, announcement: int) -> Sequence[Done]:
    """What was done with an announcement, the first first."""
    return [Done(**row._mapping) for row in await connection.execute(LIST, {"announcement": announcement})]
