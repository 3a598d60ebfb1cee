"""What clerks do with tickets: list, claim, read, reply, hand back, close.

A claim takes the conversation's row lock, so that no turn of the bot is in flight, and is one atomic update: of any
number of clerks one has it. While it is claimed only that clerk speaks.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from desk.contract.errors import Conflict, NotFound
from desk.contract.messages import Reply
from desk.contract.rendered import RenderedMessage
from desk.conversations import stream
from desk.conversations.live import Live
from desk.conversations.rows import ConversationRow, Event, message_event, ticket_event
from desk.sealing.opening import Purpose, traced
from desk.sealing.vault import DataKey
from desk.store.database import transaction
from desk.texts.catalogs import Catalogs
from desk.texts.masking import masked
from desk.tickets import notices
from desk.tickets.queue import COLUMNS
from desk.tickets.rows import Line, TicketRow

LINES = 40
LONGEST_REPLY = 4000

LIST = text(f"""
    SELECT {COLUMNS} FROM tickets
    WHERE state = ANY (:states) AND (CAST(:city AS text) IS NULL OR city = :city)
    ORDER BY priority DESC, id LIMIT 500
""")
FIND = text(f"SELECT {COLUMNS} FROM tickets WHERE id = :id")
NEXT = text("""
    SELECT id FROM tickets
    WHERE state = 'open' AND (CAST(:city AS text) IS NULL OR city = :city) AND id <> ALL (:tried)
    ORDER BY priority DESC, id LIMIT 1
""")
CLAIM = text(f"""
    UPDATE tickets SET state = 'claimed', claimed_by = :clerk, claimed_at = clock_timestamp()
    WHERE id = :id AND state = 'open' AND NOT EXISTS (
        SELECT FROM tickets AS other WHERE other.conversation_id = tickets.conversation_id
        AND other.state = 'claimed' AND other.claimed_by <> :clerk
    ) RETURNING {COLUMNS}
""")
END = text(f"""
    UPDATE tickets SET state = :state, ended_at = clock_timestamp()
    WHERE id = :id AND state = 'claimed' AND claimed_by = :clerk RETURNING {COLUMNS}
""")
TRANSCRIPT = text("""
    SELECT at, thing, kind, body, delivery FROM (
        SELECT received_at AS at, 'message' AS thing, kind, body, id AS place, NULL AS delivery FROM inbound_messages
        WHERE conversation_id = :id AND outcome IS DISTINCT FROM 'erased'
        UNION ALL
        SELECT received_at, 'happening', kind, body, id, NULL FROM channel_events
        WHERE conversation_id = :id AND kind = 'edited'
        UNION ALL
        SELECT message.created_at, 'event', message.type, message.body, message.seq, delivery.state
        FROM outbound_messages AS message
        LEFT JOIN deliveries AS delivery
          ON delivery.conversation_id = message.conversation_id AND delivery.seq = message.seq
        WHERE message.conversation_id = :id AND message.type = 'message'
    ) AS lines ORDER BY at DESC, place DESC LIMIT :limit
""")


@dataclass(frozen=True)
class Clerks:
    """The clerks' side of tickets. `clerk` is always the name of the member of staff who acts."""

    engine: AsyncEngine
    live: Live
    catalogs: Catalogs

    async def waiting(
        self, *, city: str | None = None, states: tuple[str, ...] = ("open", "claimed")
    ) -> list[TicketRow]:
        """List tickets: emergencies first, then the oldest; at most 500."""
        async with self.engine.connect() as connection:
            return [
                TicketRow(**row._mapping)
                for row in await connection.execute(LIST, {"states": list(states), "city": city})
            ]

    async def find(self, ticket_id: int) -> TicketRow:
        """Find a ticket.

        Raises:
            NotFound: there is no such ticket.
        """
        async with self.engine.connect() as connection:
            return await self._find(connection, ticket_id)

    async def claim(self, ticket_id: int, *, clerk: str) -> TicketRow:
        """Claim an open ticket. The conversation's turn in flight, if any, ends first.

        Raises:
            NotFound: there is no such ticket.
            Conflict: somebody else has it, or it has ended.
        """
        async with transaction(self.engine) as connection:
            ticket, conversation = await self._locked(connection, ticket_id)
            row = (await connection.execute(CLAIM, {"id": ticket_id, "clerk": clerk})).one_or_none()
            if row is None:
                raise Conflict(_why(ticket, "claimed"))
            ticket = TicketRow(**row._mapping)
            if conversation is not None:
                await stream.append(connection, conversation.id, [ticket_event(ticket.reference, ticket.state)])
        await self._publish(conversation)
        return ticket

    async def claim_next(self, *, city: str | None, clerk: str) -> TicketRow | None:
        """Claim an emergency, else the ticket that has waited longest; None when none waits."""
        tried: list[int] = []
        while True:
            async with self.engine.connect() as connection:
                found = (await connection.execute(NEXT, {"city": city, "tried": tried})).scalar_one_or_none()
            if found is None:
                return None
            try:
                return await self.claim(found, clerk=clerk)
            except (Conflict, NotFound):  # another clerk was faster: the next one, then
                tried.append(found)

    async def reply(self, ticket_id: int, *, clerk: str, message: str) -> TicketRow:
        """Write to the resident, in the clerk's own words.

        Raises:
            NotFound: there is no such ticket.
            Conflict: this clerk has not claimed it, or the text is empty or too long.
        """
        said = message.replace("\x00", "").strip()
        if not 0 < len(said) <= LONGEST_REPLY:
            raise Conflict(f"A reply has 1 to {LONGEST_REPLY} characters.")
        async with transaction(self.engine) as connection:
            ticket, conversation = await self._locked(connection, ticket_id)
            if ticket.state != "claimed" or ticket.claimed_by != clerk:
                raise Conflict(_why(ticket, "answered"))
            if conversation is None:
                raise Conflict(f"{ticket.reference} has no conversation any more: the resident had it erased.")
            rendered = RenderedMessage(text=said, locale=conversation.locale)
            await stream.append(connection, conversation.id, [message_event(rendered, author="clerk")])
        await self._publish(conversation)
        return ticket

    async def hand_back(self, ticket_id: int, *, clerk: str) -> TicketRow:
        """Give the conversation back to the bot, which says so.

        Raises:
            NotFound: there is no such ticket.
            Conflict: this clerk has not claimed it.
        """
        return await self._end(ticket_id, clerk=clerk, state="handed_back")

    async def close(self, ticket_id: int, *, clerk: str) -> TicketRow:
        """End a ticket: the matter is settled. The resident is told.

        Raises:
            NotFound: there is no such ticket.
            Conflict: this clerk has not claimed it.
        """
        return await self._end(ticket_id, clerk=clerk, state="closed")

    async def transcript(self, ticket: TicketRow, *, clerk: str) -> list[Line]:
        """The last lines of the ticket's conversation, masked, oldest first; none where it was erased.

        That the clerk read them is kept.
        """
        if ticket.conversation_id is None:
            return []
        async with transaction(self.engine) as connection:
            key = await traced(connection, ticket.conversation_id, Purpose.TRANSCRIPT, reader=clerk)
            rows = (await connection.execute(TRANSCRIPT, {"id": ticket.conversation_id, "limit": LINES})).all()
        return [_line(row, key) for row in reversed(rows)]

    async def _end(self, ticket_id: int, *, clerk: str, state: str) -> TicketRow:
        async with transaction(self.engine) as connection:
            ticket, conversation = await self._locked(connection, ticket_id)
            row = (await connection.execute(END, {"id": ticket_id, "clerk": clerk, "state": state})).one_or_none()
            if row is None:
                raise Conflict(_why(ticket, "ended"))
            ticket = TicketRow(**row._mapping)
            if conversation is not None:
                says = notices.handed_back if state == "handed_back" else notices.closed
                said = self._said_at_end(conversation, ticket, says(ticket.reference))
                await stream.append(connection, conversation.id, said)
        await self._publish(conversation)
        return ticket

    async def _publish(self, conversation: ConversationRow | None) -> None:
        if conversation is not None:
            await self.live.publish(conversation.id)

    def _said_at_end(self, conversation: ConversationRow, ticket: TicketRow, reply: Reply) -> list[Event]:
        message = self.catalogs.in_manner(conversation.manner).render(reply, conversation.locale)
        return [ticket_event(ticket.reference, ticket.state), message_event(message, author="bot")]

    async def _locked(self, connection: AsyncConnection, ticket_id: int) -> tuple[TicketRow, ConversationRow | None]:
        """The conversation's lock first, then the ticket as it is under it: the order of every writer."""
        found = await self._find(connection, ticket_id)
        conversation = None
        if found.conversation_id is not None:
            conversation = await stream.lock(connection, found.conversation_id)
        return await self._find(connection, ticket_id), conversation

    async def _find(self, connection: AsyncConnection, ticket_id: int) -> TicketRow:
        row = (await connection.execute(FIND, {"id": ticket_id})).one_or_none()
        if row is None:
            raise NotFound("There is no such ticket. `desk ticket list` shows those that are open.")
        return TicketRow(**row._mapping)


def _why(ticket: TicketRow, done: str) -> str:
    if ticket.state == "open" and done == "claimed":
        return f"{ticket.reference} cannot be claimed: another clerk speaks in its conversation just now."
    if ticket.state == "open":
        return (
            f"{ticket.reference} cannot be {done}: nobody has claimed it. "
            f"Claim it with: desk ticket claim {ticket.reference}"
        )
    by = f" by {ticket.claimed_by}" if ticket.state == "claimed" else ""
    return f"{ticket.reference} cannot be {done}: it is {ticket.state.replace('_', ' ')}{by}."


def _line(row: Row[Any], key: DataKey) -> Line:
    body, author = key.open(row.body, row.thing), "resident"
    if row.thing == "event":
        body = body["message"]
        author = body["author"]
    return Line(row.at, author, masked(_said(row.kind, body)), row.delivery)


def _said(kind: str, body: dict[str, object]) -> str:
    """A line's text, as text only; a button, a place or a file is named as such. Staff see no payload."""
    if isinstance(body.get("text"), str):
        said = str(body["text"])
        return f"[edited] {said}" if kind == "edited" else said
    return {"payload": "[button]", "location": "[location]", "media": "[file]"}.get(kind, f"[{kind}]")
