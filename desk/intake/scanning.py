"""Files that nobody has looked at for malware: kept back, looked at each minute, given free or deleted.

At the door a file is looked at before it is kept, for a few seconds; turns wait for no scanner (decision 29).
"""

import time
from dataclasses import dataclass
from uuid import UUID

import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from desk.contract.errors import NotFound
from desk.contract.messages import Reply
from desk.conversations import stream
from desk.conversations.live import Live
from desk.conversations.rows import message_event
from desk.media.scanning import Scanner, Verdict
from desk.sealing.opening import KEY, Purpose, opened
from desk.store.database import transaction
from desk.store.keys import Unsealable
from desk.texts.catalogs import Catalogs

log = structlog.get_logger(__name__)

SECONDS = 30.0  # of a minute: other upkeep has its turn too
GIVES_UP = 3  # files in a row that could not be looked at: the scanner is away

HOLD = text("UPDATE media_files SET held = true WHERE scanned_at IS NULL AND NOT held")
NEXT = text(f"""
    SELECT id, conversation_id, content, {KEY.format("media_files.conversation_id")} AS wrapped FROM media_files
    WHERE scanned_at IS NULL AND held AND (tried_at IS NULL OR tried_at < :begun)
    ORDER BY tried_at NULLS FIRST, created_at DESC LIMIT 1
""")
FREE = text("UPDATE media_files SET held = false, scanned_at = clock_timestamp() WHERE id = :id")
TRIED = text("UPDATE media_files SET tried_at = clock_timestamp() WHERE id = :id")
DROP = text("DELETE FROM media_files WHERE id = :id RETURNING id")
NOW = text("SELECT clock_timestamp()")


@dataclass(frozen=True, slots=True)
class Waiting:
    """A file that waits, opened."""

    id: UUID
    conversation_id: UUID
    content: bytes


@dataclass(frozen=True, slots=True)
class Scanning:
    """Looks at what waits, and tells residents of what was found."""

    engine: AsyncEngine
    live: Live
    catalogs: Catalogs
    scanner: Scanner

    async def look(self) -> int:
        """Look at files for some seconds, the newest of those first that were never looked at; answers at how many.

        Files of before there was a scanner are kept back from now on, too, until it is their turn.
        """
        if not self.scanner.looks:
            return 0
        async with transaction(self.engine) as connection:
            await connection.execute(HOLD)
            begun = (await connection.execute(NOW)).scalar_one()
        until, looked, failed = time.monotonic() + SECONDS, 0, 0
        while failed < GIVES_UP and time.monotonic() < until and (file := await self._next(begun)):
            verdict = await self.scanner.scan(file.content)
            await self._settle(file, verdict)
            failed = failed + 1 if verdict == Verdict.UNKNOWN else 0
            looked += verdict != Verdict.UNKNOWN
        return looked

    async def _next(self, begun: object) -> Waiting | None:
        while True:
            async with self.engine.connect() as connection:
                row = (await connection.execute(NEXT, {"begun": begun})).one_or_none()
                if row is None:
                    return None
                try:
                    key = opened(connection, row.conversation_id, row.wrapped, Purpose.UPKEEP)
                    return Waiting(row.id, row.conversation_id, key.open_file(row.content))
                except Unsealable:  # its key is gone, as after a restore: nobody can open it, and others wait
                    log.warning("file_unreadable", file=str(row.id))
            async with transaction(self.engine) as connection:
                await connection.execute(TRIED, {"id": row.id})

    async def _settle(self, file: Waiting, verdict: Verdict) -> None:
        if verdict == Verdict.MALWARE:
            await self._drop(file)
            return
        async with transaction(self.engine) as connection:
            await connection.execute(FREE if verdict == Verdict.CLEAN else TRIED, {"id": file.id})

    async def _drop(self, file: Waiting) -> None:
        """Delete it, and say so in its conversation."""
        async with transaction(self.engine) as connection:
            try:
                conversation = await stream.lock(connection, file.conversation_id)
            except NotFound:  # forgotten in between, and the file with it
                return
            if (await connection.execute(DROP, {"id": file.id})).one_or_none() is None:
                return  # erased in between
            said = self.catalogs.render(Reply(key="channels.file_deleted"), conversation.locale)
            await stream.append(connection, file.conversation_id, [message_event(said, author="bot")])
        log.warning("malware_deleted", conversation_id=str(file.conversation_id))
        await self.live.publish(file.conversation_id)
