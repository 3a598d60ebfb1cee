"""Announcements of the places of somebody who reads them, the newest first; it knows nothing of how they are told."""

from collections.abc import Collection

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from desk.announcements.content import State
from desk.announcements.rows import COLUMNS, AnnouncementRow
from desk.contract.staff import WITHIN, Actor, Permission

IS_SENT_BACK = """coalesce((
    SELECT last.act = 'return' FROM announcement_events AS last
    WHERE last.announcement_id = announcements.id AND last.act IN ('return', 'submit')
    ORDER BY last.id DESC LIMIT 1), false)"""
"""Of `announcements`: who approves returned it, and nobody submitted it since."""
PAGE = 50
APPROVED = """coalesce(announcements.repeats, announcements.id) IN (
    SELECT read.announcement_id FROM announcement_approvals AS read
    JOIN announcements AS first ON first.id = read.announcement_id AND first.version = read.version
    WHERE read.approved_by = {login})"""
"""Of `announcements`: `login` approved it as it is; a later date of a series with its first."""
LIST = text(f"""
    SELECT {COLUMNS} FROM announcements
    WHERE {WITHIN.format(city="city", agency="agency")}
      AND (CAST(:states AS text[]) = '{{}}' OR state = ANY (CAST(:states AS text[]))
           OR (:sent_back AND state = 'draft' AND {IS_SENT_BACK}))
      AND (CAST(:city AS text) IS NULL OR city = :city)
      AND (CAST(:agency AS text) IS NULL OR agency = :agency)
      AND (CAST(:before AS bigint) IS NULL OR id < :before)
      AND (CAST(:written_by AS text) IS NULL OR created_by = :written_by OR EXISTS (
          SELECT FROM announcement_versions AS version
          WHERE version.announcement_id = announcements.id AND version.saved_by = :written_by))
      AND (CAST(:approved_by AS text) IS NULL OR {APPROVED.format(login="CAST(:approved_by AS text)")})
    ORDER BY id DESC LIMIT :limit
""")


async def page(
    engine: AsyncEngine,
    actor: Actor,
    *,
    states: Collection[State] = (),
    city: str | None = None,
    agency: str | None = None,
    before: int | None = None,
    written_by: str | None = None,
    approved_by: str | None = None,
    sent_back: bool = False,
    limit: int = PAGE,
) -> list[AnnouncementRow]:
    """Announcements of the actor's places, the newest first; of `written_by` those that they wrote or changed.

    Of `approved_by` those that they approved as they are. With `sent_back` besides those `states` drafts, too, that
    were returned and not submitted since.

    Raises:
        NotPermitted: the actor may see none.
    """
    actor.require_somewhere(Permission.ANNOUNCEMENT_READ)
    wanted = {
        **actor.places(Permission.ANNOUNCEMENT_READ).values(),
        "states": list(states),
        "city": city,
        "agency": agency,
        "before": before,
        "written_by": written_by,
        "approved_by": approved_by,
        "sent_back": sent_back,
        "limit": limit,
    }
    async with engine.connect() as connection:
        return [AnnouncementRow.of(row._asdict()) for row in await connection.execute(LIST, wanted)]
