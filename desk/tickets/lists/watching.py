"""Which tickets are open on pages of this process, and that one of them has changed: one question for all of them.

What changes a ticket is told by no hint of its own, so the store is asked each few seconds, however many pages there
are, and a page looks at its ticket when it is woken.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager

import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from desk.store.database import OUTAGES, single_statements

log = structlog.get_logger(__name__)

EACH_SECONDS = 5.0
ANSWER_SECONDS = 5.0

VERSIONS = text("""
    SELECT ticket.id, (hashtextextended(CAST(ticket AS text), 0),
                       (SELECT count(*) FROM ticket_events WHERE ticket_id = ticket.id),
                       (SELECT count(*) FROM ticket_notes WHERE ticket_id = ticket.id))::text AS version
    FROM tickets AS ticket WHERE ticket.id = ANY (CAST(:ids AS bigint[]))
""")

type Wake = Callable[[], None]


class OpenTickets:
    """Wakes pages whose ticket has changed."""

    def __init__(self, engine: AsyncEngine, *, each_seconds: float = EACH_SECONDS) -> None:
        self._engine = engine
        self._each_seconds = each_seconds
        self._pages: dict[int, list[Wake]] = {}
        self._versions: dict[int, str | None] = {}
        self._looking: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def watching(self, ticket_id: int, wake: Wake) -> AsyncIterator[None]:
        """Have `wake` called whenever a ticket has changed, during the block. Whoever enters looks at it afterwards."""
        if ticket_id not in self._pages:
            self._versions[ticket_id] = (await self._read([ticket_id])).get(ticket_id)
        self._pages.setdefault(ticket_id, []).append(wake)
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look(), name="tickets that are open")
        try:
            yield
        finally:
            self._leave(ticket_id, wake)

    def _leave(self, ticket_id: int, wake: Wake) -> None:
        self._pages[ticket_id].remove(wake)
        if not self._pages[ticket_id]:
            del self._pages[ticket_id], self._versions[ticket_id]
        if not self._pages and self._looking is not None:
            self._looking.cancel()
            self._looking = None

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(self._each_seconds)
            asked = dict(self._versions)
            try:
                found = await self._read(asked)
            except OUTAGES as exc:  # no page can be read then, either
                log.warning("open_tickets_not_seen", error=type(exc).__name__)
                continue
            for ticket_id, before in asked.items():
                if found.get(ticket_id) != before and ticket_id in self._pages:
                    self._versions[ticket_id] = found.get(ticket_id)
                    for wake in self._pages[ticket_id]:
                        wake()

    async def _read(self, ids: Iterable[int]) -> dict[int, str]:
        async with asyncio.timeout(ANSWER_SECONDS), single_statements(self._engine) as connection:
            rows = (await connection.execute(VERSIONS, {"ids": list(ids)})).all()
        return {row.id: row.version for row in rows}
