"""Lines in what is given out and erased."""

from collections.abc import Mapping, Sequence
from datetime import tzinfo
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection

from desk.conversations.ports import TurnPart
from desk.conversations.times import at, told
from desk.sealing.vault import DataKey

OF_CONVERSATION = text("""
    SELECT content, commands, said_at FROM teaching_lines WHERE conversation_id = :id ORDER BY id
""")
TAUGHT = text("SELECT text, commands, settled_at FROM taught_lines WHERE conversation_id = :id ORDER BY id")
ERASE_TAUGHT = text("DELETE FROM taught_lines WHERE conversation_id = :id")
ERASE = text("DELETE FROM teaching_lines WHERE conversation_id = :id")
CHANGES = text("SELECT before, after, said_at FROM model_changes WHERE conversation_id = :id ORDER BY id")
ERASE_CHANGES = text("DELETE FROM model_changes WHERE conversation_id = :id")


class TaughtBy(TurnPart):
    """What trainers see of a conversation; erasing deletes it, and what was taught by it."""

    erases: ClassVar[Sequence[TextClause]] = (ERASE_TAUGHT, ERASE, ERASE_CHANGES)

    async def data_of(
        self, connection: AsyncConnection, conversation_id: UUID, key: DataKey, timezone: tzinfo
    ) -> Mapping[str, Any]:
        """Each line as trainers see it and what they say that it is; what was taught by it; how models read it."""
        rows = await connection.execute(OF_CONVERSATION, {"id": conversation_id})
        return {
            "teaching_lines": [
                {
                    "text": key.open(row.content, "line")["text"],
                    "commands": row.commands,
                    "at": at(row.said_at, timezone),
                }
                for row in rows
            ],
            "taught_lines": told(await connection.execute(TAUGHT, {"id": conversation_id}), timezone),
            "model_changes": told(await connection.execute(CHANGES, {"id": conversation_id}), timezone),
        }
