"""What the tickets room hands out: frozen rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from desk.contract.staff import Actor, Permission
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
    being asked. `contact_kind` (phone or mail) is of what the resident left to be reached by; it is being asked for
    since `contact_asked_at`. `given_at` is when it was given in turn to who has not opened it yet.
    `backstop` is an agency that may take it up as well; whether `backstop_asked` may is being asked.
    `first_answer_seconds` is office time until a person answered; None: nobody has.
    `also_in` are linked conversations in which what is said of it is said, too (`desk.tickets.talk`).
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
    contact_kind: str | None
    contact_asked_at: datetime | None
    given_at: datetime | None
    team_id: int | None
    backstop: str | None
    backstop_asked: str | None
    first_answer_seconds: int | None
    also_in: Sequence[UUID]
    ended_at: datetime | None

    def admits(self, actor: Actor, permission: Permission) -> bool:
        """Whether somebody holds a permission for it: of its agency, or of its backstop."""
        return actor.may(permission, self.city, self.agency) or (
            self.backstop is not None and actor.may(permission, self.city, self.backstop)
        )

    def insist(self, actor: Actor, permission: Permission) -> None:
        """Insist on that.

        Raises:
            NotPermitted: they do not.
        """
        if not self.admits(actor, permission):
            actor.require(permission, self.city, self.agency)

    @property
    def due_at(self) -> datetime | None:
        """When the first of its clocks runs out; None: none runs."""
        dues = (self.first_answer_due, self.next_answer_due, self.resolution_due)
        return min((one for one in dues if one is not None), default=None)

    @property
    def needs_a_person(self) -> bool:
        """Whether it is of an emergency in which nobody has answered yet: somebody does, or says why not."""
        return self.priority > 0 and self.state in ("open", "claimed") and self.first_answer_seconds is None

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
