"""The life of an announcement: drafted, submitted, approved by another, begun, corrected, cancelled, taken back.

Each act is one transaction under the announcement's row lock, with its line in the history and in the audit. What an
approval is bound to is computed again when the telling begins: a text, an audience or a schedule that is another by
then is not sent. The telling itself is `desk.announcements.telling`.
"""

import json
from calendar import monthrange
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from desk.announcements import arming
from desk.announcements.audience import NOBODY, Part, Whom
from desk.announcements.content import (
    EDITABLE,
    OPEN,
    STALE_AFTER,
    Draft,
    Kind,
    Mode,
    State,
    faults_of,
)
from desk.announcements.digest import digest_of
from desk.announcements.history import Done, history_of, note
from desk.announcements.ports import InPublic, Nowhere
from desk.announcements.rows import COLUMNS, AnnouncementRow
from desk.announcements.words import Notice, said
from desk.audit.trail import reason_of
from desk.city.files import City
from desk.city.topics import Topic
from desk.contract.errors import Conflict, NotFound
from desk.contract.messages import Text
from desk.contract.staff import WITHIN, Actor, NotPermitted, Permission, system
from desk.contract.wire import LOCALES, Locale
from desk.store.database import transaction
from desk.texts.catalogs import Catalogs

PAGE = 50
CLOCK = system("announcements", Permission.ANNOUNCEMENT_PUBLISH)
"""Who begins what was approved for later."""

WRITE = ", ".join(
    f"{name} = CAST(:{name} AS jsonb)" if name in {"titles", "texts", "audience", "schedule"} else f"{name} = :{name}"
    for name in Draft.model_fields
    if name not in {"city", "agency", "kind", "mode"}
)
CREATE = text(f"""
    INSERT INTO announcements (city, agency, topic, districts, titles, texts, link, kind, mode, state, urgency, public,
                               audience, schedule, corrects, repeats, valid_from, until, created_by, created_at)
    VALUES (:city, :agency, :topic, :districts, CAST(:titles AS jsonb), CAST(:texts AS jsonb), :link, :kind, :mode,
            'draft', :urgency, :public, CAST(:audience AS jsonb), CAST(:schedule AS jsonb), :corrects, :repeats,
            :valid_from, :until, :by, :now)
    RETURNING {COLUMNS}
""")
SAVE = text(f"""
    UPDATE announcements SET {WRITE}, version = version + 1, state = 'draft', submitted_by = NULL, submitted_at = NULL,
           due_at = NULL, stale_at = NULL
    WHERE id = :id RETURNING {COLUMNS}
""")
KEEP_VERSION = text("""
    INSERT INTO announcement_versions (announcement_id, version, written, saved_by, saved_at)
    VALUES (:id, :version, CAST(:written AS jsonb), :by, :now)
""")
HOLD = text(f"SELECT {COLUMNS} FROM announcements WHERE id = :id FOR UPDATE")
FIND = text(f"SELECT {COLUMNS} FROM announcements WHERE id = :id")
LIST = text(f"""
    SELECT {COLUMNS} FROM announcements
    WHERE {WITHIN.format(city="city", agency="agency")}
      AND (CAST(:states AS text[]) = '{{}}' OR state = ANY (CAST(:states AS text[])))
      AND (CAST(:city AS text) IS NULL OR city = :city)
      AND (CAST(:agency AS text) IS NULL OR agency = :agency)
      AND (CAST(:before AS bigint) IS NULL OR id < :before)
    ORDER BY id DESC LIMIT :limit
""")
AUTHORS = text("SELECT DISTINCT saved_by FROM announcement_versions WHERE announcement_id = :id")
APPROVALS = text("""
    SELECT approved_by, digest, languages FROM announcement_approvals
    WHERE announcement_id = :id AND version = :version ORDER BY approved_at
""")
APPROVE = text("""
    INSERT INTO announcement_approvals (announcement_id, version, approved_by, digest, languages, approved_at)
    VALUES (:id, :version, :by, :digest, :languages, :now)
    ON CONFLICT (announcement_id, version, approved_by)
    DO UPDATE SET digest = excluded.digest, languages = excluded.languages, approved_at = excluded.approved_at
""")
SUBMIT = text(f"""
    UPDATE announcements SET state = 'pending', submitted_by = :by, submitted_at = :now
    WHERE id = :id RETURNING {COLUMNS}
""")
MOVE = text(f"""
    UPDATE announcements SET state = :state, due_at = coalesce(:due_at, due_at),
           stale_at = coalesce(:stale_at, stale_at), ended_at = coalesce(:ended_at, ended_at)
    WHERE id = :id RETURNING {COLUMNS}
""")
PUBLISH = text(f"""
    UPDATE announcements SET state = :state, published_by = :by, published_at = :now, ended_at = :ended_at
    WHERE id = :id RETURNING {COLUMNS}
""")
SEND = text("""
    INSERT INTO announcement_sends (announcement_id, account_id, agency, urgent, beyond, next_at)
    SELECT :id, one.account, :agency, :urgent, :beyond, :now FROM unnest(CAST(:accounts AS bigint[])) AS one (account)
    ON CONFLICT DO NOTHING
""")
FINISH = text("""
    UPDATE announcements SET state = 'done', ended_at = :now
    WHERE id = :id AND state = 'sending'
      AND NOT EXISTS (SELECT FROM announcement_sends WHERE announcement_id = :id AND state <> 'ended')
""")
FINISH_ALL = text("""
    UPDATE announcements SET state = 'done', ended_at = :now
    WHERE state = 'sending' AND NOT EXISTS (SELECT FROM announcement_sends AS send
                                            WHERE send.announcement_id = announcements.id AND send.state <> 'ended')
""")
CANCEL_REPEATS = text("""
    UPDATE announcements SET state = 'cancelled', ended_at = :now WHERE repeats = :id AND state = 'approved'
""")
RESUME = text("""
    UPDATE announcement_sends SET state = 'going', why = NULL, next_at = :now
    WHERE announcement_id = :id AND state = 'paused' RETURNING account_id
""")
HALT = text("""
    UPDATE announcement_sends SET state = 'paused', why = :why
    WHERE announcement_id = :id AND state = 'going' RETURNING account_id
""")
STOP = text("UPDATE announcement_sends SET state = 'ended' WHERE announcement_id = :id AND state <> 'ended'")
DROP = text("""
    UPDATE deliveries SET state = 'dropped', reason = 'cancelled', ended_at = clock_timestamp()
    FROM announcement_deliveries AS told
    WHERE told.announcement_id = :id AND deliveries.conversation_id = told.conversation_id
      AND deliveries.seq = told.seq AND deliveries.state = 'waiting'
""")
WITHDRAW = text(f"UPDATE announcements SET withdrawn_at = :now WHERE id = :id RETURNING {COLUMNS}")
DUE = text("""
    SELECT id FROM announcements WHERE state = 'approved' AND due_at <= :now
    ORDER BY due_at LIMIT :limit FOR UPDATE SKIP LOCKED
""")


@dataclass(frozen=True, slots=True)
class Approval:
    """Who approved, having read the texts in some languages."""

    by: str
    languages: Sequence[str]


@dataclass(frozen=True, slots=True)
class Standing:
    """What an approver looks at.

    `waits_for` are languages whose texts nobody has read yet who may approve; `is_alone` whether no second is needed.
    """

    row: AnnouncementRow
    recipients: int
    parts: Sequence[Part]
    approvals: Sequence[Approval]
    authors: Collection[str]
    history: Sequence[Done]
    waits_for: Sequence[Locale]
    is_alone: bool


@dataclass(frozen=True)
class Announcements:
    """The room for pages and commands. `now` is the clock."""

    engine: AsyncEngine
    catalogs: Catalogs
    cities: Mapping[str, City]
    topics: Mapping[str, Topic]
    now: Callable[[], datetime]
    in_public: InPublic = field(default_factory=Nowhere)

    async def create(self, actor: Actor, draft: Draft, *, corrects: int | None = None) -> AnnouncementRow:
        """Begin a draft. It may still be incomplete; what it names must exist.

        Raises:
            NotPermitted: the actor may not write for this agency.
            NotFound: there is no such city, agency, topic, district, service, channel or announcement to correct.
            Conflict: what it is to correct was never published, or is of another agency.
        """
        actor.require(Permission.ANNOUNCEMENT_PUBLISH, draft.city, draft.agency)
        list(faults_of(draft, self.cities.get(draft.city), topics=self.topics, now=self.now()))
        async with transaction(self.engine) as connection:
            if corrects is not None:
                await self._correctable(connection, corrects, draft)
            return await self._create(connection, actor, draft, corrects=corrects)

    async def save(self, actor: Actor, number: int, version: int, draft: Draft) -> AnnouncementRow:
        """Change it: a new version, which nobody has approved.

        Args:
            actor: who writes.
            number: the announcement.
            version: that the actor has before them.
            draft: as it is to be.

        Raises:
            Conflict: somebody changed it meanwhile, or it can no longer be changed.
            NotFound, NotPermitted: as for `create`.
        """
        list(faults_of(draft, self.cities.get(draft.city), topics=self.topics, now=self.now()))
        async with transaction(self.engine) as connection:
            row = await self._hold(connection, actor, number, Permission.ANNOUNCEMENT_PUBLISH)
            _insist(row, EDITABLE)
            if row.version != version:
                raise _said("error_announcement_changed", "Somebody changed it meanwhile.")
            if (draft.city, draft.agency, draft.kind, draft.mode) != (row.city, row.agency, row.kind, row.mode):
                raise _said("error_announcement_fixed", "City, agency, kind and mode of an announcement never change.")
            saved = await _one(connection, SAVE, {**_values(draft), "id": number})
            await connection.execute(CANCEL_REPEATS, {"id": number, "now": self.now()})
            await self._keep(connection, actor, saved)
            await note(connection, actor, saved, "save", at=self.now())
            return saved

    async def submit(self, actor: Actor, number: int) -> AnnouncementRow:
        """Hand it to those who approve; what needs no second person is approved by that.

        Raises:
            Conflict: it is incomplete, a platform does not allow it, or it is not a draft.
            NotPermitted: the actor may not publish for this agency.
        """
        async with transaction(self.engine) as connection:
            row = await self._hold(connection, actor, number, Permission.ANNOUNCEMENT_PUBLISH)
            return await self._submit(connection, actor, row)

    async def publish(self, actor: Actor, draft: Draft) -> int:
        """Create and submit in one. Answers its number; `find` says whether it waits for somebody's approval."""
        actor.require(Permission.ANNOUNCEMENT_PUBLISH, draft.city, draft.agency)
        async with transaction(self.engine) as connection:
            self._insist_complete(draft)
            row = await self._create(connection, actor, draft)
            return (await self._submit(connection, actor, row)).id

    async def approve(self, actor: Actor, number: int, version: int, languages: Collection[Locale]) -> AnnouncementRow:
        """Approve a version, having read its texts in some languages. Nobody approves what they wrote.

        Once all its languages were read by somebody who may approve it is approved, and begins when it is due.

        Raises:
            Conflict: it is another version by now, or waits for no approval.
            NotPermitted: the actor wrote or submitted it, or may not approve for this agency.
        """
        async with transaction(self.engine) as connection:
            row = await self._hold(connection, actor, number, Permission.ANNOUNCEMENT_APPROVE)
            _insist(row, {State.PENDING})
            if row.version != version:
                raise _said("error_announcement_changed", "Somebody changed it meanwhile.")
            authors = await self._authors(connection, row)
            if actor.login in authors:
                said = Text(key="console.error_own_announcement")
                raise NotPermitted("Nobody approves what they wrote or submitted themselves.", said=said)
            read = [one for one in LOCALES if one in languages and one in row.draft.languages]
            if not read:
                raise _said("error_announcement_unread", "Say in which languages you read it.")
            values = {"id": number, "version": version, "by": actor.login, "now": self.now()}
            digest = self._digest(row)
            await connection.execute(APPROVE, {**values, "digest": digest, "languages": read})
            await note(connection, actor, row, "approve", at=self.now(), reason=", ".join(read))
            if self._waits_for(row, await self._approvals(connection, row, digest)):
                return row
            return await self._approved(connection, actor, row)

    async def give_back(self, actor: Actor, number: int, reason: str) -> AnnouncementRow:
        """Return it to be changed.

        Raises:
            Conflict: it waits for no approval, or no reason is given.
        """
        return await self._decide(actor, number, State.RETURNED, "return", reason)

    async def reject(self, actor: Actor, number: int, reason: str) -> AnnouncementRow:
        """Refuse it for good."""
        return await self._decide(actor, number, State.REJECTED, "reject", reason)

    async def cancel(self, actor: Actor, number: int, reason: str) -> AnnouncementRow:
        """Stop it wherever it is: what waits in the outbox is not sent either. What was said stays said.

        Raises:
            Conflict: it is over.
        """
        async with transaction(self.engine) as connection:
            row = await self._hold(connection, actor, number, Permission.ANNOUNCEMENT_WITHDRAW)
            _insist(row, OPEN)
            return await self._stop(connection, actor, row, "cancel", reason_of(reason))

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

    async def withdraw(self, actor: Actor, number: int, reason: str = "") -> AnnouncementRow:
        """Take back what was published: it is shown and told no more. What was said stays said.

        Raises:
            NotPermitted: the actor may not take back what this agency said.
            NotFound: there is none, it was not published, or was withdrawn before.
        """
        async with transaction(self.engine) as connection:
            row = await self._hold(connection, actor, number, Permission.ANNOUNCEMENT_WITHDRAW)
            if row.published_at is None or row.withdrawn_at is not None:
                raise NotFound(f"There is no announcement {number} that could be withdrawn.")
            await connection.execute(WITHDRAW, {"id": number, "now": self.now()})
            if row.state is State.SENDING:
                return await self._stop(connection, actor, row, "withdraw", reason)
            await note(connection, actor, row, "withdraw", at=self.now(), reason=reason)
            return row

    async def correct(self, actor: Actor, number: int, draft: Draft) -> AnnouncementRow:
        """Begin a correction: a draft that goes to exactly those whom the other reached. The other goes on to nobody.

        Raises:
            Conflict: it was never published, or is of another agency.
        """
        return await self.create(actor, draft, corrects=number)

    async def begin_due(self, limit: int = 20) -> int:
        """Begin what was approved for a time that has come. Answers how many there were."""
        async with transaction(self.engine) as connection:
            numbers = list((await connection.execute(DUE, {"now": self.now(), "limit": limit})).scalars())
            for number in numbers:
                row = await _one(connection, HOLD, {"id": number})
                await self._begin(connection, CLOCK, row)
        return len(numbers)

    async def finish(self, number: int) -> None:
        """Note that all were told, if they were."""
        async with transaction(self.engine) as connection:
            await connection.execute(FINISH, {"id": number, "now": self.now()})

    async def finish_all(self) -> None:
        """The same of each whose teller ended before it could."""
        async with transaction(self.engine) as connection:
            await connection.execute(FINISH_ALL, {"now": self.now()})

    async def find(self, actor: Actor, number: int) -> AnnouncementRow:
        """One announcement.

        Raises:
            NotFound: there is none that the actor may see.
        """
        async with self.engine.connect() as connection:
            return await self._find(connection, actor, number)

    async def standing(self, actor: Actor, number: int) -> Standing:
        """All that somebody has to know who approves it."""
        async with self.engine.connect() as connection:
            row = await self._find(connection, actor, number)
            whom = Whom.of(row)
            recipients = await whom.count(connection)
            approvals = await self._approvals(connection, row, self._digest(row))
            return Standing(
                row=row,
                recipients=recipients,
                parts=await whom.spread(connection),
                approvals=approvals,
                authors=await self._authors(connection, row),
                history=await history_of(connection, number),
                waits_for=self._waits_for(row, approvals),
                is_alone=self._is_alone(row, recipients),
            )

    async def all(
        self,
        actor: Actor,
        *,
        states: Collection[State] = (),
        city: str | None = None,
        agency: str | None = None,
        before: int | None = None,
        limit: int = PAGE,
    ) -> list[AnnouncementRow]:
        """Announcements of the actor's places, the newest first."""
        actor.require_somewhere(Permission.ANNOUNCEMENT_READ)
        wanted = {
            **actor.places(Permission.ANNOUNCEMENT_READ).values(),
            "states": list(states),
            "city": city,
            "agency": agency,
            "before": before,
            "limit": limit,
        }
        async with self.engine.connect() as connection:
            return [AnnouncementRow.of(row._asdict()) for row in await connection.execute(LIST, wanted)]

    async def reach(self, actor: Actor, draft: Draft, corrects: int | None = None) -> tuple[int, list[Part]]:
        """How many residents a draft is for now, and how they are spread over languages and channels."""
        actor.require(Permission.ANNOUNCEMENT_READ, draft.city, draft.agency)
        list(faults_of(draft, self.cities.get(draft.city), topics=self.topics, now=self.now()))
        whom = Whom(draft.audience, draft.city, draft.topic, draft.districts, corrects)
        async with self.engine.connect() as connection:
            return await whom.count(connection), await whom.spread(connection)

    def rendered(self, row: AnnouncementRow) -> dict[Locale, str]:
        """What residents read, by language."""
        reply = said(
            Notice.of(row, at=row.published_at or self.now()), self.cities[row.city], self.topics, unasked=True
        )
        return {locale: self.catalogs.text(reply, locale) for locale in LOCALES}

    async def _go_on(self, actor: Actor, number: int, statement: Any, act: str, why: str) -> None:
        async with transaction(self.engine) as connection:
            row = await self._hold(connection, actor, number, Permission.ANNOUNCEMENT_WITHDRAW)
            values = {"id": number, "why": why} if statement is HALT else {"id": number, "now": self.now()}
            if not (await connection.execute(statement, values)).all():
                raise _said("error_announcement_state", f"It is {row.state}, and this cannot be done with it now.")
            await note(connection, actor, row, act, at=self.now(), reason=why)

    async def _submit(self, connection: AsyncConnection, actor: Actor, row: AnnouncementRow) -> AnnouncementRow:
        _insist(row, {State.DRAFT, State.RETURNED})
        self._insist_complete(row.draft)
        await self.in_public.check(row)
        submitted = await _one(connection, SUBMIT, {"id": row.id, "by": actor.login, "now": self.now()})
        await note(connection, actor, submitted, "submit", at=self.now())
        if not self._is_alone(submitted, await Whom.of(submitted).count(connection)):
            return submitted
        return await self._approved(connection, actor, submitted)

    async def _approved(self, connection: AsyncConnection, actor: Actor, row: AnnouncementRow) -> AnnouncementRow:
        """Let it begin when it is due: at once where that is now."""
        due = max(row.schedule.at or self.now(), self.now())
        limits = [one for one in (row.schedule.stale_at or due + STALE_AFTER, row.until) if one is not None]
        moved = {"id": row.id, "state": State.APPROVED, "due_at": due, "stale_at": min(limits), "ended_at": None}
        approved = await _one(connection, MOVE, moved)
        for time in times_of(approved)[1:]:
            await self._once_more(connection, approved, time)
        return await self._begin(connection, actor, approved) if due <= self.now() else approved

    async def _begin(self, connection: AsyncConnection, actor: Actor, row: AnnouncementRow) -> AnnouncementRow:
        """Publish it, and let the telling begin; or say why not."""
        now = self.now()
        if row.stale_at is not None and row.stale_at <= now:
            return await self._stop(connection, CLOCK, row, "expire", "")
        if row.kind is not Kind.ALERT and not await arming.is_armed(connection):
            return row  # it begins once somebody has armed this store, or is too late by then
        if not await self._is_sound(connection, row):
            return await self._stop(connection, CLOCK, row, "void", "it is not what was approved")
        is_training = row.mode is Mode.TRAINING
        values = {"id": row.id, "by": row.submitted_by or row.created_by, "now": now}
        state, ended = (State.DONE, now) if is_training else (State.SENDING, None)
        begun = await _one(connection, PUBLISH, {**values, "state": state, "ended_at": ended})
        if not is_training:
            if begun.corrects is not None:
                await self._stop_corrected(connection, actor, begun.corrects)
            sends = {
                "id": row.id,
                "agency": f"{row.city}/{row.agency}",
                "urgent": begun.is_urgent,
                "beyond": NOBODY,
                "now": now,
                "accounts": await Whom.of(begun).accounts(connection),
            }
            await connection.execute(SEND, sends)
            await connection.execute(FINISH, {"id": row.id, "now": now})
            await self.in_public.queue(connection, begun)
        await note(connection, actor, begun, "begin", at=now)
        return begun

    async def _is_sound(self, connection: AsyncConnection, row: AnnouncementRow) -> bool:
        """Whether it is still what was approved; where one person was enough, whether it still reaches so few."""
        if row.repeats is not None:
            first = await _one(connection, FIND, {"id": row.repeats})
            same = replace(row, id=first.id, version=first.version, submitted_at=first.submitted_at, repeats=None)
            same = replace(same, schedule=first.schedule)
            return first.state is not State.CANCELLED and await self._is_sound(
                connection, replace(same, submitted_by=first.submitted_by)
            )
        approvals = await self._approvals(connection, row, self._digest(row))
        if approvals:
            return not self._waits_for(row, approvals)
        return self._is_alone(row, await Whom.of(row).count(connection))

    async def _once_more(self, connection: AsyncConnection, row: AnnouncementRow, at: datetime) -> None:
        """One more time of a repeated announcement, which begins when it is due."""
        again = row.draft.model_copy(update={"schedule": row.schedule.model_copy(update={"at": at})})
        made = await self._insert(connection, CLOCK, again, repeats=row.id)
        stale = at + (
            row.schedule.stale_at - row.schedule.at if row.schedule.stale_at and row.schedule.at else STALE_AFTER
        )
        await _one(connection, SUBMIT, {"id": made.id, "by": row.submitted_by, "now": row.submitted_at})
        moved = {"id": made.id, "state": State.APPROVED, "due_at": at, "stale_at": stale, "ended_at": None}
        await _one(connection, MOVE, moved)

    async def _stop_corrected(self, connection: AsyncConnection, actor: Actor, number: int) -> None:
        corrected = await _one(connection, HOLD, {"id": number})
        if corrected.state is State.SENDING:
            await self._stop(connection, actor, corrected, "cancel", "corrected")

    async def _stop(
        self, connection: AsyncConnection, actor: Actor, row: AnnouncementRow, act: str, reason: str
    ) -> AnnouncementRow:
        now = self.now()
        moved = {"id": row.id, "state": State.CANCELLED, "due_at": None, "stale_at": None, "ended_at": now}
        stopped = await _one(connection, MOVE, moved)
        await connection.execute(CANCEL_REPEATS, {"id": row.id, "now": now})
        await connection.execute(STOP, {"id": row.id})
        await connection.execute(DROP, {"id": row.id})
        await note(connection, actor, stopped, act, at=now, reason=reason)
        return stopped

    async def _decide(self, actor: Actor, number: int, state: State, act: str, reason: str) -> AnnouncementRow:
        why = reason_of(reason)
        async with transaction(self.engine) as connection:
            row = await self._hold(connection, actor, number, Permission.ANNOUNCEMENT_APPROVE)
            _insist(row, {State.PENDING, State.APPROVED})
            moved = {"id": number, "state": state, "due_at": None, "stale_at": None, "ended_at": None}
            decided = await _one(connection, MOVE, moved)
            await note(connection, actor, decided, act, at=self.now(), reason=why)
            return decided

    async def _create(
        self,
        connection: AsyncConnection,
        actor: Actor,
        draft: Draft,
        *,
        corrects: int | None = None,
        repeats: int | None = None,
    ) -> AnnouncementRow:
        row = await self._insert(connection, actor, draft, corrects=corrects, repeats=repeats)
        await note(connection, actor, row, "create", at=self.now())
        return row

    async def _insert(
        self,
        connection: AsyncConnection,
        actor: Actor,
        draft: Draft,
        *,
        corrects: int | None = None,
        repeats: int | None = None,
    ) -> AnnouncementRow:
        fixed = {"city": draft.city, "agency": draft.agency, "kind": draft.kind, "mode": draft.mode}
        made = {"corrects": corrects, "repeats": repeats, "by": actor.login, "now": self.now()}
        row = await _one(connection, CREATE, {**_values(draft), **fixed, **made})
        await self._keep(connection, actor, row)
        return row

    async def _keep(self, connection: AsyncConnection, actor: Actor, row: AnnouncementRow) -> None:
        written = row.draft.model_dump_json()
        values = {"id": row.id, "version": row.version, "written": written, "by": actor.login, "now": self.now()}
        await connection.execute(KEEP_VERSION, values)

    async def _correctable(self, connection: AsyncConnection, number: int, draft: Draft) -> None:
        found = (await connection.execute(FIND, {"id": number})).one_or_none()
        if found is None or (found.city, found.agency) != (draft.city, draft.agency) or found.published_at is None:
            raise NotFound(f"This agency has published no announcement {number} that could be corrected.")
        if found.mode != draft.mode:
            raise _said("error_announcement_fixed", "A correction has the mode of what it corrects.")

    async def _hold(
        self, connection: AsyncConnection, actor: Actor, number: int, permission: Permission
    ) -> AnnouncementRow:
        found = (await connection.execute(HOLD, {"id": number})).one_or_none()
        if found is None or not _sees(actor, found.city, found.agency):
            raise NotFound(f"There is no announcement {number}.")
        actor.require(permission, found.city, found.agency)
        return AnnouncementRow.of(found._asdict())

    async def _find(self, connection: AsyncConnection, actor: Actor, number: int) -> AnnouncementRow:
        found = (await connection.execute(FIND, {"id": number})).one_or_none()
        if found is None or not _sees(actor, found.city, found.agency):
            raise NotFound(f"There is no announcement {number}.")
        return AnnouncementRow.of(found._asdict())

    async def _authors(self, connection: AsyncConnection, row: AnnouncementRow) -> frozenset[str]:
        saved = (await connection.execute(AUTHORS, {"id": row.id})).scalars()
        return frozenset({row.created_by, *saved, *([row.submitted_by] if row.submitted_by else [])})

    async def _approvals(self, connection: AsyncConnection, row: AnnouncementRow, digest: bytes) -> list[Approval]:
        """Those that are of what it is now."""
        rows = await connection.execute(APPROVALS, {"id": row.id, "version": row.version})
        return [Approval(one.approved_by, one.languages) for one in rows if one.digest == digest]

    def _waits_for(self, row: AnnouncementRow, approvals: Sequence[Approval]) -> list[Locale]:
        read = {language for one in approvals for language in one.languages}
        return [one for one in row.draft.languages if one not in read]

    def _is_alone(self, row: AnnouncementRow, recipients: int) -> bool:
        """Whether who wrote it may send it: few are told, nothing is said on public accounts, and it is no alert."""
        limit = self.cities[row.city].announcing.alone_up_to
        is_small = recipients <= limit and not row.public and row.kind is Kind.ANNOUNCEMENT
        return is_small or row.mode is Mode.TRAINING

    def _insist_complete(self, draft: Draft) -> None:
        for fault in faults_of(draft, self.cities.get(draft.city), topics=self.topics, now=self.now()):
            raise fault

    def _digest(self, row: AnnouncementRow) -> bytes:
        return digest_of(row, self.cities[row.city], self.topics, self.catalogs)


def times_of(row: AnnouncementRow) -> list[datetime]:
    """When a scheduled announcement is said: all its times, in the zone of its first."""
    schedule = row.schedule
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


def _sees(actor: Actor, city: str, agency: str) -> bool:
    return actor.may(Permission.ANNOUNCEMENT_READ, city, agency) or actor.may(
        Permission.ANNOUNCEMENT_WITHDRAW, city, agency
    )


def _values(draft: Draft) -> dict[str, Any]:
    """What was written, as columns of the table."""
    return {
        "topic": draft.topic,
        "districts": list(draft.districts),
        "titles": json.dumps(draft.titles, ensure_ascii=False),
        "texts": json.dumps(draft.texts, ensure_ascii=False),
        "link": draft.link,
        "urgency": draft.urgency,
        "public": list(draft.public),
        "audience": draft.audience.model_dump_json(),
        "schedule": draft.schedule.model_dump_json(),
        "valid_from": draft.valid_from,
        "until": draft.until,
    }


def _insist(row: AnnouncementRow, states: Collection[State]) -> None:
    if row.state not in states:
        raise _said("error_announcement_state", f"It is {row.state}: this cannot be done with it any more.")


def _said(key: str, message: str) -> Conflict:
    return Conflict(message, said=Text(key=f"console.{key}"))


async def _one(connection: AsyncConnection, statement: Any, values: Mapping[str, Any]) -> AnnouncementRow:
    return AnnouncementRow.of((await connection.execute(statement, values)).one()._asdict())
