"""Telling a waiting resident, once and unasked, where in the queue their ticket stands, while somebody could answer."""

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from desk.city.files import City
from desk.contract.errors import NotFound
from desk.conversations import stream
from desk.conversations.live import Live
from desk.conversations.rows import message_event, offers_after
from desk.store.database import transaction
from desk.texts.catalogs import Catalogs
from desk.tickets import notices
from desk.tickets.hours import agency_of, is_open, opens_at
from desk.tickets.queue import COLUMNS, REMIND_AFTER, minutes_of, remind_later, standing_of
from desk.tickets.rows import TicketRow

FIND = text("SELECT conversation_id FROM tickets WHERE id = :id")
# The fence: whoever comes second, a job that was taken over or the frozen worker that wakes up, changes nothing.
WAITS = text(f"SELECT {COLUMNS} FROM tickets WHERE id = :id AND state = 'open' AND reminded_at IS NULL FOR UPDATE")
MARK = text("UPDATE tickets SET reminded_at = clock_timestamp() WHERE id = :id")


async def remind(
    engine: AsyncEngine, live: Live, catalogs: Catalogs, cities: dict[str, City], ticket_id: int, *, now: datetime
) -> bool:
    """Tell the resident the present place, unless the ticket was claimed, ended or told of before.

    While the office is closed nobody is reminded: it waits until some minutes after it opens. Answers whether it did.
    """
    async with transaction(engine) as connection:
        conversation_id = (await connection.execute(FIND, {"id": ticket_id})).scalar_one_or_none()
        if conversation_id is None:
            return False
        try:
            conversation = await stream.lock(connection, conversation_id)
        except NotFound:  # forgotten in between
            return False
        row = (await connection.execute(WAITS, {"id": ticket_id})).one_or_none()
        if row is None:
            return False
        ticket = TicketRow(**row._mapping)
        city = cities[ticket.city]
        agency = agency_of(city, ticket.agency, channel=conversation.channel, service=ticket.service)
        if not is_open(agency, city, city.local(now)):
            opening = opens_at(agency, city, city.local(now))
            if opening is not None:
                await remind_later(connection, ticket, after=opening - now + REMIND_AFTER)
            return False
        await connection.execute(MARK, {"id": ticket_id})
        standing = await standing_of(connection, ticket)
        reply = notices.still_waiting(
            city,
            agency=agency,
            reference=ticket.reference,
            place=standing.place,
            overtaken=standing.overtaken,
            minutes=await minutes_of(connection, ticket),
            now=now,
        )
        message = catalogs.in_manner(conversation.manner).render(reply, conversation.locale)
        offered = await stream.offered_in(connection, conversation.id)
        await stream.offer(connection, conversation.id, offers_after(offered, [message]))
        await stream.append(connection, conversation.id, [message_event(message, author="bot")])
    await live.publish(conversation.id)
    return True
