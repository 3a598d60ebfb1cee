"""What an agency keeps to take it again: texts that announcements begin from, and audiences."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from desk.announcements.content import (
    LONGEST_NAME,
    MOST_LEFT_OUT,
    AnnouncementFault,
    Audience,
    Draft,
    LeftOut,
    Schedule,
)
from desk.audit.trail import record
from desk.contract.errors import Conflict, NotFound
from desk.contract.messages import Text
from desk.contract.staff import WITHIN, Actor, Permission
from desk.store.database import transaction

MOST = 200  # that one looks at

AUDIENCE, TEMPLATE = "audience", "template"
TABLES = ((AUDIENCE, "announcement_audiences", "audience"), (TEMPLATE, "announcement_templates", "written"))
"""What is kept, its table and the column that holds it."""

LISTS = {
    kind: text(f"""
        SELECT id, city, agency, name, {column} AS kept FROM {table}
        WHERE {WITHIN.format(city="city", agency="agency")}
          AND (CAST(:city AS text) IS NULL OR city = :city) AND (CAST(:agency AS text) IS NULL OR agency = :agency)
        ORDER BY city, agency, name LIMIT {MOST}
    """)
    for kind, table, column in TABLES
}
KEEPS = {
    kind: text(f"""
        INSERT INTO {table} (city, agency, name, {column}, saved_by)
        VALUES (:city, :agency, :name, CAST(:kept AS jsonb), :by)
        ON CONFLICT (city, agency, name)
        DO UPDATE SET {column} = excluded.{column}, saved_by = excluded.saved_by, saved_at = clock_timestamp()
    """)
    for kind, table, column in TABLES
}
FINDS = {kind: text(f"SELECT city, agency, name FROM {table} WHERE id = :id FOR UPDATE") for kind, table, _ in TABLES}
DROPS = {kind: text(f"DELETE FROM {table} WHERE id = :id") for kind, table, _ in TABLES}


@dataclass(frozen=True, slots=True)
class KeptAudience:
    """An audience of an agency, by name."""

    id: int
    city: str
    agency: str
    name: str
    audience: Audience

    @property
    def may_be_left_out(self) -> bool:
        """Whether it leaves nobody out itself, and does not hold everybody."""
        return not self.audience.without and self.audience.whom != "everybody"

    @property
    def as_left_out(self) -> LeftOut:
        """The same as those to whom something is not told.

        Raises:
            AnnouncementFault: it leaves others out itself, or holds everybody.
        """
        if not self.may_be_left_out:
            said = Text(key="console.error_announcement_less_nested", args={"name": self.name})
            message = f"{self.name} leaves others out itself, or holds everybody: it cannot be left out."
            raise AnnouncementFault(message, field="less", said=said)
        return LeftOut(**self.audience.model_dump(exclude={"without"}), name=self.name)


@dataclass(frozen=True, slots=True)
class Template:
    """Texts of an agency, by name, that announcements begin from."""

    id: int
    city: str
    agency: str
    name: str
    draft: Draft


@dataclass(frozen=True)
class Kept:
    """The room for pages."""

    engine: AsyncEngine

    async def audiences(
        self, actor: Actor, city: str | None = None, agency: str | None = None
    ) -> Sequence[KeptAudience]:
        """Audiences of the agencies for which the actor writes, or of one of them."""
        rows = await self._all(AUDIENCE, actor, city, agency)
        return [KeptAudience(one.id, one.city, one.agency, one.name, Audience.model_validate(one.kept)) for one in rows]

    async def named(self, actor: Actor, city: str, agency: str, name: str) -> Audience:
        """The audience that an agency keeps under a name.

        Raises:
            NotFound: it keeps none.
        """
        kept = {one.name: one.audience for one in await self.audiences(actor, city, agency)}
        return _of(kept, name, city, agency)

    async def leaving_out(
        self, actor: Actor, city: str, agency: str, audience: Audience, names: Collection[str]
    ) -> Audience:
        """An audience that leaves out those that the agency keeps under some names, lists among them, as they are now.

        Raises:
            NotFound: the agency keeps none of one of these names.
            AnnouncementFault: one of them leaves others out itself, or holds everybody; or they are too many.
        """
        kept = {one.name: one for one in await self.audiences(actor, city, agency)} if names else {}
        return leaving_out(audience, [_of(kept, name, city, agency).as_left_out for name in names])

    async def templates(self, actor: Actor, city: str | None = None, agency: str | None = None) -> Sequence[Template]:
        """The same of texts."""
        rows = await self._all(TEMPLATE, actor, city, agency)
        return [Template(one.id, one.city, one.agency, one.name, Draft.model_validate(one.kept)) for one in rows]

    async def keep_audience(self, actor: Actor, city: str, agency: str, name: str, audience: Audience) -> None:
        """Keep an audience under a name, in place of the one that had it.

        Raises:
            Conflict: the name is empty or too long.
            NotPermitted: the actor does not write for this agency.
        """
        await self._keep(AUDIENCE, actor, city, agency, name, audience.model_dump_json())

    async def keep_template(self, actor: Actor, name: str, draft: Draft) -> None:
        """Keep what was written under a name, without its times.

        Raises:
            Conflict, NotPermitted: as for `keep_audience`.
        """
        timeless = draft.schedule.model_copy(update={"at": None, "every": None, "times": 1, "stale_at": None})
        schedule = Schedule.model_validate(timeless.model_dump())
        kept = draft.model_copy(update={"schedule": schedule, "valid_from": None, "until": None})
        await self._keep(TEMPLATE, actor, draft.city, draft.agency, name, kept.as_json)

    async def drop_audience(self, actor: Actor, kept: int) -> None:
        """Forget an audience.

        Raises:
            NotFound: there is none of an agency for which the actor writes.
        """
        await self._drop(AUDIENCE, actor, kept)

    async def drop_template(self, actor: Actor, kept: int) -> None:
        """Forget texts.

        Raises:
            NotFound: as for `drop_audience`.
        """
        await self._drop(TEMPLATE, actor, kept)

    async def _all(self, kind: str, actor: Actor, city: str | None, agency: str | None) -> Sequence[Any]:
        places = actor.places(Permission.ANNOUNCEMENT_PUBLISH).values()
        async with self.engine.connect() as connection:
            wanted = {**places, "city": city, "agency": agency}
            return (await connection.execute(LISTS[kind], wanted)).all()

    async def _keep(self, kind: str, actor: Actor, city: str, agency: str, name: str, kept: str) -> None:
        actor.require(Permission.ANNOUNCEMENT_PUBLISH, city, agency)
        said = name.strip()
        if not 0 < len(said) <= LONGEST_NAME:
            raise Conflict(
                f"A name has 1 to {LONGEST_NAME} characters.",
                said=Text(key="console.error_announcement_name", args={"most": LONGEST_NAME}),
            )
        async with transaction(self.engine) as connection:
            values = {"city": city, "agency": agency, "name": said, "kept": kept, "by": actor.login}
            await connection.execute(KEEPS[kind], values)
            await self._note(connection, actor, kind, "keep", (city, agency), said)

    async def _drop(self, kind: str, actor: Actor, kept: int) -> None:
        async with transaction(self.engine) as connection:
            found = (await connection.execute(FINDS[kind], {"id": kept})).one_or_none()
            if found is None or not actor.may(Permission.ANNOUNCEMENT_PUBLISH, found.city, found.agency):
                raise NotFound("There is no such thing kept.")
            await connection.execute(DROPS[kind], {"id": kept})
            await self._note(connection, actor, kind, "drop", (found.city, found.agency), found.name)

    async def _note(
        self,
        connection: AsyncConnection,
        actor: Actor,
        kind: str,
        act: str,
        place: tuple[str, str],
        name: str,
    ) -> None:
        city, agency = place
        await record(connection, actor, f"announcement.{act}_{kind}", subject=name, city=city, agency=agency)


def leaving_out(audience: Audience, others: Iterable[LeftOut]) -> Audience:
    """An audience that leaves out others, too, each once.

    Raises:
        AnnouncementFault: they are too many.
    """
    without = list(audience.without)
    for one in others:
        without += [] if one in without else [one]
    if len(without) > MOST_LEFT_OUT:
        raise too_many()
    return audience.model_copy(update={"without": tuple(without)})


def too_many() -> AnnouncementFault:
    """More are left out than can be."""
    said = Text(key="console.error_announcement_less_many", args={"most": MOST_LEFT_OUT})
    return AnnouncementFault(f"At most {MOST_LEFT_OUT} audiences are left out.", field="less", said=said)


def _of[One](kept: Mapping[str, One], name: str, city: str, agency: str) -> One:
    """What is kept under a name.

    Raises:
        NotFound: nothing is.
    """
    if name not in kept:
        names = ", ".join(sorted(kept)) or "none"
        raise NotFound(f"{agency} of {city} keeps no audience called {name}; it keeps: {names}.")
    return kept[name]
