"""Changes that staff propose: what is asked, who decided, and what becomes of it.

A change is of the fields of one entry. Who proposes it does not decide on it. What is allowed is kept until the files
that are served say it: the repository stays the truth, and what is in it is read there, not kept here.
"""

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from desk.audit.trail import reason_of, record
from desk.contract.errors import Conflict, NotFound
from desk.contract.messages import Text
from desk.contract.staff import Actor, NotPermitted, Permission
from desk.conversations.stream import dump
from desk.store.database import transaction
from desk.teaching.editing.library import Library
from desk.teaching.editing.patching import laid_with
from desk.teaching.editing.rows import Change, Finding, Kind, Stands

SHOWN = 200
LONGEST = 20_000  # characters of a field
COLUMNS = ", ".join(one.name for one in fields(Change))
ALL = text(f"""
    SELECT {COLUMNS} FROM data_changes WHERE (CAST(:state AS text) IS NULL OR state = :state)
    ORDER BY (state = 'waits') DESC, id DESC LIMIT {SHOWN}
""")
FIND = text(f"SELECT {COLUMNS} FROM data_changes WHERE id = :id")
HOLD = text(f"SELECT {COLUMNS} FROM data_changes WHERE id = :id FOR UPDATE")
ALLOWED = text(f"SELECT {COLUMNS} FROM data_changes WHERE state = 'allowed' ORDER BY decided_at, id")
PROPOSE = text("""
    INSERT INTO data_changes (kind, name, agency, before, after, by, reason)
    VALUES (:kind, :name, :agency, CAST(:before AS jsonb), CAST(:after AS jsonb), :by, :reason) RETURNING id
""")
DECIDE = text("""
    UPDATE data_changes SET state = :state, decided_by = :by, decided_at = clock_timestamp(), remark = :remark
    WHERE id = :id
""")


@dataclass(frozen=True)
class Changes:
    """What staff do with changes."""

    engine: AsyncEngine
    library: Library

    async def all(self, actor: Actor, state: Stands | None = None) -> list[Change]:
        """Those that the actor may see: what waits first, then the newest.

        Raises:
            NotPermitted: the actor may see none.
        """
        actor.require_somewhere(Permission.DATA_READ)
        async with self.engine.connect() as connection:
            found = [change_of(row) for row in await connection.execute(ALL, {"state": state})]
        return [one for one in found if self._may(actor, Permission.DATA_READ, one.kind, one.agency)]

    async def one(self, actor: Actor, number: int) -> Change:
        """A change.

        Raises:
            NotFound: there is none of this number, or it is another's.
        """
        async with self.engine.connect() as connection:
            row = (await connection.execute(FIND, {"id": number})).one_or_none()
        return self._seen(actor, row, number)

    def may_decide(self, actor: Actor, change: Change) -> bool:
        """Whether somebody may allow or refuse a change: never one's own."""
        return actor.login != change.by and self._may(actor, Permission.DATA_ALLOW, change.kind, change.agency)

    async def propose(
        self, actor: Actor, kind: Kind, name: str, after: Mapping[str, str], *, reason: str, today: date
    ) -> int:
        """Propose that an entry becomes otherwise. `after` is of the fields that change. Answers its number.

        Raises:
            NotPermitted: the entry is another's.
            Conflict: no reason is given, it changes nothing, or something stops it: `findings` says what.
        """
        why, library = reason_of(reason), await self.now()
        before = library.fields(kind, name)
        agencies = {library.agency_of(kind, name, given) for given in (before, after)}
        for one in agencies:
            if not self._may(actor, Permission.DATA_PROPOSE, kind, one):
                raise NotPermitted(f"{actor.login} may not change {kind} {name}.")
        found_fault = await asyncio.to_thread(library.findings, kind, name, after, today)
        stops = [one for one in found_fault if one.stops]
        if stops or any(len(one) > LONGEST for one in after.values()):
            found = "; ".join(f"{one.why} {one.what}".strip() for one in stops)
            raise Conflict(f"It cannot be taken as it is: {found}", said=Text(key="console.error_edit_stopped"))
        values = {
            "kind": kind,
            "name": name,
            "agency": library.agency_of(kind, name, after),
            "before": dump({one: before.get(one, "") for one in after}),
            "after": dump(dict(after)),
            "by": actor.login,
            "reason": why,
        }
        async with transaction(self.engine) as connection:
            number = int((await connection.execute(PROPOSE, values)).scalar_one())
            details = {"kind": kind, "name": name}
            await record(connection, actor, "data.propose", subject=str(number), reason=why, details=details)
        return number

    async def decide(self, actor: Actor, number: int, *, allow: bool, remark: str) -> Change:
        """Allow or refuse a change of somebody else.

        Raises:
            NotFound: there is none of this number, or it is another's.
            NotPermitted: the actor may not decide, or has proposed it.
            Conflict: no reason is given, or it is decided.
        """
        why = reason_of(remark)
        async with transaction(self.engine) as connection:
            change = self._seen(actor, (await connection.execute(HOLD, {"id": number})).one_or_none(), number)
            if not self.may_decide(actor, change):
                raise NotPermitted(f"Another decides on change {number}.", said=Text(key="console.error_edit_own"))
            return await self._decided(connection, actor, change, Stands.ALLOWED if allow else Stands.REFUSED, why)

    async def withdraw(self, actor: Actor, number: int) -> Change:
        """Take one's own change back.

        Raises:
            NotFound: there is none of this number, or it is another's.
            NotPermitted: somebody else has proposed it.
            Conflict: it is decided.
        """
        async with transaction(self.engine) as connection:
            change = self._seen(actor, (await connection.execute(HOLD, {"id": number})).one_or_none(), number)
            if change.by != actor.login:
                raise NotPermitted(f"Change {number} is another's.")
            return await self._decided(connection, actor, change, Stands.WITHDRAWN, "")

    async def allowed(self, actor: Actor) -> list[Change]:
        """What is allowed and not yet in the files, in the order in which it was decided.

        Raises:
            NotPermitted: the actor may not take changes out.
        """
        actor.require(Permission.LINE_EXPORT)
        async with self.engine.connect() as connection:
            found = [change_of(row) for row in await connection.execute(ALLOWED)]
        return [one for one in found if not self.is_merged(one)]

    def is_merged(self, change: Change) -> bool:
        """Whether the files say what a change says."""
        return self.library.has(change.kind, change.name, change.after)

    async def now(self) -> Library:
        """The files with all that is allowed laid over them: what a further change begins with."""
        await asyncio.to_thread(self.library.warm)
        async with self.engine.connect() as connection:
            return laid_with(self.library, [change_of(row) for row in await connection.execute(ALLOWED)])

    async def _decided(
        self, connection: AsyncConnection, actor: Actor, change: Change, state: Stands, why: str
    ) -> Change:
        if change.state is not Stands.WAITS:
            raise Conflict(f"Change {change.id} is decided.", said=Text(key="console.error_edit_decided"))
        values = {"id": change.id, "state": state, "by": actor.login, "remark": why}
        await connection.execute(DECIDE, values)
        found = change_of((await connection.execute(FIND, {"id": change.id})).one())
        details = {"kind": change.kind, "name": change.name, "proposed_by": change.by}
        await record(connection, actor, f"data.{state}", subject=str(change.id), reason=why, details=details)
        return found

    def _seen(self, actor: Actor, row: Any, number: int) -> Change:
        change = None if row is None else change_of(row)
        if change is None or not self._may(actor, Permission.DATA_READ, change.kind, change.agency):
            raise NotFound(f"There is no change {number}. Those there are: desk data list")
        return change

    def _may(self, actor: Actor, permission: Permission, kind: Kind, agency: str | None) -> bool:
        """Whether somebody holds a permission for an entry: a guide is its agency's, in whichever city; all else is of
        those who hold it everywhere.
        """
        if actor.may(permission):
            return True
        cities = self.library.cities
        return kind is Kind.GUIDE and any(
            actor.may(permission, slug, agency) for slug, city in cities.items() if _has(city.agencies, agency)
        )


def _has(agencies: Collection[Any], slug: str | None) -> bool:
    return any(one.slug == slug for one in agencies)


def change_of(row: Any) -> Change:
    """A change of its row."""
    known = dict(row._mapping)
    return Change(**{**known, "kind": Kind(known["kind"]), "state": Stands(known["state"])})


def stopping(findings: Collection[Finding]) -> list[Finding]:
    """Those that stop a change."""
    return [one for one in findings if one.stops]
