"""Subscribers by the hundred thousand, entered into a store at once: they have written once, and now only listen."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import uuid4

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from desk.accounts.people import name_of, seal_address
from desk.accounts.rows import AccountRow
from desk.sealing.opening import Purpose, keys_of
from desk.store.database import transaction
from desk.store.keys import Keys

CHUNK = 5_000
FIRST = 20_000_000  # numbers of chats: nobody else's

RESIDENTS = text("""
    INSERT INTO residents (id, account_id, external_id, address)
    SELECT one.id, :account, one.name, one.address
    FROM unnest(CAST(:ids AS uuid[]), CAST(:names AS text[]), CAST(:addresses AS bytea[])) AS one (id, name, address)
""")
CONVERSATIONS = text("""
    INSERT INTO conversations (id, account_id, resident_id, channel, city, locale, pushes)
    SELECT id, :account, id, :channel, :city, 'zh_Hans', 'everything' FROM unnest(CAST(:ids AS uuid[])) AS one (id)
""")
COUNTERS = text("INSERT INTO conversation_counters (conversation_id) SELECT unnest(CAST(:ids AS uuid[]))")
STATES = text("INSERT INTO dialogue_states (conversation_id) SELECT unnest(CAST(:ids AS uuid[]))")
WISHES = text("""
    INSERT INTO subscriptions (conversation_id, city, topic, district, account_id)
    SELECT unnest(CAST(:ids AS uuid[])), :city, :topic, '', :account
""")
ANALYSE = ("residents", "conversations", "conversation_counters", "dialogue_states", "subscriptions")


@dataclass(frozen=True)
class Crowd:
    """Who subscribes to a topic of an account's city."""

    engine: AsyncEngine
    keys: Keys
    account: AccountRow
    topic: str
    first: int = FIRST

    async def enter(self, size: int) -> range:
        """Enter so many; the numbers of their chats."""
        numbers = range(self.first, self.first + size)
        for begin in range(0, size, CHUNK):
            await self._enter(numbers[begin : begin + CHUNK])
        async with transaction(self.engine) as connection:
            for table in ANALYSE:
                await connection.execute(text(f"ANALYZE {table}"))
        return numbers

    async def _enter(self, numbers: Sequence[int]) -> None:
        account, names = self.account, [str(number) for number in numbers]
        hashed = [name_of(self.keys, account.id, name) for name in names]
        sealed = [seal_address(self.keys, account.id, h, name) for h, name in zip(hashed, names, strict=True)]
        ids = [uuid4() for _ in numbers]
        common = {"ids": ids, "account": account.id, "channel": account.channel, "city": account.city}
        async with transaction(self.engine) as connection:
            await connection.execute(RESIDENTS, {**common, "names": hashed, "addresses": sealed})
            await connection.execute(CONVERSATIONS, common)
            await connection.execute(COUNTERS, common)
            await connection.execute(STATES, common)
            await connection.execute(WISHES, {**common, "topic": self.topic})
            await keys_of(connection, ids, Purpose.WRITE)  # each has one since it began
