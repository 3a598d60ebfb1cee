"""Lines in what is given out and erased."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection

from desk.conversations.ports import TurnPart
from desk.conversations.times import at, told
from desk.sealing.vault import DataKey
from desk.store.keys import Keys
from desk.teaching.taught import part_from

OF_CONVERSATION = text("""
    SELECT content, commands, said_at FROM teaching_lines WHERE conversation_id = :id ORDER BY id
""")
TAUGHT = text("SELECT content, text, commands, settled_at FROM taught_lines WHERE conversation_id = :id ORDER BY id")
ERASE_TAUGHT = text("DELETE FROM taught_lines WHERE conversation_id = :id")
ERASE = text("DELETE FROM teaching_lines WHERE conversation_id = :id")
CHANGES = text("SELECT before, after, said_at FROM model_changes WHERE conversation_id = :id ORDER BY id")
ERASE_CHANGES = text("DELETE FROM model_changes WHERE conversation_id = :id")


@dataclass(frozen=True)
class TaughtBy(TurnPart):
    """What trainers see of a conversation; erasing deletes it, and what was taught by it."""

    keys: Keys

    # The lines first: who labels holds their rows, and what is taught meanwhile is seen by the next statement.
    erases: ClassVar[Sequence[TextClause]] = (ERASE, ERASE_TAUGHT, ERASE_CHANGES)

    async def data_of(
        self, connection: AsyncConnection, conversation_id: UUID, key: DataKey, timezone: tzinfo
    ) -> Mapping[str, Any]:
        """Each line as trainers see it and what they say that it is; what was taught by it; how models read it."""
        rows = await connection.execute(OF_CONVERSATION, {"id": conversation_id})
        taught = (await connection.execute(TAUGHT, {"id": conversation_id})).all()
        return {
            "teaching_lines": [
                {
                    "text": key.open(row.content, "line")["text"],
                    "commands": row.commands,
                    "at": at(row.said_at, timezone),
                }
                for row in rows
            ],
            "taught_lines": [
                {
                    "text": row.text if row.content is None else key.open(row.content, "taught")["text"],
                    "commands": row.commands,
                    "settled_at": at(row.settled_at, timezone),
                }
                for row in taught
            ],
            "model_changes": told(await connection.execute(CHANGES, {"id": conversation_id}), timezone),
        }

    async def forget(self, connection: AsyncConnection, conversation_ids: Sequence[UUID]) -> None:
        """What was taught stays for its term; nothing tells whose it was, and the data key seals it from now on."""
        await part_from(connection, self.keys, conversation_ids)
