"""What is given out of emergencies, and erased."""

from collections.abc import Mapping
from datetime import tzinfo
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from desk.conversations.ports import TurnPart
from desk.conversations.times import told
from desk.sealing.vault import DataKey

OF_CONVERSATION = text("""
    SELECT kind, kinds, opened_at, ended_at FROM emergencies WHERE conversation_id = :id ORDER BY id
""")
ERASE = text("DELETE FROM emergencies WHERE conversation_id = :id")


class KeptEmergencies(TurnPart):
    """Emergencies that residents wrote of. Hearing them comes before a turn's parts: `desk.safety.service`."""

    async def data_of(
        self,
        connection: AsyncConnection,
        conversation_id: UUID,
        key: DataKey,  # noqa: ARG002
        timezone: tzinfo,
    ) -> Mapping[str, Any]:
        return {"emergencies": told(await connection.execute(OF_CONVERSATION, {"id": conversation_id}), timezone)}

    async def erase(self, connection: AsyncConnection, conversation_id: UUID) -> None:
        await connection.execute(ERASE, {"id": conversation_id})
