"""What is to be sent of answers: one for each wait, written in the transaction of the answer, and taken back with it.

A wait begins with what the resident wrote last. It goes to the telephone or the address that they left; whoever takes
that back, or has everything erased, takes back what was not sent yet.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from desk.conversations.service import OF_STAFF
from desk.conversations.stream import dump
from desk.store.deferring import REPLIES, defer
from desk.tickets.rows import TicketRow

type Way = Literal["phone", "mail"]
SEND_TEXT, SEND_MAIL = "tickets.send_text", "tickets.send_mail"
SEND: Mapping[Way, str] = {"phone": SEND_TEXT, "mail": SEND_MAIL}
MOMENT = timedelta(minutes=1)
"""So long a resident has to come back by themselves, and a clerk to write on."""
ENDS_WITH_NEWS: Collection[str] = ("solved", "not_ours")
"""Closing for these reasons is an answer, too."""

KEPT = text("SELECT contact FROM tickets WHERE id = :id AND contact IS NOT NULL")
WISH = text(f"""
    INSERT INTO contact_texts (ticket_id, conversation_id, kind, contact, due_at)
    SELECT :ticket_id, :conversation_id, :kind, CAST(:contact AS jsonb), clock_timestamp() + :moment
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


@dataclass(frozen=True, slots=True)
class Left:
    """What a resident left to be reached by, sealed as it is kept."""

    way: Way
    sealed: dict[str, Any]


async def left_at(connection: AsyncConnection, ticket: TicketRow) -> Left | None:
    """What is left at a ticket; None: nothing is."""
    if ticket.contact_kind is None:
        return None
    sealed = (await connection.execute(KEPT, {"id": ticket.id})).scalar_one_or_none()
    return None if sealed is None else Left("mail" if ticket.contact_kind == "mail" else "phone", sealed)


async def wish(connection: AsyncConnection, ticket: TicketRow, left: Left) -> bool:
    """Have the resident of a ticket told that there is an answer, unless they were since they wrote last.

    Answers whether they will be.
    """
    values = {
        "ticket_id": ticket.id,
        "conversation_id": ticket.conversation_id,
        "kind": left.way,
        "contact": dump(left.sealed),
        "moment": MOMENT,
    }
    number = (await connection.execute(WISH, values)).scalar_one_or_none()
    if number is None:
        return False
    await send_later(connection, int(number), left.way, MOMENT)
    return True


async def send_later(connection: AsyncConnection, number: int, way: Way, after: timedelta) -> None:
    """Queue the job that sends it."""
    await defer(connection, SEND[way], lane=REPLIES, after=after, text_id=number)


async def take_back(connection: AsyncConnection, ticket_id: int) -> None:
    """Send nothing any more to what was taken back."""
    await connection.execute(TAKE_BACK, {"ticket_id": ticket_id})


async def stop(connection: AsyncConnection, person: str) -> None:
    """Send no such texts to a telephone any more, whoever leaves it. `person` is its keyed hash."""
    await connection.execute(STOP, {"person": person})
