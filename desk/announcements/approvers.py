"""Having those told who approved an announcement of what became of it, but for who did that themselves."""

from collections.abc import Collection

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from desk.announcements.content import Mode
from desk.announcements.rows import AnnouncementRow
from desk.staff.alerts import tell_approver

# Of a later date of a series who approved its first; of what was changed since, nobody.
APPROVED_BY = text("""
    SELECT DISTINCT read.approved_by FROM announcement_approvals AS read
    JOIN announcements AS first ON first.id = read.announcement_id AND first.version = read.version
    WHERE first.id = :id ORDER BY read.approved_by
""")


async def approvers_of(connection: AsyncConnection, row: AnnouncementRow) -> list[str]:
    """Logins of those who approved one as it is."""
    return list((await connection.execute(APPROVED_BY, {"id": row.repeats or row.id})).scalars())


async def tell_approvers(
    connection: AsyncConnection, row: AnnouncementRow, what: str, *, but_not: Collection[str] = ()
) -> None:
    """Have them told, where they want that; of a drill nobody.

    Args:
        connection: in the transaction of what happened.
        row: the announcement.
        what: `done`, `corrected` or the act: the text `console.alert_outcome_<what>` says it.
        but_not: logins of who knows it.
    """
    if row.mode is Mode.TRAINING:
        return
    for login in await approvers_of(connection, row):
        if login not in but_not:
            await tell_approver(connection, login, row.id, what, city=row.city, agency=row.agency)
