"""Codes for callers who never proved whom they are for: who had none today is not refused for those who had some."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from desk.attempts import counters, limits
from desk.attempts.counters import hashed
from desk.attempts.limits import Windows
from desk.store.keys import Keys


@dataclass(frozen=True, slots=True)
class Strangers:
    """What counts codes to one subject or telephone: by one place, by all, and by all that had one before.

    A place is an address, so that a new session is no new caller; a resident where a platform hides it.
    """

    mine: bytes
    all: bytes
    again: bytes

    @classmethod
    def of(cls, keys: Keys, what: str, value: str, place: str) -> "Strangers":
        """Of codes to `value`, which is a subject or a telephone as `what` says, for a caller at a place."""
        return cls(
            hashed(keys, f"{what} of stranger", place, value),
            hashed(keys, f"{what} of strangers", value),
            hashed(keys, f"{what} of strangers again", value),
        )

    @property
    def keys(self) -> tuple[bytes, ...]:
        """All of them, to be locked before `windows` is asked."""
        return self.mine, self.all, self.again

    async def windows(self, connection: AsyncConnection, now: datetime) -> dict[bytes, Windows]:
        """What one more code for this place counts as, and must be within."""
        counted = await counters.read(connection, {self.mine: limits.CODES_BY_STRANGER}, now)
        windows = {self.mine: limits.CODES_BY_STRANGER, self.all: limits.CODES_BY_STRANGERS}
        return {**windows, self.again: limits.CODES_AGAIN} if counted.times.get(self.mine) else windows
