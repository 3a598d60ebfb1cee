"""The life of an announcement: drafted, submitted, approved by another, begun, corrected, cancelled, taken back.

Each act is one transaction under the announcement's row lock, with its line in the history and in the audit. What an
approval is bound to is computed again when the telling begins: a text, an audience or a schedule that is another by
then is not sent. The telling itself is `desk.announcements.telling.teller`.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from desk.announcements.alone import Share, second
from desk.announcements.approvers import tell_approvers
from desk.announcements.audience.whom import Part, Reach, Whom
from desk.announcements.beginning import MOVE, SUBMIT
from desk.announcements.content import (
    Draft,
    Mode,
    State,
    faults_of,
)
from desk.announcements.history import Done, history_of, note
from desk.announcements.hurrying import Hurrying
from desk.announcements.listing import PAGE, page
from desk.announcements.room import Approval, insist, insist_own, one_row, refused
from desk.announcements.rows import AnnouncementRow
from desk.audit.trail import reason_of
from desk.contract.errors import Conflict
from desk.contract.messages import Text
from desk.contract.staff import Actor, NotPermitted, Permission
from desk.contract.wire import Locale
from desk.store.database import transaction

APPROVE = text("""
    INSERT INTO announcement_approvals AS before
        (announcement_id, version, approved_by, digest, languages, approved_at)
    VALUES (:id, :version, :by, :digest, :languages, :now)
    ON CONFLICT (announcement_id, version, approved_by)
    DO UPDATE SET digest = excluded.digest, approved_at = excluded.approved_at,
                  languages = CASE WHEN before.digest = excluded.digest
                                   THEN ARRAY(SELECT DISTINCT unnest(before.languages || excluded.languages))
                                   ELSE excluded.languages END
""")


@dataclass(frozen=True, slots=True)
class Standing:
    """What an approver looks at.

    `waits_for` are languages whose texts nobody has read yet who may approve; `is_alone` whether no second is needed
    where the looker sends it, `second` the same in words. `share` is what they may tell so: before it is let go without
    it, from then on after it.
    """

    row: AnnouncementRow
    reach: Reach
    approvals: Sequence[Approval]
    authors: Collection[str]
    history: Sequence[Done]
    waits_for: Sequence[Locale]
    is_alone: bool
    share: Share
    second: Text

    @property
    def recipients(self) -> int:
        """How many residents it is for now."""
        return self.reach.residents

    @property
    def parts(self) -> Sequence[Part]:
        """The same by language and channel."""
        return self.reach.parts


class Announcements(Hurrying):
    """The room for pages and commands: what is written, decided and seen."""

    async def submit(self, actor: Actor, number: int, *, to_another: bool = False) -> AnnouncementRow:
        """Hand it to those who approve; what needs no second person is approved by that, unless `to_another`.

        What was handed to them before, or returned by them, waits for them again.

        Raises:
            Conflict: it is incomplete, a platform does not allow it, or it is not a draft.
            NotPermitted: the actor may not publish for this agency.
        """
        async with transaction(self.engine) as connection:
            row = await self.hold(connection, actor, number, Permission.ANNOUNCEMENT_PUBLISH)
            submitted = await (self._hand_in if to_another else self._submit)(connection, actor, row)
            if submitted.state is State.PENDING:
                await self.tell_readers(connection, submitted)
            return submitted

    async def send(self, actor: Actor, number: int, version: int, *, read: Collection[Locale] = ()) -> AnnouncementRow:
        """Send a version of what needs no second person and was never handed to one; `read` as for `approved`.

        Raises:
            Conflict: it needs one, or was handed to one or returned by one; it is incomplete, a platform does not allow
                it, it is sent, or another version by now.
            NotPermitted: the actor may not publish for this agency.
        """
        async with transaction(self.engine) as connection:
            row = await self.hold(connection, actor, number, Permission.ANNOUNCEMENT_PUBLISH)
            if row.version != version:
                raise refused("error_announcement_changed", "Somebody changed it meanwhile.")
            insist(row, {State.DRAFT, State.RETURNED, State.PENDING})
            if await self.is_handed_in(connection, row):
                raise refused(
                    "error_announcement_handed_in", "It was handed in for approval: it takes a second person."
                )
            row = await self._hand_in(connection, actor, row)
            recipients = await Whom.of(row).count(connection)
            if not await self.let_alone(connection, actor.login, row, recipients):
                share = await self.share(connection, actor.login, row)
                raise Conflict("It needs a second person.", said=second(row.draft, recipients, share))
            await note(connection, actor, row, "send", at=self.now())
            return await self.approved(connection, actor, row, read)

    async def publish(self, actor: Actor, draft: Draft) -> int:
        """Create and submit in one. Answers its number; `find` says whether it waits for somebody's approval."""
        actor.require(Permission.ANNOUNCEMENT_PUBLISH, draft.city, draft.agency)
        async with transaction(self.engine) as connection:
            self.insist_complete(draft)
            row = await self.create_in(connection, actor, draft)
            return (await self._submit(connection, actor, row)).id

    async def approve(self, actor: Actor, number: int, version: int, languages: Collection[Locale]) -> AnnouncementRow:
        """Approve a version, having read its texts in some languages. Nobody approves what they wrote.

        Once all its languages were read by somebody who may approve it is approved, and begins when it is due.

        Raises:
            Conflict: it is another version by now, or waits for no approval.
            NotPermitted: the actor wrote or submitted it, or may not approve for this agency.
        """
        async with transaction(self.engine) as connection:
            row = await self.hold(connection, actor, number, Permission.ANNOUNCEMENT_APPROVE)
            insist(row, {State.PENDING})
            if row.version != version:
                raise refused("error_announcement_changed", "Somebody changed it meanwhile.")
            authors = await self.authors(connection, row)
            if actor.login in authors:
                said = Text(key="console.error_own_announcement")
                raise NotPermitted("Nobody approves what they wrote or submitted themselves.", said=said)
            if row.corrects is not None and row.earlier is None:
                await self.insist_newest(connection, row.corrects)
            read = [one for one in self.readable(row) if one in languages]
            if not read:
                raise refused("error_announcement_unread", "Say in which languages you read it.")
            values = {"id": number, "version": version, "by": actor.login, "now": self.now()}
            digest = self.digest(row)
            await connection.execute(APPROVE, {**values, "digest": digest, "languages": read})
            await note(connection, actor, row, "approve", at=self.now(), reason=", ".join(read))
            approvals = await self.approvals(connection, row, digest)
            if self.waits_for(row, approvals):
                return row
            return await self.approved(connection, actor, row, {one for by in approvals for one in by.languages})

    async def give_back(self, actor: Actor, number: int, reason: str) -> AnnouncementRow:
        """Return it to be changed.

        Raises:
            Conflict: it waits for no approval, or no reason is given.
        """
        return await self._decide(actor, number, State.RETURNED, "return", reason)

    async def reject(self, actor: Actor, number: int, reason: str) -> AnnouncementRow:
        """Refuse it for good."""
        return await self._decide(actor, number, State.REJECTED, "reject", reason)

    async def standing(self, actor: Actor, number: int) -> Standing:
        """All that somebody has to know who approves it."""
        async with self.engine.connect() as connection:
            row = await self.find_in(connection, actor, number)
            reach = await self.reach_of(connection, row)
            share = await self.share(connection, actor.login, row)
            # what was never submitted may lack what is said, and nobody has approved it
            approvals = await self.approvals(connection, row, self.digest(row)) if row.submitted_by else []
            is_handed_in = not self.is_let_go(row) and await self.is_handed_in(connection, row)
            return Standing(
                row=row,
                reach=reach,
                approvals=approvals,
                authors=await self.authors(connection, row),
                history=await history_of(connection, number),
                waits_for=self.waits_for(row, approvals),
                is_alone=not is_handed_in and await self.goes_alone(connection, row, reach.residents, share),
                share=await self.share_now(connection, actor.login, row) if self.is_let_go(row) else share,
                second=second(row.draft, reach.residents, share, is_handed_in=is_handed_in),
            )

    async def all(
        self,
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

        Of `approved_by` those that they approved as they are.

        With `sent_back` besides those `states` drafts, too, that were returned and not submitted since.
        """
        return await page(
            self.engine,
            actor,
            states=states,
            city=city,
            agency=agency,
            before=before,
            written_by=written_by,
            approved_by=approved_by,
            sent_back=sent_back,
            limit=limit,
        )

    async def share_of(self, actor: Actor, row: AnnouncementRow) -> Share:
        """What the actor may still tell without a second person, by the time of an announcement."""
        async with self.engine.connect() as connection:
            return await self.share(connection, actor.login, row)

    async def reach(self, actor: Actor, draft: Draft, corrects: int | None = None) -> Reach:
        """How many residents a draft is for now, how they are spread, and of a correction who waits for the other.

        Raises:
            NotFound: what it corrects is none of this agency's.
            NotPermitted: the actor does not read this agency's announcements.
        """
        actor.require(Permission.ANNOUNCEMENT_READ, draft.city, draft.agency)
        list(faults_of(draft, self.cities.get(draft.city), topics=self.topics, now=self.now()))
        whom = Whom.for_draft(draft, corrects)
        async with self.engine.connect() as connection:
            if corrects is not None:
                wrong = await self.find_in(connection, actor, corrects)
                insist_own(wrong, draft)
                whom = replace(whom, also=wrong.all_before, by=0)
            found = await whom.reach(connection)
            is_drill = corrects is not None and draft.mode is Mode.TRAINING and wrong.state is State.SENDING
            return replace(found, instead_of=[wrong]) if is_drill else found

    async def _submit(self, connection: AsyncConnection, actor: Actor, row: AnnouncementRow) -> AnnouncementRow:
        is_handed_in = await self.is_handed_in(connection, row)
        submitted = await self._hand_in(connection, actor, row)
        recipients = await Whom.of(submitted).count(connection)
        if is_handed_in or not await self.let_alone(connection, actor.login, submitted, recipients):
            return submitted
        return await self.approved(connection, actor, submitted)

    async def _hand_in(self, connection: AsyncConnection, actor: Actor, row: AnnouncementRow) -> AnnouncementRow:
        insist(row, {State.DRAFT, State.RETURNED})
        self.insist_complete(row.draft)
        await self.insist_on_list(connection, row.draft, row.corrects)
        if row.corrects is not None and row.earlier is None:
            await self.insist_newest(connection, row.corrects)
        await self.in_public.check(row)
        submitted = await one_row(connection, SUBMIT, {"id": row.id, "by": actor.login, "now": self.now()})
        await note(connection, actor, submitted, "submit", at=self.now())
        return submitted

    async def _decide(self, actor: Actor, number: int, state: State, act: str, reason: str) -> AnnouncementRow:
        why = reason_of(reason)
        async with transaction(self.engine) as connection:
            row = await self.hold(connection, actor, number, Permission.ANNOUNCEMENT_APPROVE)
            insist(row, {State.PENDING, State.APPROVED})
            moved = {"id": number, "state": state, "due_at": None, "stale_at": None, "ended_at": None}
            decided = await one_row(connection, MOVE, moved)
            await note(connection, actor, decided, act, at=self.now(), reason=why)
            await tell_approvers(connection, decided, act, but_not=[actor.login])
            return decided
