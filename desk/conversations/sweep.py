"""The sweep: finds, by the store alone, conversations whose bell was not rung or not heard.

It walks the index of unanswered messages from conversation to conversation (however many messages wait in one), a
bounded stretch each time, and goes on where it stopped.
"""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine

from desk.store.database import single_statements

STRETCH = 500
FIRST = UUID(int=0)

WALK = text("""
    WITH RECURSIVE waiting AS (
        (SELECT conversation_id, next_try_at, received_at FROM inbound_messages
         WHERE answered_at IS NULL AND conversation_id > :after ORDER BY conversation_id, id LIMIT 1)
        UNION ALL
        SELECT following.conversation_id, following.next_try_at, following.received_at
        FROM waiting CROSS JOIN LATERAL (
            SELECT conversation_id, next_try_at, received_at FROM inbound_messages
            WHERE answered_at IS NULL AND conversation_id > waiting.conversation_id
            ORDER BY conversation_id, id LIMIT 1
        ) AS following
    )
    SELECT conversation_id, next_try_at IS NULL OR next_try_at <= clock_timestamp(),
           extract(epoch FROM clock_timestamp() - received_at)::float8
    FROM waiting LIMIT :limit
""")

# The first unanswered of a conversation decides: those behind one that is tried later are not due before it.
WAITS = text("""
    SELECT EXISTS (
        SELECT FROM inbound_messages AS message
        WHERE answered_at IS NULL AND (next_try_at IS NULL OR next_try_at <= clock_timestamp())
          AND NOT EXISTS (SELECT FROM inbound_messages AS earlier
                          WHERE earlier.conversation_id = message.conversation_id AND earlier.answered_at IS NULL
                            AND earlier.id < message.id))
""")


async def somebody_waits(engine: AsyncEngine) -> bool:
    """Whether a message is unanswered that is due, at whatever process; False where the store cannot be asked."""
    try:
        async with single_statements(engine) as connection:
            return bool((await connection.execute(WAITS)).scalar_one())
    except (DBAPIError, PoolTimeout, OSError):
        return False


@dataclass(frozen=True, slots=True)
class Found:
    """One stretch of the sweep: conversations with something due; and how many wait, and how long the first, in all.

    Where they are more than a stretch both are of the last whole walk, or of this one once that has seen more.
    """

    due: list[UUID]
    waiting: int
    oldest_seconds: float


class Sweep:
    """Walks on with each call."""

    def __init__(self, engine: AsyncEngine, stretch: int = STRETCH) -> None:
        self._engine = engine
        self._stretch = stretch
        self._after = FIRST
        self._whole, self._walked = (0, 0.0), (0, 0.0)  # how many wait, and the first of them since how many seconds

    async def look(self) -> Found:
        """Look at the next stretch.

        Raises:
            sqlalchemy.exc.DBAPIError: the database cannot be reached.
        """
        async with single_statements(self._engine) as connection:
            rows = (await connection.execute(WALK, {"after": self._after, "limit": self._stretch})).all()
        self._after = rows[-1][0] if len(rows) == self._stretch else FIRST
        count, oldest = self._walked
        self._walked = count + len(rows), max([oldest, *(age for _, _, age in rows)])
        if self._after == FIRST:
            self._whole, self._walked = self._walked, (0, 0.0)
        waiting, oldest = (max(pair) for pair in zip(self._whole, self._walked, strict=True))
        return Found([conversation for conversation, due, _ in rows if due], int(waiting), oldest)
