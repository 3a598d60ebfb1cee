"""What the tickets room hands out: frozen rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from desk.tickets.reference import reference_of

MENDING_MATTER = "grade:"
"""How the matter of a ticket begins in which a bad grade is mended; the graded ticket's reference follows."""


@dataclass(frozen=True, slots=True)
class TicketRow:
    """A ticket. `state` is open, claimed, handed_back, closed or withdrawn; times are aware, in UTC.

    `agency` is the slug of who answers; empty: of before tickets had one. `claimed_by` is a login.
    `matter` names what must be settled beside the conversation; there may be no conversation any more then. A ticket
    of a higher `priority` comes before all of a lower one. One that is claimed may be on hold until `held_until`. The
    three due times are of its clocks that run (`desk.tickets.clocks`). Whether `transfer_to`, an agency, may have it is
    being asked.
    """

    id: int
    conversation_id: UUID | None
    city: str
    agency: str
    state: str
    opened_by: str
    reason: str
    service: str | None
    claimed_by: str | None
    opened_at: datetime
    notices: int
    matter: str | None
    priority: int
    urgency: str
    close_reason: str | None
    transfer_to: str | None
    reopens_until: datetime | None
    held_until: datetime | None
    snoozed_until: datetime | None
    first_answer_due: datetime | None
    next_answer_due: datetime | None
    resolution_due: datetime | None
    escalated: int
    tags: Sequence[str]

    @property
    def due_at(self) -> datetime | None:
        """When the first of its clocks runs out; None: none runs."""
        dues = (self.first_answer_due, self.next_answer_due, self.resolution_due)
        return min((one for one in dues if one is not None), default=None)

    @property
    def is_mending(self) -> bool:
        """Whether a bad grade is mended in it."""
        return self.matter is not None and self.matter.startswith(MENDING_MATTER)

    @property
    def reference(self) -> str:
        return reference_of(self.id)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a conversation as staff see it, masked. `author` is resident, bot or clerk.

    `delivery` is what became of a message that a channel sends: waiting, sending, sent, unknown, dead or dropped.
    `channel` is where it was said, if not in the ticket's own conversation.
    """

    at: datetime
    author: str
    text: str
    delivery: str | None = None
    channel: str | None = None
