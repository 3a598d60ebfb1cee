"""The health of credentials: how staff log in, who never has, whose invitation, key or login is in trouble."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from desk.contract.errors import Conflict
from desk.contract.staff import WITHIN, Actor, Grant, Permission, Role
from desk.staff.rows import grants_of
from desk.staff.sessions import GRANTS

PAGE = 100
NEAR = timedelta(days=14)
"""So long before its end a program's key is told of."""


class Condition(StrEnum):
    """What is to be looked at. Of one person several may be true."""

    PASSKEY = "passkey"
    PASSWORD_ALONE = "password_alone"  # with an authenticator app, and no passkey
    OPENID_ALONE = "openid_alone"  # by the city's identity provider, and no other way
    NEVER = "never"  # has never logged in; programs do not
    INVITED = "invited"
    INVITATION_OVER = "invitation_over"
    NOT_INVITED = "not_invited"
    KEY_ENDS = "key_ends"
    LOCKED = "locked"
    DISABLED = "disabled"


WITHIN_ROLE = WITHIN.format(city="held.city", agency="held.agency")
WITHIN_ASKED = WITHIN.format(city="(asked.what ->> 'city')", agency="(asked.what ->> 'agency')")
# One statement: everybody whom the actor looks after, what is true of each, how many of each kind, and a page of them.
HEALTH = text(f"""
    WITH seen AS (
        SELECT staff.id, staff.login, staff.name, staff.logged_in_at, staff.invited_until, staff.disabled_at,
               CASE WHEN staff.locked_until > clock_timestamp() THEN staff.locked_until END AS locked_until,
               staff.password IS NOT NULL AS has_password, staff.openid_at IS NOT NULL AS has_openid,
               (SELECT count(*) FROM staff_passkeys AS passkey WHERE passkey.staff_id = staff.id) AS passkeys,
               (SELECT max(key.good_until) FROM staff_sessions AS key
                WHERE key.staff_id = staff.id AND key.via = 'key') AS key_until
        FROM staff
        WHERE :everywhere
           OR EXISTS (SELECT FROM staff_grants AS held WHERE held.staff_id = staff.id AND {WITHIN_ROLE})
           OR EXISTS (SELECT FROM staff_requests AS asked
                      WHERE asked.kind = 'staff_grant' AND asked.state = 'open'
                        AND asked.good_until > clock_timestamp() AND asked.what ->> 'login' = staff.login
                        AND {WITHIN_ASKED})
    ), judged AS (
        SELECT seen.*, CASE WHEN disabled_at IS NOT NULL THEN ARRAY['disabled'] ELSE array_remove(ARRAY[
            CASE WHEN passkeys > 0 THEN 'passkey' END,
            CASE WHEN has_password AND passkeys = 0 THEN 'password_alone' END,
            CASE WHEN has_openid AND NOT has_password AND passkeys = 0 THEN 'openid_alone' END,
            CASE WHEN logged_in_at IS NULL AND key_until IS NULL THEN 'never' END,
            CASE WHEN NOT has_password AND NOT has_openid AND passkeys = 0 AND key_until IS NULL THEN
                CASE WHEN invited_until > clock_timestamp() THEN 'invited'
                     WHEN invited_until IS NOT NULL THEN 'invitation_over' ELSE 'not_invited' END END,
            CASE WHEN key_until < clock_timestamp() + CAST(:near AS interval) THEN 'key_ends' END,
            CASE WHEN locked_until IS NOT NULL THEN 'locked' END
        ], NULL) END AS conditions FROM seen
    ), counted AS (
        SELECT coalesce(json_object_agg(kind, many), '{{}}'::json) AS counts
        FROM (SELECT kind, count(*) AS many FROM judged, unnest(judged.conditions) AS kind GROUP BY kind) AS kinds
    ), page AS (
        SELECT judged.* FROM judged
        WHERE judged.login > :after AND (CAST(:wanted AS text) IS NULL OR :wanted = ANY (judged.conditions))
        ORDER BY judged.login LIMIT :limit
    )
    SELECT counted.counts, (SELECT count(*) FROM judged) AS total, page.login, page.name, page.logged_in_at,
           page.invited_until, page.disabled_at, page.locked_until, page.key_until, page.has_password,
           page.has_openid, page.passkeys, page.conditions,
           (SELECT grants FROM (SELECT {GRANTS} AS grants FROM staff WHERE staff.id = page.id) AS roles) AS grants
    FROM counted LEFT JOIN page ON true ORDER BY page.login
""")


@dataclass(frozen=True, slots=True)
class Health:
    """How a member of staff logs in. `is_over`: whoever looks may change them."""

    login: str
    name: str
    logged_in_at: datetime | None
    invited_until: datetime | None
    disabled_at: datetime | None
    locked_until: datetime | None
    key_until: datetime | None
    has_password: bool
    has_openid: bool
    passkeys: int
    conditions: Sequence[str]
    grants: tuple[Grant, ...]
    is_over: bool

    @property
    def next_act(self) -> str:
        """What is to be done: invite, recover or key; empty: nothing, or not by whoever looks."""
        found = set(self.conditions)
        if not self.is_over or Condition.DISABLED in found:
            return ""
        if found & {Condition.INVITATION_OVER, Condition.NOT_INVITED} and self.grants:
            return "invite"
        if Condition.KEY_ENDS in found:
            return "key"
        return "recover" if Condition.LOCKED in found else ""


@dataclass(frozen=True, slots=True)
class HealthPage:
    """A page of them, by login. `more`: there are others after it; `counts` are of all, by `Condition`."""

    rows: Sequence[Health]
    more: bool
    total: int
    counts: Mapping[str, int]


@dataclass(frozen=True)
class CredentialHealth:
    """Looking at the health of credentials."""

    engine: AsyncEngine

    async def page(self, actor: Actor, *, wanted: str | None = None, after: str = "") -> HealthPage:
        """Those whom the actor looks after, in one statement; of one condition, where it is wanted.

        Raises:
            NotPermitted: the actor looks after nobody.
            Conflict: there is no such condition.
        """
        if not actor.may_somewhere(Permission.STAFF_MANAGE):
            actor.require(Permission.STAFF_MANAGE)
        if wanted is not None and wanted not in set(Condition):
            raise Conflict(f"{wanted!r} is none of: {', '.join(Condition)}.")
        places = actor.places(Permission.STAFF_MANAGE).values()
        values = {"after": after, "wanted": wanted, "near": NEAR, "limit": PAGE + 1, **places}
        async with self.engine.connect() as connection:
            rows = (await connection.execute(HEALTH, values)).all()
        found = []
        for row in rows:
            columns = dict(row._mapping)
            counts, total = columns.pop("counts"), columns.pop("total")
            if columns["login"] is not None:
                grants = grants_of(columns.pop("grants"))
                found.append(Health(**columns, grants=grants, is_over=_is_over(actor, columns["login"], grants)))
        return HealthPage(found[:PAGE], len(found) > PAGE, total, counts)


def _is_over(actor: Actor, login: str, grants: Sequence[Grant]) -> bool:
    held = grants or (Grant(Role.SECURITY_ADMIN),)
    return login != actor.login and all(actor.may(Permission.STAFF_MANAGE, one.city, one.agency) for one in held)
