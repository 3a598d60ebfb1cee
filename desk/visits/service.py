"""Opens visits, proves telephones in them, and lets a chat's matters be seen wherever its telephone is proved.

Whether anything is known of a telephone is never asked before it is proved: a code goes to any, so its wish tells
nothing. What is counted is what the codes of conversations count by, and under the same keys: `desk.attempts`.
"""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from desk.attempts import counters, limits
from desk.attempts.caller import Caller, address_hash
from desk.attempts.counters import hashed
from desk.attempts.guard import by_caller
from desk.attempts.limits import Windows
from desk.attempts.strangers import Strangers
from desk.contract.wire import Locale
from desk.conversations.own_matters import telephone_hash
from desk.conversations.sessions import hash_of
from desk.store.database import transaction
from desk.store.deferring import REPLIES, defer
from desk.store.keys import Keys
from desk.store.one_time import GOOD as CODE_GOOD
from desk.store.one_time import SENDINGS, TRIES, is_code
from desk.visits.rows import GOOD, Refused, Visit

SEND = "visits.send_code"
SEALED = "visit"  # the purpose for which what was typed is sealed
FRAME = "my_matters"
"""What codes of visits are about, where those of conversations have a form."""

# A chat counts as long as the session does by which it was opened: who ends it there, or everywhere, has ended it here.
OWN = """
    CASE WHEN EXISTS (SELECT FROM access_tokens AS token
                      WHERE token.hash = visit.opened_by AND token.good_until > now() AND token.idle_until > now())
         THEN visit.conversation_id END
"""
FIND = text(f"""
    SELECT visit.id, visit.city, {OWN} AS conversation_id,
           (SELECT channel FROM conversations WHERE conversations.id = visit.conversation_id) AS channel,
           visit.telephone, visit.private, visit.sent_at, visit.good_until, visit.opened_by,
           ARRAY(SELECT kept.conversation_id FROM kept_conversations AS kept
                 WHERE kept.telephone = visit.telephone ORDER BY kept.kept_at) AS kept,
           EXISTS (SELECT FROM kept_conversations AS kept
                   WHERE kept.telephone = visit.telephone AND kept.conversation_id = ({OWN})) AS keeps
    FROM visits AS visit WHERE visit.hash = :hash AND visit.good_until > :now
""")
LOCK = text("""
    SELECT id, city, private, sendings, wrong, sent_at FROM visits
    WHERE hash = :hash AND good_until > :now FOR UPDATE
""")
OPEN = text("""
    INSERT INTO visits (hash, city, conversation_id, opened_by, sendings, wrong, good_until)
    VALUES (:hash, :city, :conversation_id, :opened_by, 0, 0, :until) RETURNING id
""")
OF_CHAT = text("""
    UPDATE visits SET hash = :fresh, conversation_id = :conversation_id, opened_by = :opened_by
    WHERE hash = :hash AND good_until > :now RETURNING id
""")
# Another telephone is another matter: what was proved before counts no more.
SENT = text("""
    UPDATE visits SET private = :private, locale = :locale, city = :city, telephone = NULL,
                      sendings = sendings + 1, wrong = 0, sent_at = :now
    WHERE id = :id
""")
WRONG = text("UPDATE visits SET wrong = wrong + 1 WHERE id = :id")
VOID = text("UPDATE visits SET sent_at = NULL WHERE id = :id")
PROVED = text("""
    UPDATE visits SET hash = :fresh, telephone = :telephone, good_until = :until,
                      sent_at = NULL, sendings = 0, wrong = 0
    WHERE id = :id
""")
# What shows a chat alone lasts as long as it is used; a telephone is proved for half an hour, whatever is done.
PROLONG = text("""
    UPDATE visits SET good_until = :until
    WHERE hash = :hash AND good_until > :now AND conversation_id IS NOT NULL AND telephone IS NULL
""")
END = text("DELETE FROM visits WHERE hash = :hash")
KEEP = text("""
    INSERT INTO kept_conversations (conversation_id, telephone, kept_at) VALUES (:id, :telephone, :now)
    ON CONFLICT (conversation_id) DO UPDATE SET telephone = excluded.telephone, kept_at = excluded.kept_at
""")
PART = text("DELETE FROM kept_conversations WHERE conversation_id = :id AND telephone = :telephone")


@dataclass(frozen=True, slots=True)
class Visits:
    """The room's side for pages. `now` is the clock."""

    engine: AsyncEngine
    keys: Keys
    now: Callable[[], datetime]

    async def find(self, token: str) -> Visit | None:
        """The visit that a token opens; None: there is none, or it is over."""
        about = {"hash": hash_of(token), "now": self.now()}
        async with self.engine.connect() as connection:
            row = (await connection.execute(FIND, about)).one_or_none()
        return None if row is None else self._visit(row)

    async def open_for_chat(self, token: str | None, conversation_id: UUID, session: str, city: str) -> str:
        """Let a visit show a chat's matters: the one that a token opens, else a new one.

        It goes on by another token, which is answered: whoever had planted the one before sees nothing by it.
        `session` is the token of the chat's session.
        """
        fresh = secrets.token_urlsafe(32)
        about = {"conversation_id": conversation_id, "opened_by": hash_of(session), "now": self.now()}
        async with transaction(self.engine) as connection:
            if token is not None:
                planted = {**about, "hash": hash_of(token), "fresh": hash_of(fresh)}
                if (await connection.execute(OF_CHAT, planted)).one_or_none() is not None:
                    return fresh
            values = {**about, "hash": hash_of(fresh), "city": city, "until": self.now() + GOOD}
            await connection.execute(OPEN, values)
        return fresh

    async def prolong(self, token: str) -> None:
        """Let a visit that shows a chat alone go on for half an hour from now: somebody fills in a form there."""
        now = self.now()
        async with transaction(self.engine) as connection:
            await connection.execute(PROLONG, {"hash": hash_of(token), "now": now, "until": now + GOOD})

    async def send(
        self, token: str | None, telephone: str | None, *, city: str, locale: Locale, address: str | None
    ) -> str | Refused:
        """Have a code sent to a telephone, in the visit that a token opens or in a new one; its token is answered.

        Args:
            token: of the visit.
            telephone: as residents are known by it; None: the one that was typed in the visit before.
            city: whose gateway sends it.
            locale: of the text message.
            address: of the caller; None: it says nothing of who calls.
        """
        async with transaction(self.engine) as connection:
            row = None if token is None else await self._locked(connection, token)
            phone = telephone or (None if row is None else self._typed(row))
            if phone is None:
                return Refused("old")
            stopped = await self._too_many_codes(connection, phone, row, city=city, address=address)
            if stopped is not None:
                return stopped
            if row is None:
                token = secrets.token_urlsafe(32)
                values = {"hash": hash_of(token), "city": city, "conversation_id": None, "opened_by": None}
                opened = await connection.execute(OPEN, {**values, "until": self.now() + GOOD})
                visit = int(opened.scalar_one())
            else:
                visit = int(row.id)
            assert token is not None
            private = self.keys.seal(phone.encode(), purpose=SEALED, of=str(visit))
            about = {"id": visit, "private": private, "locale": locale, "city": city, "now": self.now()}
            await connection.execute(SENT, about)
            await defer(connection, SEND, lane=REPLIES, visit=visit)
        return token

    async def prove(self, token: str, given: str, *, address: str | None) -> str | Refused:
        """Take a code. It is right: the visit goes on by another token, which is answered, for half an hour.

        Tries of one visit wait for each other, and a wrong one is committed before anybody hears of it.
        """
        async with transaction(self.engine) as connection:
            row = await self._locked(connection, token)
            phone = None if row is None else self._typed(row)
            if row is None or phone is None or row.sent_at is None:
                return Refused("old")
            now = self.now()
            if now - row.sent_at > CODE_GOOD:
                return Refused("old")
            windows = self._guesses(row, phone, address)
            await counters.lock(connection, windows)
            stopped = await counters.first_stop(connection, windows, now)
            if stopped is not None:
                return Refused("too_many_tries", stopped[1].until)
            if not is_code(self.keys, named(row.id), FRAME, row.sendings, given):
                await counters.count(connection, windows, city=row.city, now=now)
                return await self._wrong(connection, row)
            fresh = secrets.token_urlsafe(32)
            values = {"fresh": hash_of(fresh), "telephone": telephone_hash(self.keys, phone), "until": now + GOOD}
            await connection.execute(PROVED, {**values, "id": row.id})
        return fresh

    async def end(self, token: str) -> None:
        """End a visit."""
        async with transaction(self.engine) as connection:
            await connection.execute(END, {"hash": hash_of(token)})

    async def keep(self, visit: Visit, *, kept: bool) -> None:
        """Let this chat's matters be seen wherever the telephone is proved, or no longer.

        Raises:
            ValueError: the visit has no chat, or no telephone was proved in it.
        """
        if visit.conversation_id is None or visit.telephone is None:
            raise ValueError("Only a chat in the same browser is kept, by a telephone that was proved.")
        about = {"id": visit.conversation_id, "telephone": visit.telephone}
        async with transaction(self.engine) as connection:
            if kept:
                await connection.execute(KEEP, {**about, "now": self.now()})
            else:
                await connection.execute(PART, about)

    async def _locked(self, connection: AsyncConnection, token: str) -> Row[Any] | None:
        return (await connection.execute(LOCK, {"hash": hash_of(token), "now": self.now()})).one_or_none()

    async def _wrong(self, connection: AsyncConnection, row: Row[Any]) -> Refused:
        await connection.execute(WRONG, {"id": row.id})
        left = TRIES - row.wrong - 1
        if left > 0:
            return Refused("wrong", left=left)
        await connection.execute(VOID, {"id": row.id})
        return Refused("void")

    async def _too_many_codes(
        self, connection: AsyncConnection, phone: str, row: Row[Any] | None, *, city: str, address: str | None
    ) -> Refused | None:
        """Whether one more code is too many, to this telephone or for this caller; counts it, if it is not."""
        now, caller = self.now(), self._caller(row, address)
        if row is not None and row.sendings >= SENDINGS and self._typed(row) == phone:
            return Refused("too_many_codes")
        strangers = Strangers.of(self.keys, "code to phone", phone, caller.address or caller.resident)
        callers = by_caller(self.keys, caller, "code", limits.CODES_BY_RESIDENT, limits.CODES_BY_ADDRESS)
        await counters.lock(connection, [*callers, *strangers.keys])
        windows = {**callers, **await strangers.windows(connection, now)}
        stopped = await counters.first_stop(connection, windows, now)
        if stopped is not None:
            return Refused("too_many_codes", stopped[1].until)
        await counters.count(connection, windows, city=city, now=now)
        return None

    def _guesses(self, row: Row[Any], phone: str, address: str | None) -> Mapping[bytes, Windows]:
        caller = self._caller(row, address)
        callers = by_caller(self.keys, caller, "guess", limits.WRONG_BY_RESIDENT, limits.WRONG_BY_ADDRESS)
        return {**callers, hashed(self.keys, FRAME, phone): limits.WRONG_CODES_BY_SUBJECT}

    def _caller(self, row: Row[Any] | None, address: str | None) -> Caller:
        """Who it is, to count by: without an address their visit, which is new with its first code."""
        resident = secrets.token_hex(16) if row is None else named(row.id)
        return Caller(resident, None if address is None else address_hash(self.keys, address).hex())

    def _typed(self, row: Row[Any]) -> str | None:
        if row.private is None:
            return None
        return self.keys.open(bytes(row.private), purpose=SEALED, of=str(row.id)).decode()

    def _visit(self, row: Row[Any]) -> Visit:
        known = row._asdict()
        known.pop("private")
        hashes = {name: None if known[name] is None else bytes(known[name]) for name in ("telephone", "opened_by")}
        return Visit(**{**known, **hashes, "typed": self._typed(row), "kept": tuple(row.kept)})


def named(visit: int) -> str:
    """What a visit's codes follow from, where those of conversations have their id."""
    return f"visit {visit}"
