"""Reopening a ticket that was closed: the resident writes again, or a clerk sees that it is not settled."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from pydantic import JsonValue
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from desk.audit.trail import reason_of
from desk.city.files import City
from desk.contract.errors import Conflict
from desk.contract.messages import Text
from desk.contract.staff import Actor
from desk.tickets import notices
from desk.tickets.history import RESIDENT, happened, keep_clocks
from desk.tickets.queue import COLUMNS, minutes_of, place_of, remind_later
from desk.tickets.reference import reference_of
from desk.tickets.room import Act, Room, refused
from desk.tickets.rows import TicketRow

REOPENS = """
    EXISTS (SELECT FROM tickets AS ended
             WHERE ended.conversation_id = message.conversation_id AND ended.close_reason = 'no_answer'
               AND ended.state = 'closed' AND ended.reopens_until > clock_timestamp())
"""
"""Whether whatever is written reopens a ticket, beside `message`: its resident was waited for."""
REOPENED = """
    SET state = 'open', claimed_by = NULL, claimed_at = NULL, ended_at = NULL, close_reason = NULL,
        reopens_until = NULL, reminded_at = NULL
"""
NO_OTHER = """NOT EXISTS (
        SELECT FROM tickets AS live WHERE live.conversation_id = tickets.conversation_id
        AND live.state IN ('open', 'claimed') AND live.matter IS NULL
    )"""
BY_RESIDENT = text(f"""
    UPDATE tickets {REOPENED}
    WHERE {NO_OTHER} AND id = (
        SELECT max(ended.id) FROM tickets AS ended
        WHERE ended.conversation_id = :conversation_id AND ended.state = 'closed'
          AND ended.reopens_until > clock_timestamp() AND (:pressed OR ended.close_reason = 'no_answer')
    ) RETURNING {COLUMNS}
""")
BY_CLERK = text(f"""
    UPDATE tickets {REOPENED}
    WHERE id = :id AND state IN ('closed', 'handed_back') AND matter IS NULL AND {NO_OTHER} RETURNING {COLUMNS}
""")


OTHER = text("""
    SELECT other.id, other.city, other.agency FROM tickets AS other JOIN tickets AS ended USING (conversation_id)
    WHERE ended.id = :id AND other.state IN ('open', 'claimed') AND other.matter IS NULL
""")


class Reopening:
    """Reopening by a clerk."""

    def __init__(self, room: Room) -> None:
        self._room = room

    async def reopen(self, actor: Actor, ticket_id: int, *, reason: str) -> TicketRow:
        """Put a ticket that was closed or handed back into the queue again.

        Raises:
            NotFound: there is no such ticket.
            NotPermitted: the actor may not answer it.
            Conflict: it has not ended, the resident has another one, or no reason is given.
        """
        said = reason_of(reason)
        async with self._room.act(actor, ticket_id) as act:
            if not await act.change(BY_CLERK):
                if act.ticket.state in ("closed", "handed_back"):
                    raise await _another(act)
                raise refused(act.ticket, "reopened")
            act.tell_state()
            await _tell(act)
            act.done("reopened", "ticket.reopen", reason=said)
        return act.ticket


async def _another(act: Act) -> Conflict:
    """Which ticket stands in the way, and whose it is."""
    found = (await act.connection.execute(OTHER, {"id": act.ticket.id})).one()
    city = act.cities.get(found.city)
    agency = next((one for one in city.agencies if one.slug == found.agency), None) if city is not None else None
    args: dict[str, JsonValue] = {
        "reference": act.ticket.reference,
        "other": reference_of(found.id),
        "agency": found.agency if agency is None else {"name": agency.names.model_dump(exclude_none=True)},
    }
    return Conflict(
        f"{act.ticket.reference} cannot be reopened: its resident has another ticket, {args['other']}.",
        said=Text(key="console.error_ticket_another", args=args),
    )


async def _tell(act: Act) -> None:
    """Tell the resident that a clerk goes on with what had ended."""
    city, office = act.cities.get(act.ticket.city), act.agency
    if city is None or office is None:
        return
    place, minutes = await place_of(act.connection, act.ticket), await minutes_of(act.connection, act.ticket)
    reference = act.ticket.reference
    key = "ticket.reopened_by_clerk"
    act.say(notices.reopened(key, city, agency=office, reference=reference, place=place, minutes=minutes, now=act.now))


async def reopen_for_resident(
    connection: AsyncConnection,
    cities: Mapping[str, City],
    conversation_id: UUID,
    now: datetime,
    *,
    pressed: bool,
) -> TicketRow | None:
    """Reopen the last ticket of a conversation that may be, under its lock; None: there is none.

    `pressed`: the resident asked for it by the button; else they only wrote again.
    """
    values = {"conversation_id": conversation_id, "pressed": pressed}
    row = (await connection.execute(BY_RESIDENT, values)).one_or_none()
    if row is None:
        return None
    ticket = TicketRow(**row._mapping)
    await happened(connection, ticket.id, "reopened", actor=RESIDENT, at=now)
    await keep_clocks(connection, cities, ticket.id, now)
    await remind_later(connection, ticket)
    return ticket
