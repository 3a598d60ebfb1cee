"""What all acts on an announcement stand on: its row and lock, who may see it, what is approved of it."""

import hashlib
import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from desk.announcements.content import (
    CONVERTED,
    Draft,
    State,
    faults_of,
    is_converted,
    languages_of,
)
from desk.announcements.ports import InPublic, Nowhere
from desk.announcements.rows import COLUMNS, AnnouncementRow
from desk.announcements.words import Notice, said
from desk.city.files import City
from desk.city.topics import Topic
from desk.contract.errors import Conflict, NotFound
from desk.contract.messages import Text
from desk.contract.staff import Actor, Permission
from desk.contract.wire import LOCALES, Locale
from desk.texts.catalogs import Catalogs

HOLD = text(f"SELECT {COLUMNS} FROM announcements WHERE id = :id FOR NO KEY UPDATE")
FIND = text(f"SELECT {COLUMNS} FROM announcements WHERE id = :id")
AUTHORS = text("SELECT DISTINCT saved_by FROM announcement_versions WHERE announcement_id = :id")
APPROVALS = text("""
    SELECT approved_by, digest, languages FROM announcement_approvals
    WHERE announcement_id = :id AND version = :version ORDER BY approved_at
""")


@dataclass(frozen=True, slots=True)
class Approval:
    """Who approved, having read the texts in some languages."""

    by: str
    languages: Sequence[str]


@dataclass(frozen=True)
class Room:
    """The room of announcements. `now` is the clock."""

    engine: AsyncEngine
    catalogs: Catalogs
    cities: Mapping[str, City]
    topics: Mapping[str, Topic]
    now: Callable[[], datetime]
    in_public: InPublic = field(default_factory=Nowhere)
    public_url: str = ""  # where residents reach the desk, without a trailing slash; "": no images go along in chats

    async def find(self, actor: Actor, number: int) -> AnnouncementRow:
        """One announcement.

        Raises:
            NotFound: there is none that the actor may see.
        """
        async with self.engine.connect() as connection:
            return await self.find_in(connection, actor, number)

    def rendered(self, row: AnnouncementRow) -> dict[Locale, str]:
        """What residents read, by language; of what is not written yet an ellipsis."""
        reply = said(
            Notice.of(row.sayable, at=row.published_at or self.now()),
            self.cities[row.city],
            self.topics,
            unasked=True,
            audience=row.audience,
        )
        return {locale: self.catalogs.text(reply, locale) for locale in LOCALES}

    async def hold(
        self, connection: AsyncConnection, actor: Actor, number: int, permission: Permission
    ) -> AnnouncementRow:
        """One announcement, locked until the end of the transaction, for whoever has a permission there.

        Raises:
            NotFound: there is none that the actor may see.
            NotPermitted: they may see it, and not do this.
        """
        found = (await connection.execute(HOLD, {"id": number})).one_or_none()
        if found is None or not sees(actor, found.city, found.agency):
            raise NotFound(f"There is no announcement {number}.")
        actor.require(permission, found.city, found.agency)
        return AnnouncementRow.of(found._asdict())

    async def find_in(self, connection: AsyncConnection, actor: Actor, number: int) -> AnnouncementRow:
        """The same as `find`, in a transaction of the caller."""
        found = (await connection.execute(FIND, {"id": number})).one_or_none()
        if found is None or not sees(actor, found.city, found.agency):
            raise NotFound(f"There is no announcement {number}.")
        return AnnouncementRow.of(found._asdict())

    async def authors(self, connection: AsyncConnection, row: AnnouncementRow) -> frozenset[str]:
        """Who wrote any version of it, or submitted it: none of them approves it."""
        saved = (await connection.execute(AUTHORS, {"id": row.id})).scalars()
        return frozenset({row.created_by, *saved, *([row.submitted_by] if row.submitted_by else [])})

    async def approvals(self, connection: AsyncConnection, row: AnnouncementRow, digest: bytes) -> list[Approval]:
        """Those that are of what it is now."""
        rows = await connection.execute(APPROVALS, {"id": row.id, "version": row.version})
        return [Approval(one.approved_by, one.languages) for one in rows if one.digest == digest]

    def waits_for(self, row: AnnouncementRow, approvals: Sequence[Approval]) -> list[Locale]:
        """Languages of the city that were written and that nobody has read yet who approves."""
        read = {language for one in approvals for language in one.languages}
        here = languages_of(self.cities[row.city])
        return [one for one in row.draft.languages if one in here and one not in read]

    def readable(self, row: AnnouncementRow) -> list[Locale]:
        """Languages that somebody may say they read: those that were written, and a conversion."""
        city = self.cities[row.city]
        written = [one for one in row.draft.languages if one in languages_of(city)]
        return [*written, *([CONVERTED] if is_converted(row.draft, city) else [])]

    def insist_complete(self, draft: Draft) -> None:
        """Insist that nothing is wrong with it.

        Raises:
            AnnouncementFault: the first thing that is.
        """
        for fault in faults_of(draft, self.cities.get(draft.city), topics=self.topics, now=self.now()):
            raise fault

    def digest(self, row: AnnouncementRow) -> bytes:
        """What an approval is bound to: SHA-256 of the texts as residents read them, audience, times and files.

        Whatever is changed afterwards, be it in the store, makes another. When it is published is no part of it: the
        texts are taken as of the time when it was submitted, without what is said of a conversion.
        """
        at, city = row.submitted_at or row.created_at, self.cities[row.city]
        reply = said(replace(Notice.of(row, at=at), converted=False), city, self.topics, unasked=True)
        draft = row.draft.model_dump(mode="json")
        if row.image is None:
            del draft["image"]  # what was approved before there were images stays so
        if not row.documents:
            del draft["documents"]  # likewise
        if row.on_pages is None:
            del draft["on_pages"]  # likewise
        if not row.mistake:
            del draft["mistake"]  # likewise
        if row.audience.area is None:
            del draft["audience"]["area"], draft["audience"]["and_followers"]
        if not row.audience.without:
            del draft["audience"]["without"]
        also = {"also_reached": list(row.also_reached)} if row.also_reached else {}
        bound = {
            "announcement": row.id,
            "version": row.version,
            "corrects": row.corrects,
            **also,
            "draft": draft,
            "rendered": {
                one: self.catalogs.render(reply, one).model_dump(mode="json", exclude={"image", "line", "links"})
                for one in LOCALES
            },
        }
        return hashlib.sha256(json.dumps(bound, ensure_ascii=False, sort_keys=True).encode()).digest()


def sees(actor: Actor, city: str, agency: str) -> bool:
    """Whether somebody may see what an agency announces before it is public."""
    return actor.may(Permission.ANNOUNCEMENT_READ, city, agency) or actor.may(
        Permission.ANNOUNCEMENT_WITHDRAW, city, agency
    )


def insist(row: AnnouncementRow, states: Collection[State]) -> None:
    """Insist on a state.

    Raises:
        Conflict: it is in another.
    """
    if row.state not in states:
        raise refused("error_announcement_state", f"It is {row.state}: this cannot be done with it any more.")


def insist_own(row: AnnouncementRow, draft: Draft) -> None:
    """Insist that what a draft is about is of its agency.

    Raises:
        NotFound: it is another's.
    """
    if (row.city, row.agency) != (draft.city, draft.agency):
        raise NotFound(f"This agency has no announcement {row.id}.")


def refused(key: str, message: str) -> Conflict:
    """What cannot be done, with what the member of staff reads."""
    return Conflict(message, said=Text(key=f"console.{key}"))


async def one_row(connection: AsyncConnection, statement: Any, values: Mapping[str, Any]) -> AnnouncementRow:
    """The announcement that a statement answers."""
    return AnnouncementRow.of((await connection.execute(statement, values)).one()._asdict())
