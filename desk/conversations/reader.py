"""The reader of all streams of a process: who waits meanwhile is read together, in one statement on one connection.

However many streams hear a hint at once (an announcement to everybody), the database is asked by one at a time.
"""

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from desk.conversations.rows import EventRow
from desk.sealing.opening import Purpose, opened
from desk.store.database import single_statements
from desk.store.direct import ask
from desk.store.keys import Unsealable

AT_ONCE = 100  # conversations in one statement
PAGE = 200  # events of one conversation read at once

AFTER_EACH = text("""
    SELECT asked.place, event.seq, event.type, event.body, event.created_at, sealing.wrapped
    FROM unnest(CAST(:ids AS uuid[]), CAST(:seqs AS bigint[])) WITH ORDINALITY AS asked (id, seq, place)
    CROSS JOIN LATERAL (
        SELECT seq, type, body, created_at, conversation_id FROM outbound_messages
        WHERE conversation_id = asked.id AND seq > asked.seq ORDER BY seq LIMIT :limit
    ) AS event
    LEFT JOIN conversation_keys AS sealing ON sealing.conversation_id = event.conversation_id
    ORDER BY asked.place, event.seq
""")

type Asked = tuple[UUID, int]


class Reader:
    """Reads events of conversations for many who ask at once."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._asked: dict[Asked, asyncio.Future[list[EventRow]]] = {}
        self._reading: asyncio.Task[None] | None = None

    async def after(self, conversation_id: UUID, seq: int) -> list[EventRow]:
        """The events of a conversation after `seq`, oldest first, at most a page of them.

        What was committed before the call is there. Raises whatever the database does.
        """
        asked = (conversation_id, seq)
        if asked not in self._asked:
            self._asked[asked] = asyncio.get_running_loop().create_future()
        answer = self._asked[asked]
        if self._reading is None or self._reading.done():
            self._reading = asyncio.create_task(self._read_all(), name="reading of streams")
        return await asyncio.shield(answer)  # who leaves ends it for nobody else

    async def _read_all(self) -> None:
        """Read until nobody waits. Who asks while a statement runs is in the next one."""
        while self._asked:
            some = dict(list(self._asked.items())[:AT_ONCE])
            for asked in some:
                del self._asked[asked]
            try:
                found = await self._read(list(some))
            except Exception as exc:  # noqa: BLE001 - it is raised where it was asked
                found = dict.fromkeys(some, exc)
            for asked, answer in some.items():
                _settle(answer, found[asked])

    async def _read(self, asked: list[Asked]) -> dict[Asked, list[EventRow] | Exception]:
        """Read what was asked for; a conversation whose key is missing fails alone."""
        ids, seqs = [one for one, _ in asked], [seq for _, seq in asked]
        found: dict[Asked, list[Any]] = {one: [] for one in asked}
        async with single_statements(self._engine) as connection:
            for row in await ask(connection, AFTER_EACH, {"ids": ids, "seqs": seqs, "limit": PAGE}):
                found[asked[row.place - 1]].append(row)
            return {one: _events(connection, one[0], rows) for one, rows in found.items()}


def _events(connection: AsyncConnection, conversation_id: UUID, rows: Sequence[Any]) -> list[EventRow] | Exception:
    if not rows:
        return []
    try:
        key = opened(connection, conversation_id, rows[0].wrapped, Purpose.STREAM)
        return [EventRow(row.seq, row.type, key.open(row.body, "event"), row.created_at) for row in rows]
    except Unsealable as exc:
        return exc


def _settle(answer: asyncio.Future[list[EventRow]], found: list[EventRow] | Exception) -> None:
    if isinstance(found, Exception):
        answer.set_exception(found)
        answer.exception()  # who asked may have left
    else:
        answer.set_result(found)
