"""Whose ids have been proved just now, in a conversation."""

from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from desk.attempts.counters import hashed
from desk.store.keys import Keys

PERSON = "person"
"""What an id is hashed as: proofs by its codes, and wishes for them, are known by the same key."""

PROVED = text("""
    SELECT subject FROM proofs WHERE conversation_id = :id AND is_person AND at > now() - interval '30 minutes'
""")


async def proved_lately(connection: AsyncConnection, conversation_id: UUID) -> frozenset[bytes]:
    """Keyed hashes of the ids that were proved by a one-time code to their holder's telephone within half an hour."""
    return frozenset(map(bytes, (await connection.execute(PROVED, {"id": conversation_id})).scalars()))


def of_person(keys: Keys, id_number: str) -> bytes:
    """The keyed hash of an id, as proofs know it."""
    return hashed(keys, PERSON, id_number)
