"""Whether somebody has proved just now who they are, in a conversation."""

from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

PROVED = text("""
    SELECT EXISTS (SELECT FROM proofs WHERE conversation_id = :id AND is_person AND at > now() - interval '30 minutes')
        OR EXISTS (SELECT FROM certificates WHERE conversation_id = :id AND good_until > now())
""")


async def proved_lately(connection: AsyncConnection, conversation_id: UUID) -> bool:
    """By a one-time code to a person's telephone within half an hour, or by a platform's certificate that is good."""
    return bool((await connection.execute(PROVED, {"id": conversation_id})).scalar_one())
