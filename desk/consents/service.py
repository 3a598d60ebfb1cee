"""The record of consents: written in the turn that brought the answer, given out and erased with the conversation."""

from collections.abc import Iterable
from datetime import tzinfo
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from desk.consent import Consent
from desk.messages import Effect

RECORD = text("""
    INSERT INTO consents (conversation_id, city, agency, service, field, entity, purpose, given_at)
    VALUES (:conversation_id, :city, :agency, :service, :field, :entity, :purpose, clock_timestamp())
""")
OF_CONVERSATION = text("""
    SELECT city, agency, service, field, entity, purpose, given_at FROM consents
    WHERE conversation_id = :conversation_id ORDER BY id
""")
ERASE = text("DELETE FROM consents WHERE conversation_id = :id")


async def record(connection: AsyncConnection, conversation_id: UUID, effects: Iterable[Effect]) -> None:
    """Record the consents among the effects of a turn, in its transaction; other effects are left alone."""
    given = [
        {**effect.model_dump(exclude={"type"}), "conversation_id": conversation_id}
        for effect in effects
        if isinstance(effect, Consent)
    ]
    if given:
        await connection.execute(RECORD, given)


async def data_of(connection: AsyncConnection, conversation_id: UUID, *, timezone: tzinfo) -> list[dict[str, Any]]:
    """Give out what was consented to in a conversation, the oldest first, as JSON values."""
    return [
        {**row._mapping, "given_at": row.given_at.astimezone(timezone).isoformat(timespec="seconds")}
        for row in await connection.execute(OF_CONVERSATION, {"conversation_id": conversation_id})
    ]
