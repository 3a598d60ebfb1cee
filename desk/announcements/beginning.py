"""Beginning and ending: what was approved is begun when it is due, paused, stopped, taken back, over."""

from calendar import monthrange
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from desk.announcements import arming
from desk.announcements.alone import NOTE_AGAIN, Alone
from desk.announcements.approvers import approvers_of, tell_approvers
from desk.announcements.audience.whom import NOBODY, Reach, Whom
from desk.announcements.composing.over import Why, draft_of, insist_on_why
from desk.announcements.composing.reviewing import Reviewing
from desk.announcements.composing.writing import CANCEL_REPEATS
from desk.announcements.content import (
    CONVERTED,
    OPEN,
    STALE_AFTER,
    Earlier,
    Kind,
    Mode,
    Schedule,
    State,
    is_converted,
    needed_of,
)
from desk.announcements.history import note
from desk.announcements.programs.callbacks import hear
from desk.announcements.room import FIND, HOLD, insist, one_row, refused
from desk.announcements.rows import COLUMNS, AnnouncementRow
from desk.announcements.telling.pace import put_off
from desk.audit.trail import reason_of
from desk.contract.errors import NotFound
from desk.contract.staff import Actor, Permission, system
from desk.store.database import transaction

CLOCK = system("announcements", Permission.ANNOUNCEMENT_PUBLISH)
"""Who begins what was approved for later."""
SUBMIT = text(f"""
    UPDATE announcements SET state = 'pending', submitted_by = :by, submitted_at = :now,
           alone_by = NULL, alone_at = NULL, alone_to = NULL
    WHERE id = :id RETURNING {COLUMNS}
""")
MOVE = text(f"""
    UPDATE announcements SET state = :state, due_at = coalesce(:due_at, due_at),
           stale_at = coalesce(:stale_at, stale_at), ended_at = coalesce(:ended_at, ended_at)
    WHERE id = :id RETURNING {COLUMNS}
""")
MARK = text(f"UPDATE announcements SET converted = :converted WHERE id = :id RETURNING {COLUMNS}")
PUBLISH = text(f"""
    UPDATE announcements SET state = :state, published_by = :by, published_at = :now, ended_at = :ended_at
    WHERE id = :id RETURNING {COLUMNS}
""")
SEND = text("""
    INSERT INTO announcement_sends (announcement_id, account_id, agency, urgent, beyond, next_at)
    SELECT :id, one.account, :agency, :urgent, :beyond, :now FROM unnest(CAST(:accounts AS bigint[])) AS one (account)
    ON CONFLICT DO NOTHING
""")
STOP = text("UPDATE announcement_sends SET state = 'ended' WHERE announcement_id = :id AND state <> 'ended'")
# Who still waited for what is corrected is told the correction in its place, when and as that would have come.
IN_PLACE = text("""
    WITH stopped AS (
        UPDATE announcement_sends SET state = 'ended' WHERE announcement_id = :id AND state <> 'ended'
        RETURNING account_id, in_place_of, agency, urgent, beyond, next_at
    )
    INSERT INTO announcement_sends
        (announcement_id, account_id, in_place_of, agency, urgent, beyond, started, watched_from, next_at)
    SELECT :by, account_id, coalesce(nullif(in_place_of, 0), :id), agency, urgent OR :hurried, beyond, beyond, beyond,
           CASE WHEN :hurried THEN CAST(:now AS timestamptz) ELSE next_at END
    FROM stopped
""")
IS_HELD = text("SELECT EXISTS (SELECT FROM held_notices WHERE announcement_id = :id)")
DROP = text("""
    UPDATE deliveries SET state = 'dropped', reason = :why, ended_at = clock_timestamp()
    FROM announcement_deliveries AS told
    WHERE told.announcement_id = :id AND deliveries.conversation_id = told.conversation_id
      AND deliveries.seq = told.seq AND deliveries.state = 'waiting'
""")
FINISH = text(f"""
    UPDATE announcements SET state = 'done', ended_at = :now
    WHERE state = 'sending' AND mode = 'live'
      AND NOT EXISTS (SELECT FROM announcement_sends AS send
                      WHERE send.announcement_id = announcements.id AND send.state <> 'ended')
      AND NOT EXISTS (SELECT FROM deliveries AS sent JOIN announcement_deliveries AS told
                        ON told.conversation_id = sent.conversation_id AND told.seq = sent.seq
                      WHERE sent.state = 'waiting' AND told.announcement_id = announcements.id)
      AND NOT EXISTS (SELECT FROM deliveries AS sent JOIN announcement_deliveries AS told
                        ON told.conversation_id = sent.conversation_id AND told.seq = sent.seq
                      WHERE sent.state = 'sending' AND told.announcement_id = announcements.id)
    RETURNING {COLUMNS}
""")
DRILLS = text(f"""
    SELECT {COLUMNS} FROM announcements WHERE state = 'sending' AND mode = 'training' FOR NO KEY UPDATE SKIP LOCKED
""")
RESUME = text("""
    UPDATE announcement_sends SET state = 'going', why = NULL, next_at = :now, watched_from = beyond
    WHERE announcement_id = :id AND state = 'paused' RETURNING account_id
""")
HALT = text("""
    UPDATE announcement_sends SET state = 'paused', why = :why
    WHERE announcement_id = :id AND state = 'going' RETURNING account_id
""")
WITHDRAW = text(f"UPDATE announcements SET withdrawn_at = :now WHERE id = :id RETURNING {COLUMNS}")
DUE = text("""
    SELECT id FROM announcements WHERE state = 'approved' AND due_at <= :now
    ORDER BY due_at LIMIT :limit FOR UPDATE SKIP LOCKED
""")


OUTRUN = "another correction was sent first"
"""The reason with which the room stops a correction that was approved for later."""
NOTHING: Why = MappingProxyType({})


class Beginning(Reviewing, Alone):
    """What happens to what was approved."""

    async def cancel(self, actor: Actor, number: int, reason: str) -> AnnouncementRow:
        """Stop it wherever it is: what waits in the outbox is not sent either. What was said stays said.

        Also where the telling is over and some are to be told later, in a digest or in the morning: they are not.

        Raises:
            Conflict: it is over.
        """
        async with transaction(self.engine) as connection:
            row = await self.hold(connection, actor, number, Permission.ANNOUNCEMENT_WITHDRAW)
            if row.state is not State.DONE or row.withdrawn_at is not None or not await self._is_held(connection, row):
                insist(row, OPEN)
            return await self.stop(connection, actor, row, "cancel", reason_of(reason))

    async def pause(self, actor: Actor, number: int, reason: str) -> None:
        """Tell nobody else for now.

        Raises:
            Conflict: nobody is being told, or no reason is given.
        """
        why = reason_of(reason)
        await self._go_on(actor, number, HALT, "pause", why)

    async def resume(self, actor: Actor, number: int) -> None:
        """Go on where it was paused, by somebody or because most messages did not arrive.

        Raises:
            Conflict: it is not paused.
        """
        await self._go_on(actor, number, RESUME, "resume", "")

    async def withdraw(
        self,
        actor: Actor,
        number: int,
        reason: str = "",
        *,
        tell: bool | None = None,
        post: bool | None = None,
        why: Why = NOTHING,
    ) -> AnnouncementRow:
        """Take back what was published: it is shown and told no more. What was said stays said.

        Args:
            actor: somebody who may take back what this agency said.
            number: of the announcement.
            reason: for the history and the audit.
            tell: exactly those whom it reached are told that it no longer holds, as a correction is told; None: they
                are where it is still to come or in force. With a reason of its own that waits for another person where
                they are many.
            post: the same is said on the public accounts on which it stands or may, without a reason, at once; None:
                where it is still to come or in force.
            why: for those whom it reached, by language.

        Raises:
            NotPermitted: the actor may not take back what this agency said.
            NotFound: there is none, it was not published, or was withdrawn before.
            AnnouncementFault: `why` cannot be said in all languages.
        """
        async with transaction(self.engine) as connection:
            row = await self.hold(connection, actor, number, Permission.ANNOUNCEMENT_WITHDRAW)
            insist_on_why(why, needed_of(row.draft, self.cities[row.city]))
            if row.published_at is None or row.withdrawn_at is not None or row.takes_back:
                raise NotFound(f"There is no announcement {number} that could be withdrawn.")
            withdrawn = await one_row(connection, WITHDRAW, {"id": number, "now": self.now()})
            await connection.execute(CANCEL_REPEATS, {"id": number, "now": self.now()})
            if row.state is State.SENDING:
                withdrawn = await self.stop(connection, actor, withdrawn, "withdraw", reason)
            else:
                await note(connection, actor, withdrawn, "withdraw", at=self.now(), reason=reason)
                await tell_approvers(connection, withdrawn, "withdraw", but_not=[actor.login])
            holds = row.holds(self.now())
            if row.earlier is Earlier.OVER:
                return withdrawn
            if holds if post is None else post:
                over = draft_of(withdrawn, self.cities[withdrawn.city], self.catalogs, NOTHING)
                await self.in_public.take_back(connection, withdrawn, over)
            reached = await reached_by(row).count(connection) if (holds if tell is None else tell) else 0
            if reached:
                await self._tell_over(connection, actor, withdrawn, why, reached)
            return withdrawn

    async def reached(self, actor: Actor, number: int) -> int:
        """How many residents one has reached: those who are told of its correction, or that it was taken back.

        Raises:
            NotFound: there is none that the actor may see.
        """
        async with self.engine.connect() as connection:
            return await reached_by(await self.find_in(connection, actor, number)).count(connection)

    async def begin_due(self, limit: int = 20) -> int:
        """Begin what was approved for a time that has come. Answers how many there were."""
        async with transaction(self.engine) as connection:
            numbers = list((await connection.execute(DUE, {"now": self.now(), "limit": limit})).scalars())
            for number in numbers:
                row = await one_row(connection, HOLD, {"id": number})
                await self.begin(connection, CLOCK, row)
        return len(numbers)

    async def finish(self) -> None:
        """Note of each that it is over, once it is; of a drill once quiet hours would keep it from nobody."""
        async with transaction(self.engine) as connection:
            found = (await connection.execute(FINISH, {"now": self.now()})).all()
            over = [AnnouncementRow.of(row._asdict()) for row in found]
            for row in (await connection.execute(DRILLS)).all():
                drill = AnnouncementRow.of(row._asdict())
                if await self._drill_until(connection, drill) is None:
                    ended = {"id": drill.id, "due_at": None, "stale_at": None, "ended_at": self.now()}
                    over.append(await one_row(connection, MOVE, {**ended, "state": State.DONE}))
            for one in over:
                await hear(connection, one, "done", at=self.now())
                await tell_approvers(connection, one, "done")

    async def _go_on(self, actor: Actor, number: int, statement: Any, act: str, why: str) -> None:
        async with transaction(self.engine) as connection:
            row = await self.hold(connection, actor, number, Permission.ANNOUNCEMENT_WITHDRAW)
            values = {"id": number, "why": why} if statement is HALT else {"id": number, "now": self.now()}
            if not (await connection.execute(statement, values)).all():
                raise refused("error_announcement_state", f"It is {row.state}, and this cannot be done with it now.")
            await note(connection, actor, row, act, at=self.now(), reason=why)

    async def approved(
        self, connection: AsyncConnection, actor: Actor, row: AnnouncementRow, read: Collection[str] = ()
    ) -> AnnouncementRow:
        """Let it begin when it is due: at once where that is now. `read` are the languages that somebody read.

        A conversion that is not among them says so to residents; of an alert every character counts, and it does not.
        """
        due = max(row.schedule.at or self.now(), self.now())
        limits = [one for one in (row.schedule.stale_at or due + STALE_AFTER, row.until) if one is not None]
        moved = {"id": row.id, "state": State.APPROVED, "due_at": due, "stale_at": min(limits), "ended_at": None}
        approved = await one_row(connection, MOVE, moved)
        is_marked = is_converted(row.draft, self.cities[row.city]) and CONVERTED not in read
        if is_marked and row.kind is not Kind.ALERT:
            approved = await one_row(connection, MARK, {"id": row.id, "converted": True})
        for time in times_of(approved.schedule)[1:]:
            await self._once_more(connection, approved, time)
        return await self.begin(connection, actor, approved) if due <= self.now() else approved

    async def begin(self, connection: AsyncConnection, actor: Actor, row: AnnouncementRow) -> AnnouncementRow:
        """Publish it, and let the telling begin; or say why not."""
        now = self.now()
        if row.stale_at is not None and row.stale_at <= now:
            return await self.stop(connection, CLOCK, row, "expire", "")
        if not await arming.is_armed(connection):
            return row  # alerts, too: it begins once somebody has armed this store, or is too late by then
        if not await self.is_sound(connection, row):
            return await self.stop(connection, CLOCK, row, "void", "it is not what was approved")
        if await self._is_outrun(connection, row):
            return await self.stop(connection, CLOCK, row, "cancel", OUTRUN)
        is_training = row.mode is Mode.TRAINING
        is_over = is_training and await self._drill_until(connection, row) is None
        values = {"id": row.id, "by": row.submitted_by or row.created_by, "now": now}
        state, ended = (State.DONE, now) if is_over else (State.SENDING, None)
        begun = await one_row(connection, PUBLISH, {**values, "state": state, "ended_at": ended})
        for number in sorted(begun.all_before):
            await self._stop_earlier(connection, actor, number, begun)
        if begun.corrects is not None and begun.earlier is None:
            wrong = await one_row(connection, FIND, {"id": begun.corrects})
            await tell_approvers(connection, wrong, "corrected", but_not=await approvers_of(connection, begun))
        if not is_training:
            sends = {
                "id": row.id,
                "agency": f"{row.city}/{row.agency}",
                "urgent": begun.is_urgent,
                "beyond": NOBODY,
                "now": now,
                "accounts": await Whom.of(begun).accounts(connection),
            }
            await connection.execute(SEND, sends)
            await self.in_public.queue(connection, begun)
        await note(connection, actor, begun, "begin", at=now)
        return begun

    async def reach_of(self, connection: AsyncConnection, row: AnnouncementRow) -> Reach:
        """Whom it reaches now; of a drill of a correction with what some would still wait for, were it none."""
        reach, before = await Whom.of(row).reach(connection), await self.drilled_before(connection, row)
        return replace(reach, instead_of=before) if before else reach

    async def _drill_until(self, connection: AsyncConnection, row: AnnouncementRow) -> datetime | None:
        """When quiet hours end that would keep a drill from whom it stands for; None: they do not, or it is over."""
        until = put_off(row, self.cities[row.city], self.now(), await self.drilled_before(connection, row))
        return None if row.until is not None and row.until <= self.now() else until

    async def drilled_before(self, connection: AsyncConnection, row: AnnouncementRow) -> list[AnnouncementRow]:
        """Of a drill of a correction what some would still wait for, as `Reach.instead_of` says it of a live one."""
        if row.mode is not Mode.TRAINING or row.corrects is None or row.earlier is Earlier.OVER:
            return []
        wrong = await one_row(connection, FIND, {"id": row.corrects})
        return [wrong] if State.SENDING in (wrong.state, row.state) else []

    async def is_sound(self, connection: AsyncConnection, row: AnnouncementRow) -> bool:
        """Whether it is still what was approved; where one person was enough, whether it still reaches so few."""
        if await Whom.of(row).missing(connection):
            return False
        if row.repeats is not None:
            first = await one_row(connection, FIND, {"id": row.repeats})
            same = replace(row, id=first.id, version=first.version, submitted_at=first.submitted_at, repeats=None)
            same = replace(same, schedule=first.schedule)
            same = replace(same, submitted_by=first.submitted_by)
            return first.state is not State.CANCELLED and (
                await self._is_approved(connection, same) or await self._is_still_alone(connection, row)
            )
        return await self._is_approved(connection, row) or await self._is_still_alone(connection, row)

    async def _is_outrun(self, connection: AsyncConnection, row: AnnouncementRow) -> bool:
        """Whether another correction of the same began first: those whom it is for wait for that one by now."""
        if row.corrects is None or row.earlier is not None:
            return False
        await one_row(connection, HOLD, {"id": row.corrects})  # one after the other
        return await self.newest(connection, row.corrects) != row.corrects

    async def _is_held(self, connection: AsyncConnection, row: AnnouncementRow) -> bool:
        """Whether somebody is still to be told of it, later."""
        return bool((await connection.execute(IS_HELD, {"id": row.id})).scalar_one())

    async def _is_approved(self, connection: AsyncConnection, row: AnnouncementRow) -> bool:
        approvals = await self.approvals(connection, row, self.digest(row))
        return bool(approvals) and not self.waits_for(row, approvals)

    async def _is_still_alone(self, connection: AsyncConnection, row: AnnouncementRow) -> bool:
        return await self.is_still_alone(connection, row, await Whom.of(row).count(connection))

    async def _once_more(self, connection: AsyncConnection, row: AnnouncementRow, at: datetime) -> None:
        """One more time of a repeated announcement, which begins when it is due."""
        again = row.draft.model_copy(update={"schedule": row.schedule.model_copy(update={"at": at})})
        made = await self.insert(connection, CLOCK, again, repeats=row.id)
        stale = at + (
            row.schedule.stale_at - row.schedule.at if row.schedule.stale_at and row.schedule.at else STALE_AFTER
        )
        await one_row(connection, SUBMIT, {"id": made.id, "by": row.submitted_by, "now": row.submitted_at})
        moved = {"id": made.id, "state": State.APPROVED, "due_at": at, "stale_at": stale, "ended_at": None}
        await one_row(connection, MOVE, moved)
        await one_row(connection, MARK, {"id": made.id, "converted": row.converted})
        await connection.execute(NOTE_AGAIN, {"id": made.id, "first": row.id, "at": at})

    async def _stop_earlier(
        self, connection: AsyncConnection, actor: Actor, number: int, begun: AnnouncementRow
    ) -> None:
        """Tell nobody else of what is corrected or updated: whoever was is told of what comes now, and is known.

        A correction comes to those, too, who still waited for what it corrects.
        """
        earlier = await one_row(connection, HOLD, {"id": number})
        if earlier.state is not State.SENDING:
            return
        is_corrected = begun.corrects == number and begun.earlier is not Earlier.OVER
        if is_corrected:
            sends = {"id": number, "by": begun.id, "hurried": begun.is_hurried, "now": self.now()}
            await connection.execute(IN_PLACE, sends)
        await self.stop(
            connection, actor, earlier, "cancel", "corrected", dropped="corrected" if is_corrected else "cancelled"
        )

    async def _tell_over(
        self, connection: AsyncConnection, actor: Actor, withdrawn: AnnouncementRow, why: Why, reached: int
    ) -> None:
        """Tell those whom it reached that it no longer holds, or have another person read why."""
        draft = draft_of(withdrawn, self.cities[withdrawn.city], self.catalogs, why)
        row = await self.create_in(
            connection,
            actor,
            draft,
            corrects=withdrawn.id,
            also_reached=withdrawn.also_reached,
            earlier=Earlier.OVER,
        )
        submitted = await one_row(connection, SUBMIT, {"id": row.id, "by": actor.login, "now": self.now()})
        await note(connection, actor, submitted, "submit", at=self.now())
        if await self.let_alone(connection, actor.login, submitted, reached):
            await self.approved(connection, actor, submitted)

    async def stop(
        self,
        connection: AsyncConnection,
        actor: Actor,
        row: AnnouncementRow,
        act: str,
        reason: str,
        *,
        dropped: str = "cancelled",
    ) -> AnnouncementRow:
        """End it as cancelled, whatever state it is in; `act` is what the history says, `dropped` the outbox."""
        now = self.now()
        moved = {"id": row.id, "state": State.CANCELLED, "due_at": None, "stale_at": None, "ended_at": now}
        stopped = await one_row(connection, MOVE, moved)
        await connection.execute(CANCEL_REPEATS, {"id": row.id, "now": now})
        await connection.execute(DROP, {"id": row.id, "why": dropped})  # nothing is added meanwhile
        await connection.execute(STOP, {"id": row.id})
        await note(connection, actor, stopped, act, at=now, reason=reason)
        if dropped == "cancelled":
            await tell_approvers(connection, stopped, act, but_not=[actor.login])
        return stopped


def reached_by(row: AnnouncementRow) -> Whom:
    """Exactly those whom an announcement has reached; of an update those of the alerts that it updates, too."""
    whom = (row.audience, row.city, row.topic, row.districts, row.id, row.agency, row.also_reached)
    return Whom(*whom, is_alert=row.kind is Kind.ALERT)


def times_of(schedule: Schedule) -> list[datetime]:
    """When something scheduled is said: all its times, in the zone of its first; none: once it is approved."""
    if schedule.at is None or schedule.every is None:
        return [schedule.at] if schedule.at is not None else []
    return [later(schedule.at, schedule.every, times) for times in range(schedule.times)]


def later(at: datetime, every: str, times: int) -> datetime:
    """A time some days, weeks or months later; at the month's last day where it has no such day."""
    match every:
        case "day":
            return at + timedelta(days=times)
        case "week":
            return at + timedelta(weeks=times)
        case _:
            year, month = divmod(at.year * 12 + at.month - 1 + times, 12)
            return at.replace(year=year, month=month + 1, day=min(at.day, monthrange(year, month + 1)[1]))
