"""A ticket that a clerk opens for a resident at the counter or on the telephone, in the conversation they name."""

from uuid import UUID

from desk.audit.trail import reason_of, record
from desk.contract.errors import Conflict
from desk.contract.messages import Text
from desk.contract.staff import Actor, Permission
from desk.conversations import stream
from desk.conversations.rows import message_event, ticket_event
from desk.store.database import transaction
from desk.tickets import history, notices
from desk.tickets.queue import open_ticket
from desk.tickets.room import Room
from desk.tickets.rows import TicketRow
from desk.tickets.service import CLAIM

REASON = "clerk"


class ByClerk:
    """Opening tickets for residents."""

    def __init__(self, room: Room) -> None:
        self._room = room

    async def open(self, actor: Actor, conversation_id: UUID, agency: str, *, reason: str) -> TicketRow:
        """Open a ticket in a conversation and take it. The resident is told who writes, and of what.

        Raises:
            NotFound: there is no such conversation.
            NotPermitted: the actor may not answer for the agency.
            Conflict: a ticket is open there already, the agency is not of the city, or no reason is given.
        """
        said = reason_of(reason)
        room = self._room
        async with transaction(room.engine) as connection:
            conversation = await stream.lock(connection, conversation_id)
            actor.require(Permission.TICKET_ANSWER, conversation.city, agency)
            city = room.cities.get(conversation.city)
            office = None if city is None else next((one for one in city.agencies if one.slug == agency), None)
            if office is None:
                raise Conflict(f"There is no agency {agency!r} in {conversation.city}.")
            ticket, is_new = await open_ticket(
                connection, conversation, agency=agency, opened_by=REASON, reason=REASON, service=None
            )
            if not is_new:
                raise Conflict(
                    f"{ticket.reference} is open there already.",
                    said=Text(key="console.error_ticket_open_there", args={"reference": ticket.reference}),
                )
            row = (await connection.execute(CLAIM, {"id": ticket.id, "clerk": actor.login})).one()
            ticket = TicketRow(**row._mapping)
            now = room.now()
            await history.happened(connection, ticket.id, "claimed", actor=actor.login, at=now)
            await history.keep_clocks(connection, room.cities, ticket.id, now)
            reply = notices.opened_by_clerk(office, reference=ticket.reference)
            message = room.catalogs.in_manner(conversation.manner).render(reply, conversation.locale)
            events = [ticket_event(ticket.reference, ticket.state), message_event(message, author="bot")]
            await stream.append(connection, conversation.id, events)
            await record(
                connection,
                actor,
                "ticket.open",
                subject=ticket.reference,
                of=ticket,
                reason=said,
            )
        await room.live.publish(conversation_id)
        if room.news is not None:
            await room.news.tell("tickets")
        return ticket
