"""Settling one ticket in another of the same resident."""

from sqlalchemy import text

from desk.contract.errors import Conflict
from desk.contract.messages import Text
from desk.contract.staff import Actor, Permission
from desk.tickets.queue import COLUMNS, NO_CONTACT
from desk.tickets.room import Room, find, insist_owned, refused
from desk.tickets.rows import TicketRow
from desk.tickets.service import insist_answered, insist_no_mending

LIVE = ("open", "claimed")
SAME_RESIDENT = text("""
    SELECT EXISTS (
        SELECT FROM conversations AS one JOIN conversations AS two ON two.resident_id = one.resident_id
        WHERE one.id = :one AND two.id = :two)
""")
MERGE = text(f"""
    UPDATE tickets
    SET state = 'closed', ended_at = clock_timestamp(), close_reason = 'duplicate', merged_into = :into,
        held_until = NULL, snoozed_until = NULL, transfer_to = NULL,
        {NO_CONTACT}
    WHERE id = :id AND state IN ('open', 'claimed') RETURNING {COLUMNS}
""")
MOVE_NOTES = text("UPDATE ticket_notes SET ticket_id = :into WHERE ticket_id = :id AND :same")


class Merging:
    """Merging tickets."""

    def __init__(self, room: Room) -> None:
        self._room = room

    async def merge(self, actor: Actor, ticket_id: int, into_id: int) -> TicketRow:
        """End a ticket because another settles it; its notes go there, where both are of one conversation.

        The resident is told nothing: the other ticket goes on.

        Raises:
            NotFound: there is no such ticket.
            NotPermitted: the actor may not answer one of them.
            Conflict: one has ended, a bad grade is mended in it, is another's, they are not of one resident, or nobody
                has answered in an emergency.
        """
        async with self._room.act(actor, ticket_id) as act:
            if act.ticket.state != "open":
                insist_owned(act, "merged")
            insist_no_mending(act, "merged")
            insist_answered(act)
            into = await find(act.connection, into_id)
            into.insist(actor, Permission.TICKET_ANSWER)
            if into.state not in LIVE:
                raise refused(into, "merged into")
            ids = {"one": act.ticket.conversation_id, "two": into.conversation_id}
            same = act.ticket.conversation_id is not None and ids["one"] == ids["two"]
            if into.id == ticket_id or not (same or (await act.connection.execute(SAME_RESIDENT, ids)).scalar_one()):
                raise Conflict(
                    f"{act.ticket.reference} and {into.reference} are not two tickets of one resident.",
                    said=Text(key="console.error_ticket_not_one_resident", args={"reference": into.reference}),
                )
            await act.connection.execute(MOVE_NOTES, {"id": ticket_id, "into": into.id, "same": same})
            if not await act.change(MERGE, into=into.id):
                raise refused(act.ticket, "merged")
            act.done("merged", "ticket.merge", to=into.reference)
        return act.ticket
