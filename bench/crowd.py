"""Subscribers by the hundred thousand, entered into a store at once: they have written once, and now only listen."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import uuid4

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from desk.accounts.people import name_of, seal_address
from desk.accounts.rows import AccountRow
from desk.city.files import Point
from desk.contract.grid import cell_at
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
PLACES = text("""
    INSERT INTO notice_places (conversation_id, city, cell, account_id, created_at)
    SELECT one.id, :city, one.cell, :account, now()
    FROM unnest(CAST(:ids AS uuid[]), CAST(:cells AS bigint[])) AS one (id, cell)
""")
CASES = text("""
    INSERT INTO cases (conversation_id, frame, city, service, agency, kind, reference_hash, code_hash, private, status,
                       created_at, changed_at, known_at)
    SELECT one.id, 'bench', :city, :service, 'bench', 'appointment', uuid_send(one.id), uuid_send(one.id), '', 'booked',
           now(), now(), now()
    FROM unnest(CAST(:ids AS uuid[])) AS one (id)
""")
ANALYSE = (
    "residents",
    "conversations",
    "conversation_counters",
    "dialogue_states",
    "subscriptions",
    "notice_places",
    "cases",
)
WIDE = 0.06  # degrees: two thirds live within so much of the middle, from south to north and from west to east


@dataclass(frozen=True)
class Crowd:
    """Who subscribes to a topic of an account's city.

    With `half` every second one subscribes to that topic, too, with `used` every second one has a case of that service;
    with `around` all want notices near a place, which lie thickest around that point.
    """

    engine: AsyncEngine
    keys: Keys
    account: AccountRow
    topic: str
    first: int = FIRST
    half: str | None = None
    around: Point | None = None
    used: str | None = None

    async def enter(self, size: int) -> range:
        """Enter so many; the numbers of their chats."""
        numbers = range(self.first, self.first + size)
        for begin in range(0, size, CHUNK):
            await self._enter(numbers[begin : begin + CHUNK])
        async with self.engine.connect() as connection:  # as the database does by itself, once it comes to that
            settled = await connection.execution_options(isolation_level="AUTOCOMMIT")
            for table in ANALYSE:
                await settled.execute(text(f"VACUUM (ANALYZE) {table}"))
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
            if self.half is not None:
                await connection.execute(WISHES, {**common, "ids": ids[::2], "topic": self.half})
            if self.used is not None:
                await connection.execute(CASES, {**common, "ids": ids[::2], "service": self.used})
            if self.around is not None:
                cells = [cell_near(self.around, number) for number in numbers]
                await connection.execute(PLACES, {**common, "cells": cells})


def cell_near(middle: Point, number: int) -> int:
    """The square in which somebody lives, the same each time."""
    chance = random.Random(number)
    return cell_at(chance.gauss(middle.lat, WIDE), chance.gauss(middle.lon, WIDE))
