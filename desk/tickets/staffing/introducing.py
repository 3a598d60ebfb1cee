"""Telling a resident that a clerk has their ticket, where the clerk's own words do not say so in the same moment."""

from sqlalchemy import text

from desk.contract.errors import NotFound
from desk.contract.staff import Actor
from desk.conversations import stream
from desk.conversations.rows import message_event
from desk.staff import register
from desk.store.database import transaction
from desk.tickets import history, notices
from desk.tickets.room import Act, Room, find, speaker_of
from desk.tickets.rows import TicketRow

SAID = text("""
    SELECT EXISTS (
        SELECT FROM ticket_events AS said WHERE said.ticket_id = :id
          AND said.kind IN ('answered', 'document_asked', 'consent_asked', 'transfer_asked', 'introduced')
          AND said.id > (SELECT coalesce(max(taken.id), 0) FROM ticket_events AS taken
                         WHERE taken.ticket_id = :id AND taken.kind IN ('claimed', 'assigned', 'taken_over'))
    )
""")
"""Whether the resident has heard of who has the ticket now: from the clerk's own words, or from this notice."""


async def introduce(room: Room, ticket_id: int) -> bool:
    """Say who has a ticket, unless that was said, nobody has it any more, or nobody has opened what they were given.

    Answers whether it did.
    """
    async with transaction(room.engine) as connection:
        try:
            found = await find(connection, ticket_id)
            if found.conversation_id is None:
                return False
            conversation = await stream.lock(connection, found.conversation_id)
            ticket = await find(connection, ticket_id)
        except NotFound:  # forgotten in between
            return False
        if not _is_taken(ticket) or (await connection.execute(SAID, {"id": ticket_id})).scalar_one():
            return False
        clerk = await register.find(connection, ticket.claimed_by or "")
        actor = Actor(ticket.claimed_by or "") if clerk is None else Actor(clerk.login, clerk.name, clerk.grants)
        act = Act(connection, actor, ticket, conversation, room.catalogs, room.cities, room.now())
        speaker = await speaker_of(act)
        if speaker is None:  # of an agency that there is no more
            return False
        message = act.rendered(notices.introduced(speaker, reference=ticket.reference))
        await stream.append(connection, conversation.id, [message_event(message, author="bot")])
        await history.happened(connection, ticket.id, "introduced", actor=history.SYSTEM, at=act.now)
    await room.live.publish(conversation.id)
    return True


def _is_taken(ticket: TicketRow) -> bool:
    """Whether somebody has it, and has looked at it where it was given to them in turn."""
    return ticket.state == "claimed" and ticket.given_at is None
