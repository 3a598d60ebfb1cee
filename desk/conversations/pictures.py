"""Pictures that residents sent, for agencies that were given their address."""

from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from desk.contract.errors import FileHeld
from desk.conversations.rows import MediaRow
from desk.sealing.opening import Purpose, traced

PICTURE = text("""
    SELECT id, conversation_id, content_type, content, held FROM media_files
    WHERE id = :id AND content_type LIKE 'image/%'
""")


async def find_picture(connection: AsyncConnection, media_id: UUID) -> MediaRow | None:
    """Find a picture; None: there is none, it was erased, or it is a file of another kind. That it was read is kept.

    Raises:
        FileHeld: nobody has looked for malware in it yet.
    """
    row = (await connection.execute(PICTURE, {"id": media_id})).one_or_none()
    if row is None:
        return None
    if row.held:
        raise FileHeld
    key = await traced(connection, row.conversation_id, Purpose.PICTURE, reader="agency")
    return MediaRow(row.id, row.content_type, key.open_file(row.content))
