"""The keys of programs: whose, what each is for, until when it holds; and ending one alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from desk.audit.trail import reason_of, record
from desk.contract.errors import NotFound
from desk.contract.messages import Text
from desk.contract.staff import WITHIN, Actor, Grant, NotPermitted, Permission, Role
from desk.staff.register import member
from desk.staff.rows import grants_of
from desk.staff.sessions import GRANTS
from desk.store.database import transaction

PAGE = 100
MARK = 16
"""So many hexadecimal digits of its hash tell one key of an account from another; they open nothing."""

# Keys whose account holds a role of a place that the actor sees; who sees everything sees those without roles, too.
LIST = text(f"""
    SELECT staff.login, staff.name AS owner, key.name, substr(encode(key.hash, 'hex'), 1, {MARK}) AS mark,
           key.opened_at, key.good_until, staff.disabled_at IS NOT NULL AS is_disabled, {GRANTS} AS grants
    FROM staff_sessions AS key JOIN staff ON staff.id = key.staff_id
    WHERE key.via = 'key' AND key.good_until > clock_timestamp()
      AND (:everywhere OR EXISTS (
          SELECT FROM staff_grants AS held
          WHERE held.staff_id = staff.id AND {WITHIN.format(city="held.city", agency="held.agency")}))
      AND (CAST(:after AS text) IS NULL OR (staff.login, substr(encode(key.hash, 'hex'), 1, {MARK})) > (:after, :mark))
    ORDER BY staff.login, mark LIMIT :limit
""")
END = text(f"""
    DELETE FROM staff_sessions
    WHERE staff_id = :staff_id AND via = 'key' AND substr(encode(hash, 'hex'), 1, {MARK}) = :mark RETURNING name
""")


@dataclass(frozen=True, slots=True)
class ProgramKey:
    """A key that holds. `mark` tells it from others of its account; `is_over`: whoever looks may end it."""

    login: str
    owner: str
    name: str
    mark: str
    opened_at: datetime
    good_until: datetime
    is_disabled: bool
    grants: tuple[Grant, ...]
    is_over: bool


@dataclass(frozen=True)
class ProgramKeys:
    """The room for pages. A key is asked for and taken at its account (`desk.staff.people`), by two."""

    engine: AsyncEngine

    async def page(self, actor: Actor, *, after: tuple[str, str] | None = None, limit: int = PAGE) -> list[ProgramKey]:
        """Keys of the accounts that the actor sees, by login; those after an account and a mark.

        Raises:
            NotPermitted: the actor sees no staff.
        """
        actor.require_somewhere(Permission.STAFF_READ)
        login, mark = after or (None, None)
        values = {"after": login, "mark": mark, "limit": limit, **actor.places(Permission.STAFF_READ).values()}
        async with self.engine.connect() as connection:
            rows = (await connection.execute(LIST, values)).all()
        found = []
        for row in rows:
            columns = dict(row._mapping)
            grants = grants_of(columns.pop("grants"))
            found.append(ProgramKey(**columns, grants=grants, is_over=_is_over(actor, row.login, grants)))
        return found

    async def end(self, actor: Actor, login: str, mark: str, *, reason: str) -> None:
        """End one key, at once; others of its account go on.

        Raises:
            NotFound: there is none such, or the actor does not see it.
            NotPermitted: the actor does not look after all that its account holds.
            Conflict: no reason is given.
        """
        async with transaction(self.engine) as connection:
            found = await member(connection, login)
            if found.login == actor.login:
                raise NotPermitted("Nobody does this to themselves.", said=Text(key="console.error_oneself"))
            for one in found.grants or (Grant(Role.SECURITY_ADMIN),):
                actor.require(Permission.STAFF_MANAGE, one.city, one.agency)
            said = reason_of(reason)  # strangers are refused before they are told what is missing
            ended = (await connection.execute(END, {"staff_id": found.id, "mark": mark})).one_or_none()
            if ended is None:
                raise NotFound("This key has ended.", said=Text(key="console.error_no_key"))
            details = {"name": ended.name, "count": 1}
            await record(connection, actor, "staff.keys_end", subject=found.login, reason=said, details=details)


def _is_over(actor: Actor, login: str, grants: Sequence[Grant]) -> bool:
    held = grants or (Grant(Role.SECURITY_ADMIN),)
    return login != actor.login and all(actor.may(Permission.STAFF_MANAGE, one.city, one.agency) for one in held)
