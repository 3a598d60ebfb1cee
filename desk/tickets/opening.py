"""Opening a ticket to read it: by somebody who may, of the whole talk, kept in the audit in the same transaction."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from desk.audit.trail import record
from desk.contract.staff import Actor, Permission
from desk.store.database import transaction
from desk.tickets.grades.ledger import insist_not_about
from desk.tickets.room import find
from desk.tickets.rows import TicketRow
from desk.tickets.talk import Conversation, channels_read, conversations_of


@dataclass(slots=True)
class Opening:
    """A ticket that is being read, in its transaction. `talk` is the resident's conversations, its own first."""

    connection: AsyncConnection
    actor: Actor
    ticket: TicketRow
    talk: Sequence[Conversation]
    details: Mapping[str, Any] = field(default_factory=dict)
    is_kept: bool = True

    def read(self, **details: Any) -> None:
        """Say what was read, where that is not simply the talk."""
        self.details = details

    def nothing_new(self) -> None:
        """Keep no record: a page that was opened, with one, is only kept fresh."""
        self.is_kept = False


@asynccontextmanager
async def opening(
    engine: AsyncEngine, actor: Actor, ticket_id: int, permission: Permission, act: str, *, reason: str = ""
) -> AsyncIterator[Opening]:
    """Read a ticket: the block reads, and `act` stands in the audit with it.

    Raises:
        NotFound: there is no such ticket, or it mends a grade of the actor's.
        NotPermitted: the permission is not held for it.
    """
    async with transaction(engine) as connection:
        ticket = await find(connection, ticket_id)
        ticket.insist(actor, permission)
        await insist_not_about(connection, ticket, actor)
        talk = [] if ticket.conversation_id is None else await conversations_of(connection, ticket.conversation_id)
        opened = Opening(connection, actor, ticket, talk, channels_read(talk))
        yield opened
        if opened.is_kept:
            await record(
                connection,
                actor,
                act,
                subject=ticket.reference,
                of=ticket,
                reason=reason,
                details=opened.details,
            )
