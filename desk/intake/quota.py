"""How many files platforms bring of one resident: a quota of a day, on all accounts of the platform."""

from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from desk.safety.store import LATELY

FILES_A_DAY = 50
BYTES_A_DAY = 100_000_000
"""Of one resident within 24 hours: what a session of the web chat may keep in all (`desk.web.limits`), and the texts of
`channels.file_quota` say."""

KEPT = text(f"""
    SELECT {LATELY} AS is_urgent, kept.files, kept.size
    FROM conversations AS conversation, LATERAL (
        SELECT count(*) AS files, coalesce(sum(octet_length(file.content)), 0) AS size
        FROM residents AS mine
        JOIN residents AS one ON one.id = mine.id OR one.person = mine.person
        JOIN conversations AS theirs ON theirs.resident_id = one.id
        JOIN media_files AS file ON file.conversation_id = theirs.id
        WHERE mine.id = conversation.resident_id AND file.created_at > clock_timestamp() - interval '1 day'
    ) AS kept
    WHERE conversation.id = :id
""")


async def has_room(connection: AsyncConnection, conversation_id: UUID, size: int) -> bool:
    """Whether a file of so many bytes is within the quota of who sent it; in an emergency it is.

    Files that are loaded at the same moment do not count each other. True where the conversation was forgotten.
    """
    row = (await connection.execute(KEPT, {"id": conversation_id})).one_or_none()
    if row is None or row.is_urgent:
        return True
    return bool(row.files < FILES_A_DAY and row.size + size <= BYTES_A_DAY)
