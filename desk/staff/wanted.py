"""Which alerts members of staff want by mail, and where."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from desk.audit.trail import record
from desk.contract.errors import Conflict
from desk.contract.staff import Actor, Permission, roles_with
from desk.contract.text import Text
from desk.staff.alerts import MAIL, AlertKind
from desk.staff.register import member
from desk.store.database import transaction
from desk.store.keys import Keys

ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
LONGEST = 254  # RFC 5321, 4.5.3.1.3

# Who holds a role there that permits something; with their address, if they have left one.
COLLEAGUES = """
    SELECT staff.id, staff.login, staff.name, staff.mail FROM staff
    WHERE staff.disabled_at IS NULL
      AND EXISTS (SELECT FROM staff_grants AS held WHERE held.staff_id = staff.id AND held.role = ANY (:roles)
                  AND held.city IN ('', :city) AND held.agency IN ('', :agency))
"""
NAMED = text(f"{COLLEAGUES} AND staff.login = ANY (CAST(:logins AS text[])) ORDER BY staff.login")
WITH_ADDRESS = text(f"{COLLEAGUES} AND staff.mail IS NOT NULL ORDER BY staff.name, staff.login LIMIT :limit")
OF = text("SELECT id, mail, alerts FROM staff WHERE login = :login")
KEEP = text("UPDATE staff SET mail = :mail, alerts = :alerts WHERE id = :id")


@dataclass(frozen=True, slots=True)
class Wanted:
    """The address that alerts go to, None for none, and the kinds that are wanted."""

    mail: str | None
    kinds: frozenset[AlertKind]


@dataclass(frozen=True, slots=True)
class Colleague:
    """A member of staff to whom mail can be sent: login, name, address."""

    login: str
    name: str
    mail: str


@dataclass(frozen=True)
class AlertWishes:
    """What one wants to be told."""

    engine: AsyncEngine
    keys: Keys

    async def of(self, actor: Actor) -> Wanted:
        """What the actor wants."""
        async with self.engine.connect() as connection:
            row = (await connection.execute(OF, {"login": actor.login})).one()
        mail = None if row.mail is None else self._address(row)
        return Wanted(mail, frozenset(AlertKind(one) for one in row.alerts))

    async def colleagues(
        self, permission: Permission, city: str, agency: str, logins: Collection[str]
    ) -> Mapping[str, Colleague | None]:
        """Those of some logins who hold a permission there; None of who has left no address."""
        values = {**_place(permission, city, agency), "logins": list(logins)}
        async with self.engine.connect() as connection:
            rows = (await connection.execute(NAMED, values)).all()
        return {row.login: None if row.mail is None else self._colleague(row) for row in rows}

    async def with_address(self, permission: Permission, city: str, agency: str, *, limit: int) -> list[Colleague]:
        """Who holds a permission there and has left an address, by name."""
        values = {**_place(permission, city, agency), "limit": limit}
        async with self.engine.connect() as connection:
            return [self._colleague(row) for row in await connection.execute(WITH_ADDRESS, values)]

    async def keep(self, actor: Actor, mail: str | None, kinds: Collection[AlertKind]) -> None:
        """Keep what the actor wants. The address is sealed.

        Raises:
            Conflict: it is no address.
        """
        given = (mail or "").strip()
        if given and (len(given) > LONGEST or ADDRESS.fullmatch(given) is None):
            raise Conflict(f"{given[:80]!r} is no mail address.", said=Text(key="console.error_mail"))
        async with transaction(self.engine) as connection:
            await self._keep(connection, actor, given, kinds)

    def _colleague(self, row: Any) -> Colleague:
        return Colleague(row.login, row.name or row.login, self._address(row))

    def _address(self, row: Any) -> str:
        return self.keys.open(bytes(row.mail), purpose=MAIL, of=str(row.id)).decode()

    async def _keep(self, connection: AsyncConnection, actor: Actor, mail: str, kinds: Collection[AlertKind]) -> None:
        found = await member(connection, actor.login)
        sealed = self.keys.seal(mail.encode(), purpose=MAIL, of=str(found.id)) if mail else None
        await connection.execute(KEEP, {"id": found.id, "mail": sealed, "alerts": sorted(kinds)})
        details = {"mail": bool(mail), "kinds": sorted(kinds)}
        await record(connection, actor, "staff.alerts", subject=found.login, details=details)


def _place(permission: Permission, city: str, agency: str) -> dict[str, object]:
    return {"roles": list(roles_with(permission)), "city": city, "agency": agency}
