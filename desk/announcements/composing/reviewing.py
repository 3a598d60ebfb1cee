"""Who is asked to read which language of an announcement before it goes out; whoever else may approve may read it, too.

What was asked stands in the history alone: the last line of a language says whom.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from desk.announcements.composing.writing import Writing
from desk.announcements.content import State
from desk.announcements.history import Done, history_of, note
from desk.announcements.room import insist
from desk.announcements.rows import AnnouncementRow
from desk.contract.errors import Conflict
from desk.contract.messages import Text
from desk.contract.staff import Actor, Permission, roles_with
from desk.contract.wire import LOCALES, Locale
from desk.staff.alerts import tell_reviewer
from desk.store.database import transaction

ASK = "ask"
"""The act in the history; its reason is the language and the login, or the language alone: nobody is asked any more."""
READERS = text("""
    SELECT staff.login, staff.name FROM staff
    WHERE staff.disabled_at IS NULL AND NOT staff.login = ANY (CAST(:authors AS text[]))
      AND EXISTS (SELECT FROM staff_grants AS held WHERE held.staff_id = staff.id AND held.role = ANY (:roles)
                  AND held.city IN ('', :city) AND held.agency IN ('', :agency))
    ORDER BY staff.name, staff.login
""")


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who may approve what they did not write."""

    login: str
    name: str


class Reviewing(Writing):
    """What is asked of those who approve."""

    async def readers(
        self, actor: Actor, city: str, agency: str, authors: Collection[str] = frozenset()
    ) -> Sequence[Reader]:
        """Who may be asked to read an announcement of an agency: who may approve it, and wrote nothing of it.

        Raises:
            NotPermitted: the actor does not read this agency's announcements.
        """
        actor.require(Permission.ANNOUNCEMENT_READ, city, agency)
        async with self.engine.connect() as connection:
            return await self._readers(connection, city, agency, authors)

    async def asked(self, actor: Actor, number: int) -> tuple[Mapping[Locale, str], frozenset[str]]:
        """Whom somebody asked to read which language, and who wrote or submitted it: these are never asked.

        Raises:
            NotFound: there is none that the actor may see.
        """
        async with self.engine.connect() as connection:
            row = await self.find_in(connection, actor, number)
            return asked_of(await history_of(connection, number)), await self.authors(connection, row)

    async def readers_again(self, actor: Actor, wrong: AnnouncementRow) -> Mapping[Locale, str]:
        """Who was asked to read which language of one, as far as they may be asked of the actor's correction of it."""
        asked, _ = await self.asked(actor, wrong.id)
        known = await self.readers(actor, wrong.city, wrong.agency, {actor.login})
        may = {one.login for one in known}
        return {language: login for language, login in asked.items() if login in may}

    async def ask(self, actor: Actor, number: int, wanted: Mapping[Locale, str]) -> None:
        """Ask somebody for each language, by login; empty: nobody any more. Languages that are not named stay.

        They are told once it waits for approval.

        Raises:
            Conflict: whoever is named may not approve it, or wrote it; or it waits for no approval any more.
            NotPermitted: the actor does not write for this agency.
        """
        async with transaction(self.engine) as connection:
            row = await self.hold(connection, actor, number, Permission.ANNOUNCEMENT_PUBLISH)
            now = asked_of(await history_of(connection, number))
            changed = {one: login for one, login in wanted.items() if now.get(one, "") != login}
            if not changed:
                return
            insist(row, {State.DRAFT, State.RETURNED, State.PENDING})
            known = await self._readers(connection, row.city, row.agency, await self.authors(connection, row))
            for language, login in changed.items():
                if login and login not in {one.login for one in known}:
                    said = Text(key="console.error_announcement_reader", args={"login": login})
                    raise Conflict(f"{login!r} may not approve announcement {number}.", said=said)
                await note(connection, actor, row, ASK, at=self.now(), reason=f"{language} {login}".strip())
            if row.state is State.PENDING:
                await self._tell(connection, row, changed)

    async def tell_readers(self, connection: AsyncConnection, row: AnnouncementRow) -> None:
        """Have all who are asked to read one told that it waits for them."""
        await self._tell(connection, row, asked_of(await history_of(connection, row.id)))

    async def _tell(self, connection: AsyncConnection, row: AnnouncementRow, asked: Mapping[Locale, str]) -> None:
        for login in sorted({one for one in asked.values() if one}):
            languages = [one for one in LOCALES if asked.get(one) == login and one in row.draft.languages]
            if languages:
                await tell_reviewer(connection, login, row.id, languages, city=row.city, agency=row.agency)

    async def _readers(
        self, connection: AsyncConnection, city: str, agency: str, authors: Collection[str]
    ) -> list[Reader]:
        roles = list(roles_with(Permission.ANNOUNCEMENT_APPROVE))
        values = {"city": city, "agency": agency, "roles": roles, "authors": sorted(authors)}
        return [Reader(one.login, one.name) for one in await connection.execute(READERS, values)]


def asked_of(history: Sequence[Done]) -> Mapping[Locale, str]:
    """Whom somebody asked to read which language, by login."""
    said = [one.reason.partition(" ") for one in history if one.act == ASK]
    last = {language: login for language, _, login in said}
    return {one: last[one] for one in LOCALES if last.get(one)}
