"""Who read what, to be exported: each trace as a line, without what was read (`desk.sealing.opening` appends them)."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from desk.store.paging import in_pages

FIRST = text("SELECT min(at) FROM openings")
BETWEEN = text("""
    SELECT id, at, conversation_id, purpose, reader FROM openings
    WHERE id > :after AND at >= :since AND at < :until ORDER BY id LIMIT :limit
""")


async def first_trace(connection: AsyncConnection) -> datetime | None:
    """When the oldest was left; None: there is none."""
    found: datetime | None = (await connection.execute(FIRST)).scalar_one()
    return found


async def traces(connection: AsyncConnection, since: datetime, until: datetime) -> AsyncIterator[str]:
    """Those from a time on and before another, in order, a line of JSON each."""
    async for row in in_pages(connection, BETWEEN, {"since": since, "until": until}, by="id"):
        said = {
            "id": row.id,
            "at": row.at.astimezone(UTC).isoformat(timespec="microseconds"),
            "conversation": str(row.conversation_id),
            "purpose": row.purpose,
            "reader": row.reader,
        }
        yield json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
