"""Which alerts members of staff want by mail, and where."""

import re
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from desk.audit.trail import record
from desk.contract.errors import Conflict
from desk.contract.messages import Text
from desk.contract.staff import Actor
from desk.staff.alerts import AlertKind
from desk.staff.register import member
from desk.staff.telling import MAIL
from desk.store.database import transaction
from desk.store.keys import Keys

ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
LONGEST = 254  # RFC 5321, 4.5.3.1.3

OF = text("SELECT id, mail, alerts FROM staff WHERE login = :login")
KEEP = text("UPDATE staff SET mail = :mail, alerts = :alerts WHERE id = :id")


@dataclass(frozen=True, slots=True)
class Wanted:
    """The address that alerts go to, None for none, and the kinds that are wanted."""

    mail: str | None
    kinds: frozenset[AlertKind]


@dataclass(frozen=True)
class AlertWishes:
    """What one wants to be told."""

    engine: AsyncEngine
    keys: Keys

    async def of(self, actor: Actor) -> Wanted:
        """What the actor wants."""
        async with self.engine.connect() as connection:
            row = (await connection.execute(OF, {"login": actor.login})).one()
        mail = None if row.mail is None else self.keys.open(bytes(row.mail), purpose=MAIL, of=str(row.id)).decode()
        return Wanted(mail, frozenset(AlertKind(one) for one in row.alerts))

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

    async def _keep(self, connection: AsyncConnection, actor: Actor, mail: str, kinds: Collection[AlertKind]) -> None:
        found = await member(connection, actor.login)
        sealed = self.keys.seal(mail.encode(), purpose=MAIL, of=str(found.id)) if mail else None
        await connection.execute(KEEP, {"id": found.id, "mail": sealed, "alerts": sorted(kinds)})
        details = {"mail": bool(mail), "kinds": sorted(kinds)}
        await record(connection, actor, "staff.alerts", subject=found.login, details=details)
