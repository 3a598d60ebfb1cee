"""What is open for a telephone, an id or a caller: summed up, made at an agency and not over, or waiting for a clerk.

What is open from an address may be that of many residents, who are strangers to each other: so its bound is wide, it
grows with what was proved from there, and who has proved who they are is not held to it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from desk.attempts import counters, limits
from desk.attempts.caller import Caller
from desk.attempts.counters import hashed
from desk.contract.messages import KeepCase
from desk.contract.proving import Reserve
from desk.store.keys import Keys

OPEN = text("""
    SELECT key, count(*) FROM reservations
    WHERE key = ANY (CAST(:keys AS bytea[])) AND matter <> :matter AND until > :now GROUP BY key
""")
MINE = text("SELECT EXISTS (SELECT FROM reservations WHERE matter = :matter AND until > :now)")
TAKE = text("""
    INSERT INTO reservations (key, matter, city, until) VALUES (:key, :matter, :city, :until)
    ON CONFLICT (key, matter) DO UPDATE SET until = excluded.until
""")
FREE = text("DELETE FROM reservations WHERE matter = :matter AND NOT (key = ANY (CAST(:keys AS bytea[])))")
KEEP = text("UPDATE reservations SET until = :until WHERE matter = :matter")
OVER = text("DELETE FROM reservations WHERE matter = :matter")
# A ticket is counted under its conversation, which has one at a time: so it counts for as long as it is live.
WAITING = text("""
    SELECT counted.key, count(*) FROM reservations AS counted
    JOIN tickets AS ticket ON ticket.conversation_id = CAST(encode(counted.matter, 'hex') AS uuid)
    WHERE counted.key = ANY (CAST(:keys AS bytea[])) AND counted.until > :now
      AND ticket.state IN ('open', 'claimed') AND ticket.matter IS NULL
    GROUP BY counted.key
""")
# A contact is counted under the same with a byte behind it, for as long as it is left at a ticket that is live.
LEFT = text("""
    SELECT count(*) FROM reservations AS counted
    JOIN tickets AS ticket
      ON ticket.conversation_id = CAST(encode(substring(counted.matter FROM 1 FOR 16), 'hex') AS uuid)
    WHERE counted.key = :key AND counted.matter <> :matter AND counted.until > :now
      AND ticket.state IN ('open', 'claimed') AND ticket.matter IS NULL AND ticket.contact_kind IS NOT NULL
""")
OF_CONTACT = b"\x01"
WAITS = text("""
    SELECT EXISTS (
        SELECT FROM tickets
        WHERE conversation_id = :conversation_id AND state IN ('open', 'claimed') AND matter IS NULL
    )
""")
ERASE = text(f"""
    DELETE FROM reservations
    WHERE matter IN (uuid_send(CAST(:id AS uuid)), uuid_send(CAST(:id AS uuid)) || decode('{OF_CONTACT.hex()}', 'hex'))
""")

type Full = Literal["theirs", "address"]
"""Why no more is opened: for what the telephone, the id or the resident has open, or for what their address has."""


@dataclass(frozen=True, slots=True)
class Reservations:
    """Those of a conversation's turn. A matter stays counted when its conversation is erased: the agency has it."""

    keys: Keys
    connection: AsyncConnection
    conversation: UUID
    now: datetime

    async def full(self, wish: Reserve, caller: Caller, *, more: int | None) -> Full | None:
        """Whether a telephone, an id or the caller has as much open as may be, beside this matter.

        Args:
            wish: what is summed up.
            caller: who does it.
            more: so many more than usual may be open from the address; None: it is not counted.
        """
        limited, address = self._limited(wish, caller), caller.address_key(self.keys, f"open of {wish.service}")
        await counters.lock(self.connection, limited)
        about = {"keys": list(limited), "matter": self._matter(wish.frame), "now": self.now}
        return self._full((await self.connection.execute(OPEN, about)).all(), limited, address, more)

    async def waiting(self, caller: Caller, city: str, *, more: int | None) -> Full | None:
        """Whether the caller has as many tickets open as may be; `more` as above. Counts one more, unless it is full.

        The caller's turn holds the locks of what is counted of tickets already.
        """
        if (await self.connection.execute(WAITS, {"conversation_id": self.conversation})).scalar_one():
            return None
        address = caller.address_key(self.keys, f"waiting in {city}")
        limited = {caller.key(self.keys, "waiting"): limits.WAITING_BY_RESIDENT}
        if address is not None:
            limited[address] = limits.WAITING_BY_ADDRESS
        counted = (await self.connection.execute(WAITING, {"keys": list(limited), "now": self.now})).all()
        full = self._full(counted, limited, address, more)
        if full is None:
            until = self.now + limits.WAITING_LONGEST
            each = {"matter": self.conversation.bytes, "city": city, "until": until}
            await self.connection.execute(TAKE, [{"key": key, **each} for key in limited])
        return full

    async def leave(self, kind: str, contact: str, city: str, *, always: bool) -> bool:
        """Count a contact that is left at the conversation's ticket; False, uncounted: it is left at as many as may be.

        Args:
            kind: what it is, phone or mail.
            contact: in its one form.
            city: of the ticket.
            always: it is counted, however many there are.
        """
        key, matter = hashed(self.keys, f"reached by {kind}", contact), self.conversation.bytes + OF_CONTACT
        await counters.lock(self.connection, [key])
        about = {"key": key, "matter": matter, "now": self.now}
        if not always and (await self.connection.execute(LEFT, about)).scalar_one() >= limits.WAITING_BY_CONTACT:
            return False
        await self.connection.execute(FREE, {"matter": matter, "keys": [key]})
        until = self.now + limits.WAITING_LONGEST
        await self.connection.execute(TAKE, {"key": key, "matter": matter, "city": city, "until": until})
        return True

    @staticmethod
    def _full(
        counted: Sequence[Row[Any]], limited: Mapping[bytes, int], address: bytes | None, more: int | None
    ) -> Full | None:
        """What is full of what was counted; where both are, what is the caller's own."""
        full = set()
        for key, count in map(tuple, counted):
            shared = bytes(key) == address
            if shared and more is None:
                continue
            if count >= limited[bytes(key)] + ((more or 0) if shared else 0):
                full.add(shared)
        return None if not full else "theirs" if False in full else "address"

    async def is_mine(self, wish: Reserve) -> bool:
        """Whether this matter was summed up before."""
        about = {"matter": self._matter(wish.frame), "now": self.now}
        return bool((await self.connection.execute(MINE, about)).scalar_one())

    async def take(self, wish: Reserve, caller: Caller, city: str) -> None:
        """Count what was summed up as open, for as long as it may become something."""
        limited, matter = self._limited(wish, caller), self._matter(wish.frame)
        await self.connection.execute(FREE, {"matter": matter, "keys": list(limited)})
        until = self.now + limits.SUMMED_UP
        await self.connection.execute(
            TAKE, [{"key": key, "matter": matter, "city": city, "until": until} for key in limited]
        )

    async def keep(self, case: KeepCase, timezone: str) -> None:
        """Count what the agency has until it is over."""
        matter = {"matter": self._matter(case.case)}
        if case.over:
            await self.connection.execute(OVER, matter)
            return
        until = self.now + limits.OPEN_LONGEST
        if case.at is not None:
            at = datetime.fromisoformat(case.at)
            until = at if at.tzinfo is not None else at.replace(tzinfo=ZoneInfo(timezone))
        await self.connection.execute(KEEP, {**matter, "until": until})

    def _matter(self, frame: str) -> bytes:
        return hashed(self.keys, "matter", str(self.conversation), frame)

    def _limited(self, wish: Reserve, caller: Caller) -> dict[bytes, int]:
        def all_of(what: str, values: Iterable[str], most: int) -> dict[bytes, int]:
            return {hashed(self.keys, f"open of {what}", wish.service, one): most for one in values}

        address = caller.address_key(self.keys, f"open of {wish.service}")
        return {
            **all_of("phone", wish.phones, limits.OPEN_BY_PHONE),
            **all_of("id", wish.id_numbers, limits.OPEN_BY_ID_NUMBER),
            **all_of("resident", [caller.resident], limits.OPEN_BY_RESIDENT),
            **({} if address is None else {address: limits.OPEN_BY_ADDRESS}),
        }
