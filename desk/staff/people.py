"""Members of staff: inviting them, giving and taking roles. What gives power takes two (`desk.staff.requests`)."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from desk.audit.trail import reason_of, record
from desk.contract.errors import Conflict, NotFound
from desk.contract.staff import EVERYWHERE, Actor, Grant, NotPermitted, Permission, Role, clashes
from desk.contract.text import Text
from desk.staff import sessions
from desk.staff.register import everybody, member
from desk.staff.requests import Handler, Kind, Requests, Wish, is_of_two
from desk.staff.rows import RequestRow, StaffRow
from desk.staff.secrets import fresh_token, token_hash
from desk.store.database import transaction

LOGIN = re.compile(r"[a-z][a-z0-9._-]{1,31}")
LONGEST_NAME = 40  # characters
INVITATION = timedelta(hours=24)
LONGEST_KEY_DAYS = 366

HOLD_ALL = text("SELECT pg_advisory_xact_lock(hashtext('citydesk staff'))")
CREATE = text("""
    INSERT INTO staff (id, login, name, locale, created_by) VALUES (:id, :login, :name, :locale, :by)
    ON CONFLICT (login) DO NOTHING RETURNING id
""")
GRANT = text("""
    INSERT INTO staff_grants (staff_id, role, city, agency, granted_by)
    VALUES (:staff_id, :role, :city, :agency, :by)
    ON CONFLICT (staff_id, role, city, agency) DO NOTHING
""")
REVOKE = text("""
    DELETE FROM staff_grants
    WHERE staff_id = :staff_id AND role = :role AND city = :city AND agency = :agency RETURNING staff_id
""")
INVITE = text("""
    INSERT INTO staff_invitations (hash, staff_id, good_until, made_by)
    VALUES (:hash, :staff_id, clock_timestamp() + :good, :by)
    ON CONFLICT (staff_id) DO UPDATE
    SET hash = EXCLUDED.hash, good_until = EXCLUDED.good_until, made_by = EXCLUDED.made_by
""")
INVITED = text("UPDATE staff SET invited_until = clock_timestamp() + :good WHERE id = :id")
ASKED = text("""
    SELECT requested_by, decided_by FROM staff_requests
    WHERE state = 'done' AND (kind = 'staff_grant' AND what ->> 'login' = :login
                              OR kind IN ('staff_recover', 'staff_enable') AND subject = :login)
    ORDER BY decided_at DESC, id DESC LIMIT 1
""")
"""What let somebody in last: a role, a new way in, or being let in again."""
END_KEYS = text("DELETE FROM staff_sessions WHERE staff_id = :id AND via = 'key'")
UNINVITE = text("DELETE FROM staff_invitations WHERE staff_id = :id")
FORGET_WAYS = text("""
    WITH passkeys AS (DELETE FROM staff_passkeys WHERE staff_id = :id)
    UPDATE staff
    SET openid_at = NULL, openid_subject = NULL, password = NULL, totp = NULL, totp_step = NULL, failures = 0,
        locked_until = NULL
    WHERE id = :id
""")
DISABLE = text("UPDATE staff SET disabled_at = clock_timestamp() WHERE id = :id AND disabled_at IS NULL RETURNING id")
ENABLE = text("UPDATE staff SET disabled_at = NULL WHERE id = :id AND disabled_at IS NOT NULL RETURNING id")

TAKE_KEY = text("""
    UPDATE staff_requests SET what = what || '{"given": true}'
    WHERE id = :id AND kind = 'staff_key' AND state = 'done' AND requested_by = :by AND NOT what ? 'given'
      AND decided_at > clock_timestamp() - interval '3 days'
    RETURNING subject, what
""")

SETUP = Actor(login="setup", via="command", passed=frozenset({Permission.STAFF_MANAGE}))
"""Who creates the first member of staff, while nobody can log in."""


THIS_MACHINE = ("127.0.0.1", "localhost")
"""One machine, by its number and by its name."""


def invitation_link(origin: str, token: str) -> str:
    """The link of an invitation at an origin, such as `https://desk.example.org`.

    This machine's is by its name: passkeys belong to names, never to numbers.
    """
    number, name = THIS_MACHINE
    return f"{origin.replace(f'//{number}', f'//{name}', 1)}/console/join/{token}"


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Somebody who is to become a member of staff. `name` is what residents and colleagues read."""

    login: str
    name: str
    grants: tuple[Grant, ...]
    locale: str = "zh_Hans"


@dataclass(frozen=True)
class Staff:
    """The staff of an installation. `places` are the agencies of each city, by slug.

    `others` do what is allowed of other rooms' requests, `declined` what follows where it is not.
    """

    engine: AsyncEngine
    places: Mapping[str, Sequence[str]]
    others: Mapping[Kind, Handler]
    declined: Mapping[Kind, Handler] = field(default_factory=dict)

    @property
    def requests(self) -> Requests:
        """Asking and deciding, with what this room does itself."""
        own: dict[Kind, Handler] = {
            Kind.STAFF_GRANT: self._grant,
            Kind.STAFF_KEY: self._allow_key,
            Kind.STAFF_RECOVER: self._recover,
            Kind.STAFF_ENABLE: self._enable,
        }
        return Requests(self.engine, own | dict(self.others), self.declined)

    async def is_set_up(self) -> bool:
        """Whether anybody can log in yet."""
        async with self.engine.connect() as connection:
            return await _is_set_up(connection)

    async def members(self, actor: Actor) -> list[StaffRow]:
        """The members of staff that the actor may see: of their agencies, or all.

        Raises:
            NotPermitted: the actor may see none.
        """
        if not actor.may_somewhere(Permission.STAFF_READ):
            actor.require(Permission.STAFF_READ)
        async with self.engine.connect() as connection:
            return [one for one in await everybody(connection) if self._sees(actor, one)]

    async def create(self, actor: Actor, newcomer: Newcomer, *, reason: str) -> list[RequestRow]:
        """Create a member of staff; their roles wait until another allows them, or are in force where one is enough.

        While nobody can log in yet, `SETUP` creates the first, who must be a security administrator.

        Raises:
            NotPermitted: the actor may not give these roles.
            NotFound: there is no such city or agency.
            Conflict: the login is taken or unfit, roles exclude each other, no reason is given.
        """
        login, name = self._checked(newcomer)
        said = reason_of(reason)
        async with transaction(self.engine) as connection:
            await connection.execute(HOLD_ALL)
            if actor.login == SETUP.login:
                if await _is_set_up(connection):
                    raise NotPermitted("There are members of staff: log in as one who may create others.")
                if Role.SECURITY_ADMIN not in {one.role for one in newcomer.grants}:
                    raise Conflict("The first member of staff must be a security administrator: --role security_admin")
            values = {"id": uuid4(), "login": login, "name": name, "locale": newcomer.locale, "by": actor.login}
            if (await connection.execute(CREATE, values)).one_or_none() is None:
                raise Conflict(
                    f"There is, or was, a member of staff {login!r}.",
                    said=Text(key="console.error_login_taken", args={"login": login}),
                )
            asked = [await self._ask_grant(connection, actor, login, grant, said) for grant in newcomer.grants]
            await record(connection, actor, "staff.create", subject=login, reason=said, details={"name": name})
        return asked

    async def grant(self, actor: Actor, login: str, grant: Grant, *, reason: str) -> RequestRow:
        """Give somebody a role, once another allows it.

        Raises:
            NotPermitted: the actor may not give it.
            NotFound: there is no such person, city or agency.
            Conflict: they hold it, or one that excludes it; no reason is given.
        """
        async with transaction(self.engine) as connection:
            found = await member(connection, login)
            self._check_grants([*found.grants, *found.pending, grant])
            if grant in (*found.grants, *found.pending):
                raise Conflict(
                    f"{found.login} is {grant} already, or is to be.", said=Text(key="console.error_role_held")
                )
            return await self._ask_grant(connection, actor, found.login, grant, reason_of(reason))

    async def revoke(self, actor: Actor, login: str, grant: Grant, *, reason: str) -> None:
        """Take a role away, at once.

        Raises:
            NotPermitted: the actor may not.
            NotFound: there is no such person, or they do not hold it.
            Conflict: nobody would be left who can let people in; no reason is given.
        """
        actor.require(Permission.STAFF_MANAGE, grant.city, grant.agency)
        said = reason_of(reason)
        async with transaction(self.engine) as connection:
            await connection.execute(HOLD_ALL)
            found = await member(connection, login)
            if (await connection.execute(REVOKE, _of(found, grant))).one_or_none() is None:
                raise NotFound(f"{found.login} is not {grant}.", said=Text(key="console.error_role_not_held"))
            await self._insist_on_admins(connection)
            await record(
                connection,
                actor,
                "staff.revoke",
                subject=found.login,
                of=grant,
                reason=said,
                details={"role": grant.role},
            )

    async def invite(self, actor: Actor, login: str) -> str:
        """Make the link by which somebody chooses how they log in; an earlier one is void. Answers its token.

        Who has the link can become that person: it is never made by who asked for what another allowed.

        Raises:
            NotPermitted: the actor may not, or asked for it themselves.
            NotFound: there is no such person.
            Conflict: they can log in, hold no role yet, or are disabled.
        """
        async with transaction(self.engine) as connection:
            found = await member(connection, login)
            self._require_over(actor, found)
            if found.disabled_at is not None:
                raise Conflict(f"{found.login} is disabled.", said=Text(key="console.error_is_disabled"))
            if found.can_log_in:
                raise Conflict(
                    f"{found.login} can log in. Whoever lost how: desk user recover {found.login}",
                    said=Text(key="console.error_can_log_in"),
                )
            if not found.grants:
                raise Conflict(
                    f"No role of {found.login} is in force yet: another has to allow it (desk request list).",
                    said=Text(key="console.error_no_role_yet"),
                )
            await self._insist_is_second(connection, actor, found)
            token = fresh_token()
            values = {"hash": token_hash(token), "staff_id": found.id, "good": INVITATION, "by": actor.login}
            await connection.execute(INVITE, values)
            await connection.execute(INVITED, {"id": found.id, "good": INVITATION})
            await record(connection, actor, "staff.invite", subject=found.login)
        return token

    async def recover(self, actor: Actor, login: str, *, reason: str) -> RequestRow:
        """Have somebody choose anew how they log in, once another allows it; until then their old ways hold.

        Raises:
            NotPermitted: the actor may not.
            NotFound: there is no such person.
            Conflict: it is asked for already; no reason is given.
        """
        return await self._ask_about(actor, login, Kind.STAFF_RECOVER, {}, reason)

    async def ask_key(self, actor: Actor, login: str, *, name: str, days: int, reason: str) -> RequestRow:
        """Ask for a key by which a program acts as somebody. Once it is allowed, `take_key` gives it out.

        Raises:
            NotPermitted: the actor may not.
            NotFound: there is no such person.
            Conflict: it would hold too long; it is asked for already; no reason is given.
        """
        if not 0 < days <= LONGEST_KEY_DAYS:
            raise Conflict(
                f"A key holds 1 to {LONGEST_KEY_DAYS} days.",
                said=Text(key="console.error_key_days", args={"most": LONGEST_KEY_DAYS}),
            )
        async with self.engine.connect() as connection:
            if (await member(connection, login)).is_person:
                raise Conflict(
                    f"{login} is a person: keys are for programs. Create an account for the program.",
                    said=Text(key="console.error_key_of_person"),
                )
        return await self._ask_about(actor, login, Kind.STAFF_KEY, {"name": name, "days": days}, reason)

    async def take_key(self, actor: Actor, request_id: int) -> str:
        """Give out a key that was asked for and allowed: once, to who asked.

        Raises:
            NotPermitted: the actor may no longer do this for the program.
            Conflict: it is not the actor's, is not allowed (any more), or was given out.
        """
        async with transaction(self.engine) as connection:
            row = (await connection.execute(TAKE_KEY, {"id": request_id, "by": actor.login})).one_or_none()
            if row is None:
                raise Conflict(
                    f"Request {request_id} is no key of yours that was allowed and not given out yet.",
                    said=Text(key="console.error_key_given"),
                )
            found = await member(connection, row.subject)
            self._require_over(actor, found)
            if found.disabled_at is not None or found.is_person:
                raise Conflict(
                    f"{found.login} is disabled, or no program any more.", said=Text(key="console.error_is_disabled")
                )
            await connection.execute(UNINVITE, {"id": found.id})
            key = await sessions.make_key(connection, found.id, name=row.what["name"], days=row.what["days"])
            details = {"name": row.what["name"], "days": row.what["days"]}
            await record(connection, actor, "staff.key", subject=found.login, details=details)
        return key

    async def end_keys(self, actor: Actor, login: str, *, reason: str) -> int:
        """End all keys of a program, at once; the account stays. Answers how many.

        Raises:
            NotPermitted: the actor may not.
            NotFound: there is no such member of staff.
            Conflict: no reason is given.
        """
        said = reason_of(reason)
        async with transaction(self.engine) as connection:
            found = await member(connection, login)
            self._require_over(actor, found)
            ended = (await connection.execute(END_KEYS, {"id": found.id})).rowcount
            await record(
                connection, actor, "staff.keys_end", subject=found.login, reason=said, details={"count": ended}
            )
        return ended

    async def disable(self, actor: Actor, login: str, *, reason: str) -> None:
        """Let somebody do nothing any more: sessions and keys end at once.

        Raises:
            NotPermitted: the actor may not.
            NotFound: there is no such person.
            Conflict: they are disabled, or nobody would be left who can let people in; no reason is given.
        """
        said = reason_of(reason)
        async with transaction(self.engine) as connection:
            await connection.execute(HOLD_ALL)
            found = await member(connection, login)
            self._require_over(actor, found)
            if (await connection.execute(DISABLE, {"id": found.id})).one_or_none() is None:
                raise Conflict(f"{found.login} is disabled already.", said=Text(key="console.error_is_disabled"))
            await sessions.end_all(connection, found.id, keys=True)
            await self._insist_on_admins(connection)
            await record(connection, actor, "staff.disable", subject=found.login, reason=said)

    async def enable(self, actor: Actor, login: str, *, reason: str) -> RequestRow:
        """Let somebody who was disabled in again, once another allows it.

        Raises:
            NotPermitted: the actor may not.
            NotFound: there is no such person.
            Conflict: it is asked for already; no reason is given.
        """
        return await self._ask_about(actor, login, Kind.STAFF_ENABLE, {}, reason)

    async def _ask_about(
        self, actor: Actor, login: str, kind: Kind, what: Mapping[str, Any], reason: str
    ) -> RequestRow:
        async with transaction(self.engine) as connection:
            found = await member(connection, login)
            self._require_over(actor, found)
            city, agency = _widest(found.grants)
            wish = Wish(kind, found.login, what, reason, city, agency)
            return (await self.requests.ask_in(connection, actor, wish))[0]

    async def _ask_grant(
        self, connection: AsyncConnection, actor: Actor, login: str, grant: Grant, reason: str
    ) -> RequestRow:
        actor.require(Permission.STAFF_MANAGE, grant.city, grant.agency)
        what = {"login": login, "role": grant.role, "city": grant.city or "", "agency": grant.agency or ""}
        wish = Wish(Kind.STAFF_GRANT, f"{login}: {grant}", what, reason, grant.city, grant.agency)
        return (await self.requests.ask_in(connection, actor, wish))[0]

    async def _grant(self, connection: AsyncConnection, asked: RequestRow, actor: Actor) -> None:
        what = asked.what
        found = await member(connection, what["login"])
        if found.login == actor.login:
            raise NotPermitted("Nobody allows a role of their own.", said=Text(key="console.error_own_role"))
        grant = Grant(Role(what["role"]), what["city"] or None, what["agency"] or None)
        self._check_grants([*found.grants, grant])
        await connection.execute(GRANT, {**_of(found, grant), "by": asked.requested_by})

    async def _allow_key(self, connection: AsyncConnection, asked: RequestRow, actor: Actor) -> None:
        """Nothing yet: who asked takes it (`take_key`), so that whoever allowed it never sees it."""
        self._require_over(actor, await member(connection, asked.subject))

    async def _recover(self, connection: AsyncConnection, asked: RequestRow, actor: Actor) -> None:
        await connection.execute(HOLD_ALL)
        found = await member(connection, asked.subject)
        self._require_over(actor, found)
        await connection.execute(FORGET_WAYS, {"id": found.id})
        await self._insist_on_admins(connection, least=1)
        await sessions.end_all(connection, found.id, keys=True)

    async def _enable(self, connection: AsyncConnection, asked: RequestRow, actor: Actor) -> None:
        found = await member(connection, asked.subject)
        self._require_over(actor, found)
        if (await connection.execute(ENABLE, {"id": found.id})).one_or_none() is None:
            raise Conflict(f"{found.login} is not disabled.", said=Text(key="console.error_is_enabled"))

    async def _insist_is_second(self, connection: AsyncConnection, actor: Actor, found: StaffRow) -> None:
        """Of what took two, somebody else than who asked makes the link.

        Where one was enough, or whoever has the server stood in for a second who is gone, nobody else may be left: then
        who asked makes it, and the audit says so.
        """
        asked = (await connection.execute(ASKED, {"login": found.login})).one_or_none()
        if asked is None or asked.requested_by != actor.login or asked.decided_by in (None, SETUP.login):
            return
        raise NotPermitted(
            f"{actor.login} asked for this: the link is made by {asked.decided_by}, who allowed it, or by another.",
            said=Text(key="console.error_own_invitation", args={"clerk": asked.decided_by}),
        )

    async def _insist_on_admins(self, connection: AsyncConnection, *, least: int | None = None) -> None:
        """Somebody must be left who can let people in everywhere; two, once things take two."""
        of_two = await is_of_two(connection, Permission.STAFF_MANAGE)
        needed = least or (2 if of_two else 1)
        able = [
            one
            for one in await everybody(connection)
            if Actor(one.login, grants=one.grants).may(Permission.STAFF_MANAGE)
        ]
        left = [one for one in able if (one.is_person if of_two else one.can_log_in)]
        if len(left) < needed:
            raise Conflict(
                f"Nobody would be left who can let people in, or too few: {needed} are needed. First make somebody"
                " else security_admin.",
                said=Text(key="console.error_last_admin"),
            )

    def _checked(self, newcomer: Newcomer) -> tuple[str, str]:
        login, name = newcomer.login.strip().lower(), newcomer.name.strip()
        if LOGIN.fullmatch(login) is None or login == SETUP.login:
            raise Conflict(
                "A login has 2 to 32 characters: small letters, digits, '.', '_' and '-', a letter first.",
                said=Text(key="console.error_login_form"),
            )
        if not 0 < len(name) <= LONGEST_NAME:
            raise Conflict(
                f"A name has 1 to {LONGEST_NAME} characters.",
                said=Text(key="console.error_name_form", args={"most": LONGEST_NAME}),
            )
        if not newcomer.grants:
            raise Conflict("A member of staff needs a role.", said=Text(key="console.error_needs_role"))
        self._check_grants(newcomer.grants)
        return login, name

    def _check_grants(self, grants: Sequence[Grant]) -> None:
        """What one person holds must go together, and be of places that there are."""
        if apart := clashes(one.role for one in grants):
            named = [{"key": f"console.role_{one}"} for one in apart]
            said = Text(key="console.error_roles_apart", args={"roles": {"items": [*named], "join": "and"}})
            raise Conflict(f"Nobody holds these together: {', '.join(apart)}.", said=said)
        for one in grants:
            if one.role in EVERYWHERE and one.city is not None:
                raise Conflict(
                    f"{one.role} is a role for all cities: leave city and agency out.",
                    said=Text(key="console.error_role_everywhere"),
                )
            if one.city is not None and one.city not in self.places:
                raise NotFound(f"There is no city {one.city!r}.", said=Text(key="console.error_no_place"))
            if one.agency is not None and one.agency not in self.places.get(one.city or "", ()):
                raise NotFound(f"{one.city} has no agency {one.agency!r}.", said=Text(key="console.error_no_place"))

    def is_over(self, actor: Actor, found: StaffRow) -> bool:
        """Whether somebody may change a member of staff: over all that they hold, and not themselves."""
        held = found.grants or (Grant(Role.SECURITY_ADMIN),)
        return found.login != actor.login and all(
            actor.may(Permission.STAFF_MANAGE, one.city, one.agency) for one in held
        )

    async def member(self, actor: Actor, login: str) -> StaffRow:
        """A member of staff whom the actor may see.

        Raises:
            NotFound: there is none.
        """
        async with self.engine.connect() as connection:
            found = await member(connection, login)
        if not self._sees(actor, found):
            raise NotFound(f"There is no member of staff {login!r}.", said=Text(key="console.error_no_member"))
        return found

    def _sees(self, actor: Actor, found: StaffRow) -> bool:
        """Who holds nothing, nor is to, is seen by whoever looks after all."""
        held = (*found.grants, *found.pending) or (Grant(Role.SECURITY_ADMIN),)
        return found.login == actor.login or any(actor.may(Permission.STAFF_READ, one.city, one.agency) for one in held)

    def _require_over(self, actor: Actor, found: StaffRow) -> None:
        """Whoever changes somebody must be over all that they hold."""
        if found.login == actor.login:
            raise NotPermitted("Nobody does this to themselves.", said=Text(key="console.error_oneself"))
        for one in found.grants or (Grant(Role.SECURITY_ADMIN),):
            actor.require(Permission.STAFF_MANAGE, one.city, one.agency)


async def _is_set_up(connection: AsyncConnection) -> bool:
    return any(one.can_log_in for one in await everybody(connection))


def _of(found: StaffRow, grant: Grant) -> dict[str, object]:
    return {"staff_id": found.id, "role": grant.role, "city": grant.city or "", "agency": grant.agency or ""}


def _widest(grants: Sequence[Grant]) -> tuple[str | None, str | None]:
    """A place that holds all of these: one agency, one city, or everywhere."""
    cities = {one.city for one in grants}
    if len(cities) != 1 or None in cities:
        return None, None
    agencies = {one.agency for one in grants}
    return cities.pop(), agencies.pop() if len(agencies) == 1 else None
