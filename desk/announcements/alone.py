"""What one person may tell without a second: few residents, in one announcement or in many within a day."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from desk.announcements.composing.over import draft_of
from desk.announcements.content import Draft, Earlier, Kind, State, as_seen
from desk.announcements.room import FIND, Room, one_row
from desk.announcements.rows import AnnouncementRow
from desk.contract.messages import Text

# What is to begin within a day counts as what has begun; what was cancelled before it began, or returned, does not.
# What repeats one is apart from it by a day or more, and counts with the day of its own.
TOLD = text("""
    SELECT coalesce(sum(alone_to), 0) AS told, coalesce(bool_or(id = :corrects), false) AS is_counted
    FROM announcements
    WHERE alone_by = :by AND city = :city AND mode = :mode AND coalesce(repeats, id) <> :series
      AND alone_at > CAST(:at AS timestamptz) - interval '24 hours'
      AND alone_at < CAST(:at AS timestamptz) + interval '24 hours'
      AND (state IN ('approved', 'sending', 'done') OR published_at IS NOT NULL)
""")
# Of one person one announcement after the other, so that two at once do not both take what is left.
IN_TURN = text("SELECT pg_advisory_xact_lock(hashtextextended(:whose, 0))")
NOTE = text("UPDATE announcements SET alone_by = :by, alone_at = :at, alone_to = :residents WHERE id = :id")
NOTE_AGAIN = text("""
    UPDATE announcements AS again SET alone_by = first.alone_by, alone_to = first.alone_to,
           alone_at = CASE WHEN first.alone_by IS NOT NULL THEN CAST(:at AS timestamptz) END
    FROM announcements AS first WHERE first.id = :first AND again.id = :id
""")
# Handed in and not let go by who did, or returned or refused: that submitting lets go alone is noted in the same act.
IS_HANDED_IN = text("""
    SELECT EXISTS (
        SELECT FROM announcement_events AS done
        WHERE done.announcement_id = announcements.id
          AND (done.act IN ('return', 'reject') OR (done.act = 'submit' AND announcements.alone_by IS NULL)))
    FROM announcements WHERE id = :id
""")
BY = text("SELECT alone_by FROM announcements WHERE id = :id")


@dataclass(frozen=True, slots=True)
class Share:
    """How many residents of a city one person may tell within a day without a second.

    Attributes:
        most: of them all together.
        told: so many were told, or are to be.
        is_counted: it corrects one of these, so whoever it reaches is counted among them.
    """

    most: int
    told: int
    is_counted: bool = False

    @property
    def left(self) -> int:
        """So many one more may reach."""
        return self.most if self.is_counted else max(0, self.most - self.told)


class Alone(Room):
    """The room, as it decides whether one person is enough."""

    async def share(self, connection: AsyncConnection, by: str, row: AnnouncementRow) -> Share:
        """What somebody may still tell alone by the time of an announcement; that one is not among what was told.

        In training as live, so that all of it is rehearsed; each counts by itself.
        """
        own = {"corrects": row.corrects, "series": row.repeats or row.id, "at": self._at(row)}
        return await self._share(connection, by, row, own)

    async def share_now(self, connection: AsyncConnection, by: str, row: AnnouncementRow) -> Share:
        """What somebody may still tell alone now, after an announcement that was let go."""
        return await self._share(connection, by, row, {"corrects": None, "series": 0, "at": self.now()})

    def is_let_go(self, row: AnnouncementRow) -> bool:
        """Whether nobody decides on it any more."""
        return row.published_at is not None or row.state is State.APPROVED

    async def goes_alone(
        self, connection: AsyncConnection, row: AnnouncementRow, recipients: int, share: Share
    ) -> bool:
        """Whether one person is enough: few are told, or it says only that another was taken back, in our own words."""
        return is_few(row.draft, recipients, share) or await self._is_ours(connection, row)

    async def is_handed_in(self, connection: AsyncConnection, row: AnnouncementRow) -> bool:
        """Whether a second person was asked to approve it, or decided on it: one alone sends it no more."""
        return bool((await connection.execute(IS_HANDED_IN, {"id": row.id})).scalar_one())

    async def let_alone(self, connection: AsyncConnection, by: str, row: AnnouncementRow, recipients: int) -> bool:
        """The same of somebody, whose it is from now on; until the end of the transaction they let no other go."""
        await connection.execute(IN_TURN, {"whose": f"announcements/{row.city}/{by}"})
        return await self._noted(connection, by, row, recipients)

    async def is_still_alone(self, connection: AsyncConnection, row: AnnouncementRow, recipients: int) -> bool:
        """Whether who let it go may still do so, now that it begins."""
        by = (await connection.execute(BY, {"id": row.id})).scalar_one()
        return await (self._is_ours(connection, row) if by is None else self._noted(connection, by, row, recipients))

    async def _share(self, connection: AsyncConnection, by: str, row: AnnouncementRow, own: Mapping[str, Any]) -> Share:
        found = (await connection.execute(TOLD, {"by": by, "city": row.city, "mode": row.mode, **own})).one()
        return Share(self.cities[row.city].announcing.alone_up_to, int(found.told), found.is_counted)

    async def _noted(self, connection: AsyncConnection, by: str, row: AnnouncementRow, recipients: int) -> bool:
        share = await self.share(connection, by, row)
        if not is_few(row.draft, recipients, share):
            return await self._is_ours(connection, row)
        residents = 0 if share.is_counted else recipients
        await connection.execute(NOTE, {"id": row.id, "by": by, "at": self._at(row), "residents": residents})
        return True

    async def _is_ours(self, connection: AsyncConnection, row: AnnouncementRow) -> bool:
        """Whether it says no more than that another was taken back, in words that nobody wrote."""
        if row.earlier is not Earlier.OVER or row.corrects is None or row.public:
            return False
        gone = await one_row(connection, FIND, {"id": row.corrects})
        own = as_seen(draft_of(gone, self.cities[gone.city], self.catalogs, {}))
        return gone.withdrawn_at is not None and (row.titles, row.texts) == (own.titles, own.texts)

    def _at(self, row: AnnouncementRow) -> datetime:
        return row.due_at or max(row.schedule.at or self.now(), self.now())


def is_few(draft: Draft, recipients: int, share: Share) -> bool:
    """Whether few are told, nothing is said on public accounts, and it is no alert."""
    return draft.kind is Kind.ANNOUNCEMENT and not draft.public and recipients <= share.left


def second(draft: Draft, recipients: int, share: Share, *, is_handed_in: bool = False) -> Text:
    """Whether and why a second person has to approve it, as staff read it on pages, by program and by command."""
    which, args = _second(draft, recipients, share)
    if which == "alone" and is_handed_in:
        return Text(key="console.announcement_second_handed_in")
    return Text(key=f"console.announcement_second_{which}", args=dict(args))


def _second(draft: Draft, recipients: int, share: Share) -> tuple[str, Mapping[str, Any]]:
    if draft.kind is Kind.ALERT:
        return "alert", {}
    if draft.public:
        return "public", {}
    if recipients > share.most:
        return "many", {"most": share.most}
    return "alone" if recipients <= share.left else "day", {"most": share.most, "left": share.left}
