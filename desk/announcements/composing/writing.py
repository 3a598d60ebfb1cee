"""Writing announcements: drafts, their versions, corrections of what was published."""

import json
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from desk.announcements.audience.whom import Whom
from desk.announcements.composing.documents import Documenting
from desk.announcements.content import (
    EDITABLE,
    Draft,
    Earlier,
    as_seen,
    faults_of,
)
from desk.announcements.history import note
from desk.announcements.room import FIND, insist, one_row, refused
from desk.announcements.rows import COLUMNS, AnnouncementRow
from desk.contract.errors import Conflict, NotFound
from desk.contract.messages import Text
from desk.contract.staff import Actor, Permission
from desk.store.database import transaction

AS_JSON = {"titles", "texts", "mistake", "image", "documents", "audience", "schedule"}
WRITE = ", ".join(
    f"{name} = CAST(:{name} AS jsonb)" if name in AS_JSON else f"{name} = :{name}"
    for name in Draft.model_fields
    if name not in {"city", "agency", "kind", "mode"}
)
CREATE = text(f"""
    INSERT INTO announcements (city, agency, topic, districts, titles, texts, mistake, link, image, documents,
                               kind, mode, state, urgency, public, on_pages, audience, schedule, corrects, corrected,
                               also_reached, earlier, repeats, valid_from, until, created_by, created_at)
    VALUES (:city, :agency, :topic, :districts, CAST(:titles AS jsonb), CAST(:texts AS jsonb), CAST(:mistake AS jsonb),
            :link, CAST(:image AS jsonb), CAST(:documents AS jsonb), :kind, :mode, 'draft', :urgency, :public,
            :on_pages, CAST(:audience AS jsonb), CAST(:schedule AS jsonb), :corrects,
            (SELECT jsonb_build_object('titles', wrong.titles, 'at', wrong.published_at) FROM announcements AS wrong
             WHERE wrong.id = :corrects AND CAST(:earlier AS text) IS NULL),
            :also_reached, :earlier, :repeats, :valid_from, :until, :by, :now)
    RETURNING {COLUMNS}
""")
SAVE = text(f"""
    UPDATE announcements SET {WRITE}, version = version + 1, state = 'draft', submitted_by = NULL, submitted_at = NULL,
           due_at = NULL, stale_at = NULL, converted = false
    WHERE id = :id RETURNING {COLUMNS}
""")
KEEP_VERSION = text("""
    INSERT INTO announcement_versions (announcement_id, version, written, saved_by, saved_at)
    VALUES (:id, :version, CAST(:written AS jsonb), :by, :now)
""")
CANCEL_REPEATS = text("""
    UPDATE announcements SET state = 'cancelled', ended_at = :now WHERE repeats = :id AND state = 'approved'
""")

# What is corrected in its place: the last correction of it, or of that, which was published and holds.
NEWEST = text("""
    WITH RECURSIVE later (id) AS (
        SELECT CAST(:id AS bigint)
        UNION
        SELECT (SELECT max(right_one.id) FROM announcements AS right_one
                WHERE right_one.corrects = later.id AND right_one.earlier IS NULL
                  AND right_one.published_at IS NOT NULL AND right_one.withdrawn_at IS NULL)
        FROM later WHERE later.id IS NOT NULL
    )
    SELECT max(id) FROM later
""")

type Besides = Callable[[AsyncConnection, AnnouncementRow], Awaitable[object]]


class Writing(Documenting):
    """What editors do."""

    async def create(
        self,
        actor: Actor,
        draft: Draft,
        *,
        corrects: int | None = None,
        also_reached: Sequence[int] = (),
        earlier: Earlier | None = None,
        besides: Besides | None = None,
    ) -> AnnouncementRow:
        """Begin a draft. It may still be incomplete; what it names must exist.

        With `earlier` the one before it was not wrong, but has changed or is over: said to those whom that reached
        (`corrects`), or to whom it is for. Whoever was reached by any of `also_reached` is told of it, too; of what
        corrects another they are those of that. `besides` writes what else belongs to it, in the same transaction.

        Raises:
            NotPermitted: the actor may not write for this agency.
            NotFound: there is no such city, agency, topic, district, service, channel or announcement to correct.
            AnnouncementFault: its image or a document is not kept here.
            Conflict: what it is to correct was corrected already: its newest correction is what is corrected; or it
                says what was wrong, and corrects nothing.
        """
        actor.require(Permission.ANNOUNCEMENT_PUBLISH, draft.city, draft.agency)
        list(faults_of(draft, self.cities.get(draft.city), topics=self.topics, now=self.now()))
        _insist_on_mistake(draft, is_correction=corrects is not None and earlier is None)
        async with transaction(self.engine) as connection:
            if corrects is not None:
                draft, also_reached = await self._as_correction(connection, corrects, draft)
                if earlier is None:
                    await self.insist_newest(connection, corrects)
            await self.insist_on_list(connection, draft, corrects)
            row = await self.create_in(
                connection, actor, draft, corrects=corrects, also_reached=also_reached, earlier=earlier
            )
            if besides is not None:
                await besides(connection, row)
            return row

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
            row = await self.hold(connection, actor, number, Permission.ANNOUNCEMENT_PUBLISH)
            insist(row, EDITABLE)
            if row.version != version:
                raise refused("error_announcement_changed", "Somebody changed it meanwhile.")
            if (draft.city, draft.agency, draft.kind, draft.mode) != (row.city, row.agency, row.kind, row.mode):
                raise refused("error_announcement_fixed", "Its city, agency, kind and mode never change.")
            _insist_on_mistake(draft, is_correction=row.corrects is not None and row.earlier is None)
            await self.insist_on_list(connection, draft, row.corrects)
            if row.corrects is not None:
                draft = draft.model_copy(update={"on_pages": row.on_pages})
            saved = await one_row(connection, SAVE, {**_values(as_seen(draft)), "id": number})
            await connection.execute(CANCEL_REPEATS, {"id": number, "now": self.now()})
            await self._keep(connection, actor, saved)
            await note(connection, actor, saved, "save", at=self.now())
            return saved

    async def correct(self, actor: Actor, number: int, draft: Draft) -> AnnouncementRow:
        """Begin a correction: a draft for exactly those whom the other reached, or who wait for it. It ends the other.

        Raises:
            NotFound, Conflict: as for `create`.
        """
        return await self.create(actor, draft, corrects=number)

    async def create_in(
        self,
        connection: AsyncConnection,
        actor: Actor,
        draft: Draft,
        *,
        corrects: int | None = None,
        also_reached: Sequence[int] = (),
        earlier: Earlier | None = None,
        repeats: int | None = None,
    ) -> AnnouncementRow:
        """Begin a draft, in a transaction of the caller, with its line in the history."""
        row = await self.insert(
            connection, actor, draft, corrects=corrects, also_reached=also_reached, earlier=earlier, repeats=repeats
        )
        await note(connection, actor, row, "create", at=self.now())
        return row

    async def insert(
        self,
        connection: AsyncConnection,
        actor: Actor,
        draft: Draft,
        *,
        corrects: int | None = None,
        also_reached: Sequence[int] = (),
        earlier: Earlier | None = None,
        repeats: int | None = None,
    ) -> AnnouncementRow:
        """The same without that line."""
        fixed = {"city": draft.city, "agency": draft.agency, "kind": draft.kind, "mode": draft.mode}
        before = {"corrects": corrects, "also_reached": list(also_reached), "earlier": earlier, "repeats": repeats}
        made = {**_values(as_seen(draft)), **fixed, **before, "by": actor.login, "now": self.now()}
        row = await one_row(connection, CREATE, made)
        await self._keep(connection, actor, row)
        return row

    async def _keep(self, connection: AsyncConnection, actor: Actor, row: AnnouncementRow) -> None:
        await self.insist_on_image(connection, row.image)
        await self.insist_on_documents(connection, row.documents)
        written = row.draft.as_json
        values = {"id": row.id, "version": row.version, "written": written, "by": actor.login, "now": self.now()}
        await connection.execute(KEEP_VERSION, values)

    async def insist_on_list(self, connection: AsyncConnection, draft: Draft, corrects: int | None) -> None:
        """Insist that the lists that it names, also to leave them out, are the agency's and not over.

        Raises:
            NotFound: one is not.
        """
        missing = await Whom.for_draft(draft, corrects).missing(connection)
        if not missing:
            return
        message = f"This agency has no list {missing[0]}; lists end after 30 days."
        left_out = next((one for one in draft.audience.without if one.list == missing[0]), None)
        name = str(missing[0]) if left_out is None else left_out.name
        raise NotFound(message, said=Text(key="console.error_announcement_list_over", args={"name": name}))

    async def newest(self, connection: AsyncConnection, number: int) -> int:
        """What is corrected where an announcement was wrong: its last correction that holds; else the same."""
        return int((await connection.execute(NEWEST, {"id": number})).scalar_one())

    async def insist_newest(self, connection: AsyncConnection, number: int) -> None:
        """Insist that nothing corrects an announcement yet: who waited for it waits for its correction by then.

        Raises:
            Conflict: something does.
        """
        newest = await self.newest(connection, number)
        if newest != number:
            said = Text(key="console.error_announcement_corrected", args={"number": number, "newest": newest})
            raise Conflict(f"Announcement {number} was corrected already: correct {newest}, the newest.", said=said)

    async def _as_correction(
        self, connection: AsyncConnection, number: int, draft: Draft
    ) -> tuple[Draft, Sequence[int]]:
        """The draft as a correction, which everybody may read if everybody may read what it corrects.

        Answers with it whom else it is for: the telling of what it corrects may not have come to all of them.
        """
        found = (await connection.execute(FIND, {"id": number})).one_or_none()
        wrong = None if found is None else AnnouncementRow.of(found._asdict())
        is_there = wrong is not None and (wrong.city, wrong.agency) == (draft.city, draft.agency)
        if wrong is None or not is_there or wrong.published_at is None or wrong.takes_back:
            raise NotFound(f"This agency has published no announcement {number} that could be corrected.")
        if wrong.mode != draft.mode:
            raise refused("error_announcement_fixed", "A correction has the mode of what it corrects.")
        return draft.model_copy(update={"on_pages": wrong.draft.is_on_pages}), wrong.all_before


def _insist_on_mistake(draft: Draft, *, is_correction: bool) -> None:
    """Insist that nothing but a correction says what was wrong.

    Raises:
        Conflict: something else does.
    """
    if draft.mistake and not is_correction:
        raise refused("error_announcement_mistake", "Only a correction says what was wrong before.")


def _values(draft: Draft) -> dict[str, Any]:
    """What was written, as columns of the table."""
    return {
        "topic": draft.topic,
        "districts": list(draft.districts),
        "titles": json.dumps(draft.titles, ensure_ascii=False),
        "texts": json.dumps(draft.texts, ensure_ascii=False),
        "mistake": json.dumps(draft.mistake, ensure_ascii=False),
        "link": draft.link,
        "image": None if draft.image is None else draft.image.model_dump_json(),
        "documents": json.dumps([one.model_dump() for one in draft.documents], ensure_ascii=False),
        "urgency": draft.urgency,
        "public": list(draft.public),
        "on_pages": draft.on_pages,
        "audience": draft.audience.model_dump_json(),
        "schedule": draft.schedule.model_dump_json(),
        "valid_from": draft.valid_from,
        "until": draft.until,
    }
