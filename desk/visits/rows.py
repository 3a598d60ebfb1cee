"""What the visits room hands out."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

GOOD = timedelta(minutes=30)
"""So long a visit lasts from its last proof: as long as a one-time code proves anything here."""


@dataclass(frozen=True, slots=True)
class Visit:
    """A visit. Times are aware, in UTC.

    `conversation_id` is that of the chat in the same browser, as long as its session lasts, `channel` its channel,
    `opened_by` the hash of that session.
    `telephone` is the hash of the one that was proved; `typed` is what was typed, proved or not. A code is on its way
    where `sent_at` is a time.
    `kept` are the conversations that the telephone's holder wants to see everywhere; `keeps`: this chat's is one.
    """

    id: int
    city: str
    conversation_id: UUID | None
    channel: str | None
    telephone: bytes | None
    typed: str | None = field(repr=False)
    sent_at: datetime | None
    good_until: datetime
    kept: Sequence[UUID] = ()
    keeps: bool = False
    opened_by: bytes | None = field(default=None, repr=False)

    @property
    def whole(self) -> tuple[UUID, ...]:
        """Conversations all of whose matters are the visitor's."""
        own = () if self.conversation_id is None else (self.conversation_id,)
        return tuple(dict.fromkeys((*own, *self.kept)))


@dataclass(frozen=True, slots=True)
class Refused:
    """What was not done: too much of it was (`until` a time), or the code is `wrong`, `old` or `void`.

    `left` is how often the same code may be tried again.
    """

    why: Literal["too_many_codes", "too_many_tries", "wrong", "old", "void"]
    until: datetime | None = None
    left: int = 0
