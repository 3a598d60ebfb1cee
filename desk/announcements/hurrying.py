"""Sending at once what waits for its time, or for the end of quiet hours. Decision 49 says why it is safe."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from desk.announcements import arming
from desk.announcements.alone import BY, second
from desk.announcements.audience.whom import Whom
from desk.announcements.beginning import MOVE, Beginning
from desk.announcements.content import State
from desk.announcements.history import note
from desk.announcements.room import FIND, insist, one_row, refused
from desk.announcements.rows import COLUMNS, AnnouncementRow
from desk.announcements.telling.pace import put_off, quiet_args
from desk.audit.trail import reason_of
from desk.contract.errors import Conflict
from desk.contract.messages import Text
from desk.contract.staff import Actor, NotPermitted, Permission
from desk.store.database import transaction

HURRY = text(f"UPDATE announcements SET hurried_by = :by WHERE id = :id RETURNING {COLUMNS}")
GO_ON = text("UPDATE announcement_sends SET next_at = :now WHERE announcement_id = :id AND state = 'going'")


class Hurrying(Beginning):
    """What somebody does who does not wait."""

    async def hurry(
        self, actor: Actor, number: int, version: int, reason: str, *, in_quiet_hours: bool = False
    ) -> AnnouncementRow:
        """Send at once what was approved for later, or is held by quiet hours. What it says stays as approved.

        Args:
            actor: who may approve it, and neither wrote nor submitted it; or who let it go alone.
            number: of the announcement.
            version: that they have before them.
            reason: why.
            in_quiet_hours: they know that quiet hours hold now.

        Raises:
            Conflict: it is another version by now, waits for nothing, or quiet hours hold that they do not know of; or
                told now it needs a second person; or this store may not send.
            NotPermitted: they may not approve for this agency, or wrote it.
        """
        why = reason_of(reason)
        async with transaction(self.engine) as connection:
            row = await self.hold(connection, actor, number, Permission.ANNOUNCEMENT_APPROVE)
            insist(row, {State.APPROVED, State.SENDING})
            if row.version != version:
                raise refused("error_announcement_changed", "Somebody changed it meanwhile.")
            if not await self._is_theirs(connection, actor, row):
                said = Text(key="console.error_announcement_hurry_own")
                raise NotPermitted("Who wrote or submitted it does not send it at once.", said=said)
            await self._insist_on_quiet(connection, row, is_known=in_quiet_hours)
            if not await arming.is_armed(connection):
                raise refused("announcement_unarmed", "Nothing is sent from this store before somebody armed it.")
            await note(connection, actor, row, "hurry", at=self.now(), reason=why)
            begun = row if row.state is State.SENDING else await self._begin_now(connection, actor, row)
            return await self._go_on_now(connection, actor, begun)

    async def may_hurry(self, actor: Actor, row: AnnouncementRow) -> bool:
        """Whether somebody may send it at once, were there something that it waits for."""
        if row.state not in (State.APPROVED, State.SENDING):
            return False
        if not actor.may(Permission.ANNOUNCEMENT_APPROVE, row.city, row.agency):
            return False
        async with self.engine.connect() as connection:
            return await self._is_theirs(connection, actor, row)

    async def _is_theirs(self, connection: AsyncConnection, actor: Actor, row: AnnouncementRow) -> bool:
        """Whether they are a second person; or the only one, where that was enough. Of a series its first counts."""
        first = row if row.repeats is None else await one_row(connection, FIND, {"id": row.repeats})
        if actor.login not in await self.authors(connection, first):
            return True
        by = (await connection.execute(BY, {"id": row.id})).scalar_one()
        return bool(by == actor.login)

    async def _insist_on_quiet(self, connection: AsyncConnection, row: AnnouncementRow, *, is_known: bool) -> None:
        held = await self._held_until(connection, row)
        if held is None and row.state is State.SENDING:
            raise refused("error_announcement_not_held", "Nothing holds it: it is being sent.")
        if held is not None and not is_known:
            args = quiet_args(self.cities[row.city], held)
            said = Text(key="console.error_announcement_quiet_now", args=args)
            raise Conflict("Quiet hours hold now: say that it is to be told in quiet hours.", said=said)

    async def _held_until(self, connection: AsyncConnection, row: AnnouncementRow) -> datetime | None:
        """Until when quiet hours would hold it from somebody, were it told now; None: they do not."""
        reach = await self.reach_of(connection, row)
        return put_off(replace(row, state=State.SENDING), self.cities[row.city], self.now(), reach.instead_of)

    async def _begin_now(self, connection: AsyncConnection, actor: Actor, row: AnnouncementRow) -> AnnouncementRow:
        """Begin it as if its time had come.

        Raises:
            Conflict: who let it go alone tells too many today with it.
        """
        now = {"id": row.id, "state": row.state, "due_at": self.now(), "stale_at": None, "ended_at": None}
        due = await one_row(connection, MOVE, now)
        by = (await connection.execute(BY, {"id": row.id})).scalar_one()
        if by is not None and not await self.is_sound(connection, due):
            recipients, share = await Whom.of(due).count(connection), await self.share(connection, by, due)
            raise Conflict("Told now it needs a second person.", said=second(due.draft, recipients, share))
        return await self.begin(connection, actor, due)

    async def _go_on_now(self, connection: AsyncConnection, actor: Actor, row: AnnouncementRow) -> AnnouncementRow:
        """Let it be told in quiet hours, where they would hold what is told by now."""
        if row.state is not State.SENDING or await self._held_until(connection, row) is None:
            return row
        hurried = await one_row(connection, HURRY, {"id": row.id, "by": actor.login})
        await connection.execute(GO_ON, {"id": row.id, "now": self.now()})
        return hurried
