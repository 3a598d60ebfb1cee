"""How many files are held, and how long: nobody opens one before a look for malware, be a scanner named or not."""

from dataclasses import dataclass
from datetime import timedelta

import structlog
from prometheus_client import Gauge
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

HELD_FILES = Gauge("desk_files_held", "Files from residents that nobody may open before a look for malware")
HELD_SECONDS = Gauge("desk_files_held_seconds", "For how long the oldest of them has been here, in seconds")

COUNT = text("""
    SELECT count(*) AS files, coalesce(clock_timestamp() - min(created_at), interval '0') AS oldest
    FROM media_files WHERE held
""")

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Held:
    """So many files are held; `oldest` is since when the oldest has been here."""

    files: int
    oldest: timedelta


async def count_held(connection: AsyncConnection) -> Held:
    """Count what is held, and show it to monitors."""
    row = (await connection.execute(COUNT)).one()
    held = Held(row.files, row.oldest)
    HELD_FILES.set(held.files)
    HELD_SECONDS.set(held.oldest.total_seconds())
    return held


async def watch_held(engine: AsyncEngine, *, looks: bool, says_so: bool) -> None:
    """Count them for monitors; log them, if it is time to, where no scanner is named that `looks`."""
    async with engine.connect() as connection:
        held = await count_held(connection)
    if held.files and says_so and not looks:
        log.warning("files_held_without_scanner", files=held.files, hours=held.oldest // timedelta(hours=1))
