"""Sealing what older versions kept plain: a conversation at a time, while everything runs.

Conversations that may hold something plain stand in a table of their own, which empties; plain rows are readable until
then. Each batch is a transaction under the conversation's lock; one that is in a turn is left for the next look.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from prometheus_client import Gauge
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from desk.conversations.stream import dump
from desk.sealing.opening import Purpose, key_of
from desk.sealing.vault import FILE_MARK, DataKey, Thing
from desk.store.database import transaction

PLAIN_LEFT = Gauge("desk_plain_conversations", "Conversations of which something is not sealed yet")
AT_ONCE = 200  # rows of a table in a transaction

NEXT = text("""
    SELECT conversation.id FROM plain_conversations AS plain
    JOIN conversations AS conversation ON conversation.id = plain.conversation_id
    LIMIT 1 FOR NO KEY UPDATE OF conversation SKIP LOCKED
""")
DONE = text("DELETE FROM plain_conversations WHERE conversation_id = :id")
LEFT = text("SELECT count(*) FROM plain_conversations")


@dataclass(frozen=True, slots=True)
class Column:
    """A column with sealed JSON: how plain values of a conversation are found, and written."""

    table: str
    column: str
    row: str  # what names a row within a conversation
    thing: Thing
    besides: str = "true"

    @property
    def find(self) -> str:
        return (
            f"SELECT {self.row} AS row, {self.column} AS value FROM {self.table}"
            f" WHERE conversation_id = :id AND {self.column} IS NOT NULL"
            f" AND NOT (jsonb_typeof({self.column}) = 'object' AND {self.column} ? 'sealed')"
            f" AND ({self.besides}) LIMIT {AT_ONCE}"
        )

    @property
    def write(self) -> str:
        return (
            f"UPDATE {self.table} SET {self.column} = CAST(:value AS jsonb)"
            f" WHERE conversation_id = :id AND {self.row} = :row"
        )


# Empty bodies are those of erased messages and of files that are being loaded; a file's message holds a random name.
COLUMNS = (
    Column("inbound_messages", "body", "id", "message", "kind <> 'media' AND body <> '{}'"),
    Column("inbound_messages", "understanding", "id", "message"),
    Column("outbound_messages", "body", "seq", "event"),
    Column("dialogue_states", "state", "conversation_id", "state", "state <> 'null'"),
    Column("dialogue_states", "situation", "conversation_id", "state", "situation <> 'null'"),
    Column("dialogue_states", "offered", "conversation_id", "state"),
    Column("channel_events", "body", "id", "happening"),
)
# Table, column, what names a row, thing: of bytes, one at a time, since files are large.
FILES: tuple[tuple[str, str, str, Thing], ...] = (
    ("media_files", "content", "id", "file"),
    ("cases", "private", "id", "case"),
    ("remembered_values", "private", "id", "value"),
    ("certificates", "sealed", "conversation_id", "certificate"),
)


async def seal_some(engine: AsyncEngine, *, goes_on: Callable[[], bool]) -> int:
    """Seal conversations while there are free ones and `goes_on` says so. Answers how many were finished."""
    finished = 0
    while goes_on():
        async with transaction(engine) as connection:
            found: UUID | None = (await connection.execute(NEXT)).scalar_one_or_none()
            if found is None:
                break
            key = await key_of(connection, found, Purpose.UPKEEP)
            if not await _seal_batch(connection, found, key):
                await connection.execute(DONE, {"id": found})
                finished += 1
    async with engine.connect() as connection:
        PLAIN_LEFT.set((await connection.execute(LEFT)).scalar_one())
    return finished


async def _seal_batch(connection: AsyncConnection, conversation_id: UUID, key: DataKey) -> int:
    """Seal some plain rows of a conversation. Answers how many there were; 0: nothing plain is left."""
    about: dict[str, Any] = {"id": conversation_id}
    for one in COLUMNS:
        rows = (await connection.execute(text(one.find), about)).all()
        if rows:
            values = [{**about, "row": row.row, "value": dump(key.seal(row.value, one.thing))} for row in rows]
            await connection.execute(text(one.write), values)
            return len(rows)
    for table, column, row_name, thing in FILES:
        find = (
            f"SELECT {row_name} AS row, {column} AS content FROM {table}"
            f" WHERE conversation_id = :id AND substr({column}, 1, 8) <> :mark LIMIT 1"
        )
        file = (await connection.execute(text(find), {**about, "mark": FILE_MARK})).one_or_none()
        if file is not None:
            write = f"UPDATE {table} SET {column} = :content WHERE {row_name} = :row"
            await connection.execute(text(write), {"row": file.row, "content": key.seal_file(file.content, thing)})
            return 1
    return 0
