"""What the tickets room hands out: frozen rows."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from desk.tickets.reference import reference_of


@dataclass(frozen=True, slots=True)
class TicketRow:
    """A ticket. `state` is open, claimed, handed_back, closed or withdrawn; times are aware, in UTC.

    `matter` names what must be settled beside the conversation; there may be no conversation any more then. A ticket
    of a higher `priority` comes before all of a lower one.
    """

    id: int
    conversation_id: UUID | None
    city: str
    state: str
    opened_by: str
    reason: str
    service: str | None
    claimed_by: str | None
    opened_at: datetime
    notices: int
    matter: str | None
    priority: int

    @property
    def reference(self) -> str:
        return reference_of(self.id)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a conversation as staff see it, masked. `author` is resident, bot or clerk.

    `delivery` is what became of a message that a channel sends: waiting, sending, sent, unknown, dead or dropped.
    """

    at: datetime
    author: str
    text: str
    delivery: str | None = None
