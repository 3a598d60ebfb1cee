"""Texts that are to be sent: one for each wait, written in the transaction of the answer, and taken back with it.

A wait begins with what the resident wrote last. The telephone is the one that they left; whoever takes it back, or has
everything erased, takes the texts back that were not sent yet.
"""

from collections.abc import Collection
from datetime import timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from desk.conversations.service import OF_STAFF
from desk.conversations.stream import dump
from desk.store.jobs import REPLIES, defer
from desk.tickets.rows import TicketRow

SEND = "tickets.send_text"
MOMENT = timedelta(minutes=1)
"""So long a resident has to come back by themselves, and a clerk to write on."""
ENDS_WITH_NEWS: Collection[str] = ("solved", "not_ours")
"""Closing for these reasons is an answer, too."""

KEPT = text("SELECT contact FROM tickets WHERE id = :id AND contact_kind = 'phone'")
WISH = text(f"""
    INSERT INTO contact_texts (ticket_id, conversation_id, contact, due_at)
    SELECT :ticket_id, :conversation_id, CAST(:contact AS jsonb), clock_timestamp() + :moment
    WHERE NOT EXISTS (
        SELECT FROM contact_texts AS earlier
        WHERE earlier.conversation_id = :conversation_id AND earlier.made_at > coalesce((
            SELECT max(message.received_at) FROM inbound_messages AS message
            WHERE message.conversation_id = :conversation_id AND message.external_id NOT LIKE '{OF_STAFF}%'
        ), '-infinity'))
    RETURNING id
""")
TAKE_BACK = text("DELETE FROM contact_texts WHERE ticket_id = :ticket_id AND state = 'waiting'")
STOP = text("""
    INSERT INTO text_stops (person) SELECT :person
    WHERE EXISTS (SELECT FROM contact_texts WHERE person = :person)
    ON CONFLICT (person) DO NOTHING
""")


async def telephone_of(connection: AsyncConnection, ticket: TicketRow) -> dict[str, Any] | None:
    """The telephone that is left at a ticket, sealed as it is kept; None: there is none."""
    if ticket.contact_kind != "phone":
        return None
    found: dict[str, Any] | None = (await connection.execute(KEPT, {"id": ticket.id})).scalar_one_or_none()
    return found


async def wish(connection: AsyncConnection, ticket: TicketRow, contact: dict[str, Any]) -> bool:
    """Have the resident of a ticket told that there is an answer, unless they were since they wrote last.

    Answers whether they will be.
    """
    values = {
        "ticket_id": ticket.id,
        "conversation_id": ticket.conversation_id,
        "contact": dump(contact),
        "moment": MOMENT,
    }
    number = (await connection.execute(WISH, values)).scalar_one_or_none()
    if number is None:
        return False
    await send_later(connection, int(number), MOMENT)
    return True


async def send_later(connection: AsyncConnection, number: int, after: timedelta) -> None:
    """Queue the job that sends a text."""
    await defer(connection, SEND, lane=REPLIES, after=after, text_id=number)


async def take_back(connection: AsyncConnection, ticket_id: int) -> None:
    """Send nothing any more to a telephone that was taken back."""
    await connection.execute(TAKE_BACK, {"ticket_id": ticket_id})


async def stop(connection: AsyncConnection, person: str) -> None:
    """Send no such texts to a telephone any more, whoever leaves it. `person` is its keyed hash."""
    await connection.execute(STOP, {"person": person})
