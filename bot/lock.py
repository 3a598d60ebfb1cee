"""No lock: the row lock of the worker's transaction orders the turns of a conversation (docs/explanation/a-turn.md)."""

from contextlib import asynccontextmanager
from typing import AsyncGenerator

from rasa.core.lock import TicketLock
from rasa.core.lock_store import LockStore


class NoLockStore(LockStore):
    """Gives every caller its lock at once."""

    @asynccontextmanager
    async def lock(
        self, conversation_id: str, lock_lifetime: float = 0, wait_time_in_seconds: float = 0
    ) -> AsyncGenerator[TicketLock, None]:
        """Enters at once."""
        yield TicketLock(conversation_id)
