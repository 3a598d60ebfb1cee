"""How a ticket ends when a clerk closes it: what the resident reads, and what becomes of what they write afterwards.

The same is said to the clerk before they close it, so that neither differs from what happens.
"""

from collections.abc import Set
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from desk.city.files import Agency
from desk.contract.messages import Reply
from desk.sealing.opening import KEY, Purpose, opened
from desk.tickets import notices
from desk.tickets.reference import reference_of
from desk.tickets.rows import TicketRow

DUPLICATE_OF = text("""
    SELECT id FROM tickets
    WHERE conversation_id = :conversation_id AND id <> :id AND matter IS NULL AND state <> 'withdrawn'
    ORDER BY state IN ('open', 'claimed') DESC, id DESC LIMIT 1
""")
"""The other ticket of a conversation that one which is closed as a duplicate is taken for: the last."""
SITUATION = text(f"""
    SELECT dialogue.situation, {KEY.format("dialogue.conversation_id")} AS wrapped
    FROM dialogue_states AS dialogue WHERE dialogue.conversation_id = :id
""")


class CloseReason(StrEnum):
    """Why a ticket is closed."""

    SOLVED = "solved"
    NO_ANSWER = "no_answer"  # the resident wrote no more
    DUPLICATE = "duplicate"
    NOT_OURS = "not_ours"
    SPAM = "spam"


REOPENS = frozenset({CloseReason.SOLVED, CloseReason.NO_ANSWER})
"""What a resident may reopen. `no_answer` is reopened by whatever they write, others by a button."""


@dataclass(frozen=True, slots=True)
class Ending:
    """What closing a ticket for a reason does.

    `said` is what the resident reads; nothing where a conversation is gone. `reopens_days`: so long they may reopen it;
    0: they cannot. `by_writing`: by whatever they write, not by the button under the message.
    """

    reason: CloseReason
    said: Reply
    reopens_days: int

    @property
    def said_there(self) -> Reply:
        """What they read in linked conversations: there nothing reopens it, and no question is open."""
        return notices.closed(str(self.said.args["reference"])) if self.reason in REOPENS else self.said

    @property
    def by_writing(self) -> bool:
        """Whether whatever the resident writes reopens it."""
        return self.reopens_days > 0 and self.reason == CloseReason.NO_ANSWER


def reopens_days(ticket: TicketRow, agency: Agency | None, reason: CloseReason | None) -> int:
    """So many days the resident may reopen a ticket. What lies beside a conversation is reopened by its room alone."""
    return 0 if agency is None or reason not in REOPENS or ticket.matter else agency.answering.reopens_days


def ending(
    ticket: TicketRow, agency: Agency | None, reason: CloseReason, *, wanted: str | None, other: str | None
) -> Ending:
    """How a ticket ends for a reason.

    Args:
        ticket: which one.
        agency: that has it; None: it is not known any more.
        reason: why it is closed.
        wanted: the key of what the assistant still asks the resident for; None: it asks for nothing.
        other: the reference of their other ticket, which a duplicate is taken for.
    """
    days = reopens_days(ticket, agency, reason) if ticket.conversation_id is not None else 0
    return Ending(reason, _said(ticket.reference, agency, reason, days=days, wanted=wanted, other=other), days)


def _said(
    reference: str, agency: Agency | None, reason: CloseReason, *, days: int, wanted: str | None, other: str | None
) -> Reply:
    if reason == CloseReason.DUPLICATE and other is not None:
        return notices.closed_as_duplicate(reference, of=other)
    if reason == CloseReason.NOT_OURS and agency is not None:
        return notices.closed_elsewhere(agency, reference=reference)
    if reason == CloseReason.NO_ANSWER and days:
        return notices.closed_waiting(reference, days=days, wanted=wanted)
    if reason in REOPENS and wanted is not None:
        return notices.closed_unfinished(reference, wanted=wanted, reopens=days > 0)
    return notices.closed(reference, reopens=days > 0)


async def other_of(connection: AsyncConnection, ticket: TicketRow) -> str | None:
    """The reference of the resident's other ticket, which a duplicate is taken for; None: there is none."""
    values = {"id": ticket.id, "conversation_id": ticket.conversation_id}
    found = (await connection.execute(DUPLICATE_OF, values)).scalar_one_or_none()
    return None if found is None else reference_of(found)


async def wanted_in(connection: AsyncConnection, conversation_id: UUID, known: Set[str]) -> str | None:
    """What the assistant asks the resident of a conversation for, as `wanted_of`."""
    row = (await connection.execute(SITUATION, {"id": conversation_id})).one_or_none()
    if row is None or row.situation is None:
        return None
    situation = opened(connection, conversation_id, row.wrapped, Purpose.TURN).open(row.situation, "state") or {}
    return wanted_of(situation.get("field"), situation.get("asks_for"), known)


def wanted_of(field: str | None, asks_for: str | None, known: Set[str]) -> str | None:
    """The key of what is asked for, out of those that are `known`: the field's own, else its entity's. None: nothing.

    Where a yes or no is awaited, nothing is: it has no name.
    """
    names = (f"card.{name}" for name in (field, asks_for) if name)
    return next((key for key in names if key in known), None)
