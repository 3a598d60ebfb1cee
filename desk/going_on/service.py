"""Shows a code on one device, and lets the one in that scanned it, once somebody said yes there and here.

A code is good for minutes and for one device, and only the session that shows it can say yes. The device that used it
is known by a secret of its own; a second one that uses the same code before the screen has said yes ends it for both,
since nobody knows whose the first one is. After the yes, which names the number of the first, it changes nothing.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, TextClause, text
from sqlalchemy.ext.asyncio import AsyncEngine

from desk.contract.messages import Reply
from desk.conversations import stream
from desk.conversations.rows import message_event
from desk.conversations.sessions import hash_of
from desk.going_on.rows import CameIn, GoingOn
from desk.store.database import transaction
from desk.store.keys import Keys
from desk.texts.catalogs import Catalogs

PURPOSE = "going on"
LENGTH = 26  # characters of A-Z and 2-7: 130 bits
DIGITS = 4
TO_SCAN, TO_ANSWER, TO_COME_IN = timedelta(minutes=3), timedelta(minutes=2), timedelta(minutes=1)
"""So long a code can be scanned, the screen that shows it is waited for, and the device that may come in."""

# Only of a session that holds: it is the screen's, and what it shows is over with it.
SHOW = text("""
    INSERT INTO goings_on (conversation_id, session, city, service, seed, code_hash, state, good_until)
    SELECT conversation_id, hash, :city, :service, :seed, :code_hash, 'shown', :until FROM access_tokens
    WHERE hash = :session AND conversation_id = :conversation_id AND good_until > now() AND idle_until > now()
    ON CONFLICT (session) DO UPDATE
    SET city = excluded.city, service = excluded.service, seed = excluded.seed, code_hash = excluded.code_hash,
        state = 'shown', number = NULL, claimed_by = NULL, good_until = excluded.good_until
    RETURNING id
""")
COLUMNS = """
    conversation_id, city, service, seed, number,
    (SELECT seq FROM conversation_counters AS counter
     WHERE counter.conversation_id = goings_on.conversation_id) AS seq,
    CASE WHEN state IN ('shown', 'asked', 'allowed') AND good_until <= :now THEN 'over' ELSE state END AS state
"""
OF_SESSION = text(f"SELECT {COLUMNS} FROM goings_on WHERE session = :session")
OF_DEVICE = text(f"SELECT {COLUMNS} FROM goings_on WHERE claimed_by = :device")
FIND = text(f"SELECT id, claimed_by, {COLUMNS} FROM goings_on WHERE code_hash = :code AND city = :city FOR UPDATE")
ASK = text("""
    UPDATE goings_on SET state = 'asked', number = :number, claimed_by = :device, good_until = :until WHERE id = :id
""")
VOID = text("UPDATE goings_on SET state = 'void' WHERE id = :id")
ANSWER = text("""
    UPDATE goings_on SET state = CASE WHEN CAST(:yes AS boolean) THEN 'allowed' ELSE 'refused' END, good_until = :until
    WHERE session = :session AND state = 'asked' AND number = :number AND good_until > :now
    RETURNING conversation_id
""")
STOP = text("DELETE FROM goings_on WHERE session = :session AND state <> 'used'")
WHOSE = text("SELECT conversation_id FROM goings_on WHERE claimed_by = :device")
USE = text("""
    UPDATE goings_on SET state = 'used' WHERE claimed_by = :device AND state = 'allowed' AND good_until > :now
    RETURNING session, city
""")
# As long as the session that let it in, and no longer: devices do not keep each other's sessions alive.
LET_IN = text("""
    INSERT INTO access_tokens (hash, conversation_id, good_until, idle_until)
    SELECT :fresh, conversation_id, good_until, idle_until FROM access_tokens
    WHERE hash = :session AND good_until > now() AND idle_until > now()
    RETURNING hash
""")


@dataclass(frozen=True, slots=True)
class GoingsOn:
    """The room's side for pages. `now` is the clock."""

    engine: AsyncEngine
    keys: Keys
    catalogs: Catalogs
    now: Callable[[], datetime]

    async def show(self, conversation_id: UUID, session: bytes, *, city: str, service: str | None) -> bool:
        """Let a session show a code, in the place of the one before; False: the session is over."""
        seed = secrets.token_hex(16)
        values = {
            "conversation_id": conversation_id,
            "session": session,
            "city": city,
            "service": service,
            "seed": seed,
            "code_hash": hash_of(self._code(seed)),
            "until": self.now() + TO_SCAN,
        }
        async with transaction(self.engine) as connection:
            return (await connection.execute(SHOW, values)).scalar_one_or_none() is not None

    async def of_session(self, session: bytes) -> GoingOn | None:
        """What a session shows, or showed last."""
        return await self._find(OF_SESSION, {"session": session})

    async def of_device(self, secret: str) -> GoingOn | None:
        """What a device wants to go on with, known by its secret."""
        return await self._find(OF_DEVICE, {"device": hash_of(secret)})

    async def ask(self, code: str, city: str, once: str) -> str | None:
        """Ask the screen that shows a code whether this device may come in; asked again by it, nothing changes.

        `once` is what the device made up for this one code. Answers the secret by which it is known from now on; None:
        nobody comes in by this code.
        """
        secret = f"{once}.{code}"
        about = {"code": hash_of(code), "city": city, "now": self.now()}
        device = hash_of(secret)
        async with transaction(self.engine) as connection:
            row = (await connection.execute(FIND, about)).one_or_none()
            if row is None:
                return None
            if row.state == "shown":
                number = f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
                values = {"number": number, "device": device, "until": self.now() + TO_ANSWER}
                await connection.execute(ASK, {**values, "id": row.id})
            elif row.claimed_by is None or bytes(row.claimed_by) != device:
                if row.state == "asked":
                    await connection.execute(VOID, {"id": row.id})
                return None
        return secret

    async def answer(self, session: bytes, number: str, *, yes: bool) -> bool:
        """Take the answer of the screen, to the very number that it showed; False: that is not asked any more."""
        about = {"session": session, "number": number, "yes": yes, "now": self.now(), "until": self.now() + TO_COME_IN}
        async with transaction(self.engine) as connection:
            return (await connection.execute(ANSWER, about)).one_or_none() is not None

    async def stop(self, session: bytes) -> None:
        """Show no code any more: nobody comes in by it."""
        async with transaction(self.engine) as connection:
            await connection.execute(STOP, {"session": session})

    async def come_in(self, secret: str) -> CameIn | None:
        """Let a device in that may, once, with a session of its own; the conversation says so. None: it may not."""
        device, fresh = hash_of(secret), secrets.token_urlsafe(32)
        async with transaction(self.engine) as connection:
            found = (await connection.execute(WHOSE, {"device": device})).scalar_one_or_none()
            if found is None:
                return None
            known = await stream.lock(connection, found)
            used = (await connection.execute(USE, {"device": device, "now": self.now()})).one_or_none()
            if used is None:
                return None
            about = {"fresh": hash_of(fresh), "session": used.session}
            if (await connection.execute(LET_IN, about)).one_or_none() is None:
                return None
            said = self.catalogs.in_manner(known.manner).render(Reply(key="going_on.told"), known.locale)
            await stream.append(connection, found, [message_event(said, author="bot")])
        return CameIn(found, used.city, fresh)

    async def _find(self, query: TextClause, about: dict[str, Any]) -> GoingOn | None:
        async with self.engine.connect() as connection:
            row = (await connection.execute(query, {**about, "now": self.now()})).one_or_none()
        return None if row is None else self._read(row)

    def _read(self, row: Row[Any]) -> GoingOn:
        known = row._asdict()
        code = self._code(known.pop("seed"))
        return GoingOn(**known, code=code)

    def _code(self, seed: str) -> str:
        """The code that follows from what is kept: who reads the store has none."""
        return self.keys.lasting_code(seed, purpose=PURPOSE, length=LENGTH)
