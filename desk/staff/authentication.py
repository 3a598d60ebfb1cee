"""Logging in: choosing how with an invitation, then by password and code, or by passkey. Guessing is stopped."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from desk.audit.trail import record
from desk.contract.errors import Conflict, NotFound
from desk.contract.staff import Actor, NotLoggedIn, Via
from desk.contract.text import Text
from desk.staff import secrets, sessions
from desk.staff.alerts import tell_oneself
from desk.staff.rows import grants_of
from desk.staff.sessions import GRANTS, Left, SessionLimits
from desk.store.database import transaction
from desk.store.keys import Keys

TOTP = "code app of staff"
FAILURES = 5  # wrong answers in a row, after which the login is locked
LOCKED = timedelta(minutes=15)

WAYS = text(f"""
    SELECT staff.id, staff.login, staff.name, staff.locale, staff.password, staff.totp, staff.totp_step,
           staff.failures, staff.locked_until > clock_timestamp() AS is_locked, {GRANTS} AS grants
    FROM staff WHERE staff.login = :login AND staff.disabled_at IS NULL FOR UPDATE OF staff
""")
LOOK = text("""
    SELECT id, password, locked_until > clock_timestamp() AS is_locked FROM staff
    WHERE login = :login AND disabled_at IS NULL
""")
FAILED = text("""
    UPDATE staff SET failures = failures + 1,
        locked_until = CASE WHEN failures + 1 >= :most THEN clock_timestamp() + :locked ELSE locked_until END
    WHERE id = :id RETURNING failures
""")
PASSED = text("UPDATE staff SET failures = 0, locked_until = NULL, totp_step = :step WHERE id = :id")
INVITED = text("""
    SELECT staff.id, staff.login, staff.name, staff.locale
    FROM staff_invitations AS invitation JOIN staff ON staff.id = invitation.staff_id
    WHERE invitation.hash = :hash AND invitation.good_until > clock_timestamp() AND staff.disabled_at IS NULL
    FOR UPDATE OF invitation
""")
ACCEPTED = text("DELETE FROM staff_invitations WHERE hash = :hash")
CHOOSE = text("""
    UPDATE staff SET password = :password, totp = :totp, totp_step = :step, failures = 0, locked_until = NULL
    WHERE id = :id
""")


class LoginRefused(NotLoggedIn):
    """Login, password or code are not right."""


class LoginLocked(LoginRefused):
    """Too many wrong answers: this login is locked for a quarter of an hour."""


@dataclass(frozen=True, slots=True)
class Invited:
    """Whom an invitation is for."""

    id: UUID
    login: str
    name: str
    locale: str


@dataclass(frozen=True, slots=True)
class _Known:
    """What was looked at of somebody's password before a connection was taken for the change."""

    id: UUID | None
    password: str | None
    is_right: bool
    is_locked: bool


@dataclass(frozen=True)
class Authentication:
    """Lets members of staff in. `now` is the clock of codes."""

    engine: AsyncEngine
    keys: Keys
    now: Callable[[], datetime]
    limits: SessionLimits = field(default_factory=SessionLimits)

    async def invited(self, token: str) -> Invited:
        """Whom an invitation is for.

        Raises:
            NotFound: it was used, is over, or never was.
        """
        async with self.engine.connect() as connection:
            return await self._invited(connection, token)

    async def choose(self, token: str, password: str) -> str:
        """Take a password for who has an invitation. Answers the hash that `accept` is given with a code.

        Raises:
            NotFound: the invitation was used, is over, or never was.
            Conflict: the password is easily guessed.
        """
        found = await self.invited(token)
        secrets.check(password, found.login)
        return await secrets.hashed(password)

    async def accept(
        self, token: str, *, chosen: str, totp: str, code: str, via: Via, address: str
    ) -> tuple[Actor, str]:
        """Choose password and authenticator app with an invitation, which is used up. Answers actor and session.

        `chosen` is what `choose` answered; `totp` is the secret that the app was shown, `code` what it says now: so it
        is known to work.

        Raises:
            NotFound: the invitation was used, is over, or never was.
            Conflict: the code is not right.
        """
        found = await self.invited(token)
        step = secrets.totp_step(totp, code, self.now(), None)
        if step is None:
            raise Conflict("The code is not right. Is the clock of the telephone?", said=Text(key="console.error_code"))
        values = {
            "id": found.id,
            "password": chosen,
            "totp": self.keys.seal(totp.encode(), purpose=TOTP, of=str(found.id)),
            "step": step,
        }
        async with transaction(self.engine) as connection:
            await self.take_invitation(connection, token)
            await connection.execute(CHOOSE, values)
            return await self.enter(connection, found.login, via, address, "staff.join", way="password")

    async def log_in(self, login: str, password: str, code: str, *, via: Via, address: str) -> tuple[Actor, str]:
        """Log in by password and code. Answers actor and session.

        Raises:
            LoginRefused: something is not right, and is not said what; LoginLocked: after too many wrong answers.
        """
        login = login.strip().lower()
        async with self.engine.connect() as connection:
            seen = (await connection.execute(LOOK, {"login": login})).one_or_none()
        locked = self._is_locked(seen, via)
        # Without a connection: hashing takes a while, and residents need them.
        known = await secrets.is_password(None if seen is None or locked else seen.password, password)
        async with transaction(self.engine) as connection:
            row = (await connection.execute(WAYS, {"login": login})).one_or_none()
            locked = locked or self._is_locked(row, via)
            same = row is not None and seen is not None and row.password == seen.password and not locked
            step = self._step(row, code) if row is not None and known and same else None
            if row is not None and step is not None:
                await connection.execute(PASSED, {"id": row.id, "step": step})
                return await self.enter(connection, login, via, address, "staff.log_in", way="password")
            await self._note_failure(connection, row, login, via, address)
        raise LoginLocked if locked else LoginRefused

    def _is_locked(self, row: Row[Any] | None, via: Via) -> bool:
        """Wrong answers on the page lock the page: whoever has the command line reached the server already."""
        return row is not None and bool(row.is_locked) and via == "console"

    async def change_password(self, actor: Actor, token: str, *, old: str, code: str, new: str) -> None:
        """Change one's own password; all other sessions of one's own end, and one is told by mail.

        Raises:
            LoginRefused: the old password or the code is not right; LoginLocked: after too many wrong answers.
            Conflict: the new one is easily guessed.
        """
        known = await self._known(actor, old)
        if known.is_right:
            secrets.check(new, actor.login)
        fresh = await secrets.hashed(new) if known.is_right else ""
        await self._change(actor, token, known, "password", code=code, new={"password": fresh})

    async def change_app(
        self, actor: Actor, token: str, *, password: str, present: str | None, totp: str, code: str
    ) -> None:
        """Change one's own authenticator app; all other sessions of one's own end, and one is told by mail.

        `present` is a code of the app of before; None: a passkey was at hand in its place. `totp` is the secret that
        the new app was shown, `code` what that says now.

        Raises:
            NotPermitted: the actor proved too long ago who they are.
            LoginRefused: the password or the present code is not right; LoginLocked: after too many wrong answers.
            Conflict: the code of the new app is not right.
        """
        actor.require_fresh()
        step = secrets.totp_step(totp, code, self.now(), None)
        if step is None:
            raise Conflict("The code is not right. Is the clock of the telephone?", said=Text(key="console.error_code"))
        known = await self._known(actor, password)
        sealed = self.keys.seal(totp.encode(), purpose=TOTP, of=str(known.id))
        await self._change(actor, token, known, "app", code=present, new={"totp": sealed, "step": step})

    async def _known(self, actor: Actor, password: str) -> _Known:
        """Look at the password that somebody who is logged in gives once more."""
        async with self.engine.connect() as connection:
            seen = (await connection.execute(LOOK, {"login": actor.login})).one_or_none()
        locked = self._is_locked(seen, actor.via)
        right = await secrets.is_password(None if seen is None or locked else seen.password, password)
        return _Known(
            None if seen is None else seen.id, None if seen is None else seen.password, right, is_locked=locked
        )

    async def _change(
        self, actor: Actor, token: str, known: _Known, what: str, *, code: str | None, new: Mapping[str, object]
    ) -> None:
        """Change a way in of somebody whose password is known, and whose code is right; None: it was proved else."""
        async with transaction(self.engine) as connection:
            row = (await connection.execute(WAYS, {"login": actor.login})).one_or_none()
            same = row is not None and known.is_right and row.password == known.password
            step = self._step(row, code) if row is not None and same and code is not None else None
            if row is not None and same and (code is None or step is not None):
                kept = {"password": row.password, "totp": row.totp, "step": row.totp_step if step is None else step}
                await connection.execute(CHOOSE, {"id": row.id, **kept, **new})
                await sessions.end_others(connection, row.id, token)
                await record(connection, actor, f"staff.{what}", subject=actor.login)
                await tell_oneself(connection, actor.login, what)
                return
            await self._note_failure(connection, row, actor.login, actor.via, actor.address)
        raise LoginLocked if known.is_locked else LoginRefused

    async def log_out(self, actor: Actor, token: str) -> None:
        """End a session."""
        async with transaction(self.engine) as connection:
            await sessions.end(connection, token)
            await record(connection, actor, "staff.log_out", subject=actor.login)

    async def actor(self, token: str, *, address: str = "", noted: bool = True) -> Actor:
        """Who acts with a session or key; that it was used is noted, unless nobody did it by hand.

        Raises:
            NotLoggedIn: it is over, or never was.
        """
        async with self.engine.connect() as connection:
            found = await sessions.find(connection, token, self.limits, address=address)
        if found is None:
            raise NotLoggedIn
        actor, is_stale = found
        if is_stale and noted:
            async with transaction(self.engine) as connection:
                await sessions.note(connection, token, self.limits)
        return actor

    async def left(self, token: str, *, noted: bool = True) -> Left:
        """How long a session holds; with `noted`, counted anew from now.

        Raises:
            NotLoggedIn: it is over, or never was.
        """
        async with transaction(self.engine) as connection:
            if noted:
                await sessions.note(connection, token, self.limits)
            left = await sessions.left_of(connection, token)
        if left is None:
            raise NotLoggedIn
        return left

    async def take_invitation(self, connection: AsyncConnection, token: str) -> Invited:
        """Use up an invitation, in a transaction of the caller. Answers whom it is for.

        Raises:
            NotFound: it was used, is over, or never was.
        """
        found = await self._invited(connection, token)
        await connection.execute(ACCEPTED, {"hash": secrets.token_hash(token)})
        return found

    async def enter(
        self,
        connection: AsyncConnection,
        login: str,
        via: Via,
        address: str,
        act: str,
        *,
        way: str,
        proved_at: datetime | None = None,
    ) -> tuple[Actor, str]:
        """Open a session for somebody who has proved who they are, in a transaction of the caller.

        `proved_at` is when they did so elsewhere; None: here and now.
        """
        row = (await connection.execute(WAYS, {"login": login})).one()
        token = await sessions.open_session(
            connection, row.id, via=via, address=address, limits=self.limits, proved_at=proved_at
        )
        since = proved_at or datetime.now(UTC)
        actor = Actor(row.login, row.name, grants_of(row.grants), via, address, row.locale, since=since)
        await record(connection, actor, act, subject=row.login, details={"way": way})
        return actor, token

    def _step(self, row: Row[Any], code: str) -> int | None:
        if row.totp is None:
            return None
        secret = self.keys.open(row.totp, purpose=TOTP, of=str(row.id)).decode()
        return secrets.totp_step(secret, code, self.now(), row.totp_step)

    async def _note_failure(
        self, connection: AsyncConnection, row: Row[Any] | None, login: str, via: Via, address: str
    ) -> None:
        """Count a wrong answer, unless the login is locked: then it was not looked at."""
        details: dict[str, object] = {"known": row is not None}
        if row is not None and not row.is_locked:
            counted = await connection.execute(FAILED, {"id": row.id, "most": FAILURES, "locked": LOCKED})
            details["failures"] = counted.scalar_one()
        nobody = Actor(login="", via=via, address=address)
        subject = login if row is not None else ""  # what else was typed may be a password
        await record(connection, nobody, "staff.log_in_failed", subject=subject, details=details)

    async def _invited(self, connection: AsyncConnection, token: str) -> Invited:
        row = (await connection.execute(INVITED, {"hash": secrets.token_hash(token)})).one_or_none()
        if row is None:
            raise NotFound(
                "This invitation was used or is over. Ask whoever sent it for another.",
                said=Text(key="console.error_invitation"),
            )
        return Invited(**row._mapping)
