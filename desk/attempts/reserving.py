"""What is open for a telephone, an id or a caller: summed up, or made at an agency and not over."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import text
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


@dataclass(frozen=True, slots=True)
class Reservations:
    """Those of a conversation's turn. A matter stays counted when its conversation is erased: the agency has it."""

    keys: Keys
    connection: AsyncConnection
    conversation: UUID
    now: datetime

    async def is_full(self, wish: Reserve, caller: Caller) -> bool:
        """Whether a telephone, an id or the caller has as much open as may be, beside this matter."""
        limited = self._limited(wish, caller)
        await counters.lock(self.connection, limited)
        about = {"keys": list(limited), "matter": self._matter(wish.frame), "now": self.now}
        rows = (await self.connection.execute(OPEN, about)).all()
        return any(count >= limited[bytes(key)] for key, count in rows)

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

        return {
            **all_of("phone", wish.phones, limits.OPEN_BY_PHONE),
            **all_of("id", wish.id_numbers, limits.OPEN_BY_ID_NUMBER),
            **all_of("resident", [caller.resident], limits.OPEN_BY_RESIDENT),
        }
