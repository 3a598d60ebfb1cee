"""What members of staff do about themselves: their passkeys, their sessions, their language."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from desk.audit.trail import record
from desk.contract.errors import Conflict, NotFound
from desk.contract.messages import Text
from desk.contract.staff import Actor
from desk.contract.wire import LOCALES
from desk.staff.passkeys import passkey_name
from desk.staff.register import member
from desk.staff.rows import StaffRow
from desk.staff.secrets import token_hash
from desk.store.database import transaction

HOLD = text("SELECT id FROM staff WHERE login = :login FOR UPDATE")
PASSKEYS = text("""
    SELECT id, name, created_at, used_at FROM staff_passkeys WHERE staff_id = :staff_id ORDER BY created_at
""")
RENAME = text("UPDATE staff_passkeys SET name = :name WHERE id = :id AND staff_id = :staff_id RETURNING name")
REMOVE = text("DELETE FROM staff_passkeys WHERE id = :id AND staff_id = :staff_id RETURNING name")
SESSIONS = text("""
    SELECT hash, via, address, opened_at, good_until, hash = :own AS is_this FROM staff_sessions
    WHERE staff_id = :staff_id AND via <> 'key'
      AND good_until > clock_timestamp() AND idle_until > clock_timestamp()
    ORDER BY opened_at DESC
""")
END_ONE = text("""
    DELETE FROM staff_sessions WHERE staff_id = :staff_id AND hash = :hash AND hash <> :own AND via <> 'key'
    RETURNING hash
""")
END_OTHERS = text("DELETE FROM staff_sessions WHERE staff_id = :staff_id AND hash <> :own AND via <> 'key'")
ANSWER_IN = text("UPDATE staff SET languages = :languages WHERE id = :staff_id")
SPEAK = text("UPDATE staff SET locale = :locale WHERE id = :staff_id")


@dataclass(frozen=True, slots=True)
class PasskeyRow:
    """A passkey of somebody."""

    id: bytes
    name: str
    created_at: datetime
    used_at: datetime | None


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A login of somebody that holds. `is_this`: the one that they look at it with."""

    hash: bytes
    via: str
    address: str
    opened_at: datetime
    good_until: datetime
    is_this: bool


@dataclass(frozen=True)
class Own:
    """One's own account."""

    engine: AsyncEngine

    async def account(self, actor: Actor) -> StaffRow:
        """Who one is here."""
        async with self.engine.connect() as connection:
            return await member(connection, actor.login)

    async def passkeys(self, actor: Actor) -> list[PasskeyRow]:
        """One's passkeys, the oldest first."""
        async with self.engine.connect() as connection:
            found = await member(connection, actor.login)
            rows = await connection.execute(PASSKEYS, {"staff_id": found.id})
            return [PasskeyRow(**row._mapping) for row in rows]

    async def rename_passkey(self, actor: Actor, passkey: bytes, *, name: str) -> None:
        """Call a passkey otherwise.

        Raises:
            NotFound: one has none such.
            Conflict: the name is unfit.
        """
        named = passkey_name(name)
        async with transaction(self.engine) as connection:
            found = await member(connection, actor.login)
            values = {"id": passkey, "staff_id": found.id, "name": named}
            if (await connection.execute(RENAME, values)).one_or_none() is None:
                raise _no_passkey()
            await record(connection, actor, "staff.passkey_rename", subject=actor.login, details={"name": named})

    async def remove_passkey(self, actor: Actor, passkey: bytes) -> None:
        """Take a passkey away, unless one could not log in any more.

        Raises:
            NotFound: one has none such.
            Conflict: it is the last way in.
        """
        async with transaction(self.engine) as connection:
            await connection.execute(HOLD, {"login": actor.login})
            found = await member(connection, actor.login)
            removed = (await connection.execute(REMOVE, {"id": passkey, "staff_id": found.id})).one_or_none()
            if removed is None:
                raise _no_passkey()
            if found.passkeys == 1 and not (found.has_password and found.has_totp):
                raise Conflict("This is the last way in.", said=Text(key="console.error_last_way"))
            details = {"name": removed.name}
            await record(connection, actor, "staff.passkey_remove", subject=actor.login, details=details)

    async def sessions(self, actor: Actor, token: str) -> list[SessionRow]:
        """One's logins that hold, the newest first."""
        async with self.engine.connect() as connection:
            found = await member(connection, actor.login)
            rows = await connection.execute(SESSIONS, {"staff_id": found.id, "own": token_hash(token)})
            return [SessionRow(**row._mapping) for row in rows]

    async def end_session(self, actor: Actor, token: str, session: bytes) -> None:
        """End another login of one's own.

        Raises:
            NotFound: it is over, or was never one's own.
        """
        async with transaction(self.engine) as connection:
            found = await member(connection, actor.login)
            values = {"staff_id": found.id, "own": token_hash(token), "hash": session}
            if (await connection.execute(END_ONE, values)).one_or_none() is None:
                raise NotFound("This session is over.", said=Text(key="console.error_session_over"))
            await self._ended(connection, actor, 1)

    async def end_others(self, actor: Actor, token: str) -> int:
        """End all other logins of one's own. Answers how many."""
        async with transaction(self.engine) as connection:
            found = await member(connection, actor.login)
            ended = await connection.execute(END_OTHERS, {"staff_id": found.id, "own": token_hash(token)})
            await self._ended(connection, actor, ended.rowcount)
            return ended.rowcount

    async def speak(self, actor: Actor, locale: str) -> None:
        """Choose the language of one's pages.

        Raises:
            Conflict: it is none of ours.
        """
        if locale not in LOCALES:
            raise Conflict(f"There is no language {locale!r}.")
        async with transaction(self.engine) as connection:
            found = await member(connection, actor.login)
            await connection.execute(SPEAK, {"staff_id": found.id, "locale": locale})

    async def answer_in(self, actor: Actor, languages: Collection[str]) -> None:
        """Say in which languages one answers residents; none: whatever is written.

        Raises:
            Conflict: one is none of ours.
        """
        if not set(languages) <= set(LOCALES):
            raise Conflict(f"There are no languages {sorted(set(languages) - set(LOCALES))}.")
        chosen = [one for one in LOCALES if one in languages]
        async with transaction(self.engine) as connection:
            found = await member(connection, actor.login)
            await connection.execute(ANSWER_IN, {"staff_id": found.id, "languages": chosen})
            await record(connection, actor, "staff.languages", subject=actor.login, details={"languages": chosen})

    async def _ended(self, connection: AsyncConnection, actor: Actor, count: int) -> None:
        await record(connection, actor, "staff.session_end", subject=actor.login, details={"sessions": count})


def _no_passkey() -> NotFound:
    return NotFound("There is no such passkey.", said=Text(key="console.error_no_passkey"))
