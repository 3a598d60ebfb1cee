"""The record of consents: written in the turn that brought the answer, given out, and left as receipts."""

from collections.abc import Iterable
from datetime import datetime, tzinfo
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from desk.consent import Consent
from desk.messages import Effect
from desk.sealing.opening import session_hash

RECORD = text("""
    INSERT INTO consents (conversation_id, session, city, agency, service, field, entity, purpose, given_at)
    VALUES (:conversation_id, :session, :city, :agency, :service, :field, :entity, :purpose, clock_timestamp())
""")
OF_CONVERSATION = text("""
    SELECT city, agency, service, field, entity, purpose, given_at FROM consents
    WHERE conversation_id = :conversation_id ORDER BY id
""")
RECEIPTS = text("""
    SELECT city, agency, service, field, entity, purpose, given_at, parted_at AS erased_at FROM consents
    WHERE session = :session AND conversation_id IS NULL ORDER BY id
""")
PART = text("""
    UPDATE consents SET conversation_id = NULL, session = :session, parted_at = clock_timestamp()
    WHERE conversation_id = :conversation_id
""")
# What an older version recorded of a conversation that was forgotten since has no hash, and proves nothing.
FORGET = text("""
    DELETE FROM consents WHERE conversation_id IS NULL
    AND (session IS NULL OR coalesce(parted_at, given_at) < now() - make_interval(years => :years))
""")


async def record(connection: AsyncConnection, conversation_id: UUID, effects: Iterable[Effect]) -> None:
    """Record the consents among the effects of a turn, in its transaction; other effects are left alone."""
    session = session_hash(connection, conversation_id)
    given = [
        {**effect.model_dump(exclude={"type"}), "conversation_id": conversation_id, "session": session}
        for effect in effects
        if isinstance(effect, Consent)
    ]
    if given:
        await connection.execute(RECORD, given)


async def part(connection: AsyncConnection, conversation_id: UUID) -> None:
    """Part consents from a conversation that is erased: they stay as receipts."""
    session = session_hash(connection, conversation_id)
    await connection.execute(PART, {"conversation_id": conversation_id, "session": session})


async def forget(connection: AsyncConnection, *, years: int) -> int:
    """Delete receipts of what was erased longer ago. Answers how many."""
    return (await connection.execute(FORGET, {"years": years})).rowcount


async def data_of(connection: AsyncConnection, conversation_id: UUID, *, timezone: tzinfo) -> list[dict[str, Any]]:
    """Give out what was consented to in a conversation, the oldest first, as JSON values."""
    return _told(await connection.execute(OF_CONVERSATION, {"conversation_id": conversation_id}), timezone)


async def receipts_of(connection: AsyncConnection, conversation_id: UUID, *, timezone: tzinfo) -> list[dict[str, Any]]:
    """Give out the receipts that stayed when the conversation was erased before."""
    session = session_hash(connection, conversation_id)
    return _told(await connection.execute(RECEIPTS, {"session": session}), timezone)


def _told(rows: Iterable[Any], timezone: tzinfo) -> list[dict[str, Any]]:
    return [
        {
            name: value.astimezone(timezone).isoformat(timespec="seconds") if isinstance(value, datetime) else value
            for name, value in row._mapping.items()
        }
        for row in rows
    ]
