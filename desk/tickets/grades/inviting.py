"""Inviting a resident who gave no grade, once, some days after their ticket ended, by their channel; not at night."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from desk.city.files import City
from desk.contract.errors import NotFound
from desk.conversations import stream
from desk.conversations.live import Live
from desk.conversations.rows import message_event, offers_after
from desk.kill_switch.service import is_silent
from desk.store.database import transaction
from desk.store.deferring import UPKEEP, defer
from desk.texts.catalogs import Catalogs
from desk.tickets.grades import notices as grade_notices
from desk.tickets.grades.ledger import INVITE, invited_at
from desk.tickets.queue import live_ticket
from desk.tickets.reference import reference_of
from desk.tickets.room import utc_now

LATER = timedelta(days=1)  # while a clerk speaks, or the voice is stopped

FIND = text("SELECT conversation_id FROM tickets WHERE id = :id")
OPEN = text("""
    SELECT grade.asked_at, graded.city, graded.agency FROM ticket_grades AS grade
    JOIN tickets AS graded ON graded.id = grade.ticket_id
    WHERE graded.id = :id AND graded.state IN ('closed', 'handed_back')
      AND grade.is_open AND grade.grade IS NULL AND grade.invited_at IS NULL
""")
# The fence: a job that runs twice, or after a grade, invites nobody.
MARK = text("""
    UPDATE ticket_grades SET invited_at = :now
    WHERE ticket_id = :id AND is_open AND grade IS NULL AND invited_at IS NULL RETURNING id
""")


async def invite(
    engine: AsyncEngine,
    live: Live,
    catalogs: Catalogs,
    cities: Mapping[str, City],
    ticket_id: int,
    now: datetime | None = None,
) -> bool:
    """Invite the resident of a ticket, unless they gave a grade, or it goes on again. Answers whether it did."""
    at = now or utc_now()
    async with transaction(engine) as connection:
        conversation_id = (await connection.execute(FIND, {"id": ticket_id})).scalar_one_or_none()
        if conversation_id is None:
            return False
        try:
            conversation = await stream.lock(connection, conversation_id)
        except NotFound:  # forgotten in between
            return False
        if not await _is_due(connection, cities, ticket_id, at):
            return False
        clerk_speaks = await live_ticket(connection, conversation_id) is not None
        if clerk_speaks or await is_silent(connection, city=conversation.city, account_id=conversation.account_id):
            await defer(connection, INVITE, lane=UPKEEP, after=LATER, ticket_id=ticket_id)
            return False
        if (await connection.execute(MARK, {"id": ticket_id, "now": at})).one_or_none() is None:
            return False
        reply = grade_notices.invited(reference_of(ticket_id))
        message = catalogs.in_manner(conversation.manner).render(reply, conversation.locale)
        offered = await stream.offered_in(connection, conversation.id)
        await stream.offer(connection, conversation.id, offers_after(offered, [message]))
        events = [message_event(message, author="bot")]
        await stream.append(connection, conversation.id, events, lane=stream.BULK)
    await live.publish(conversation_id)
    return True


async def _is_due(connection: AsyncConnection, cities: Mapping[str, City], ticket_id: int, now: datetime) -> bool:
    """Whether the resident is invited now; one that would come at night, or too early, is put off."""
    row = (await connection.execute(OPEN, {"id": ticket_id})).one_or_none()
    city = None if row is None else cities.get(row.city)
    agency = None if city is None else next((one for one in city.agencies if one.slug == row.agency), None)  # type: ignore[union-attr]
    if row is None or city is None or agency is None or not agency.answering.grades:
        return False
    due = row.asked_at + timedelta(days=agency.answering.invitation_days)
    at = invited_at(city, max(due, now))
    if at <= now:
        return True
    await defer(connection, INVITE, lane=UPKEEP, after=at - now, ticket_id=ticket_id)
    return False
