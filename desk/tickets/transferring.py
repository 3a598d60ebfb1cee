"""Giving a ticket to another agency of the city, once the resident has agreed: a question with two buttons."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from desk.audit.trail import reason_of
from desk.city.files import Agency
from desk.contract.errors import Conflict, NotFound
from desk.contract.messages import Text
from desk.contract.staff import Actor
from desk.tickets import notices
from desk.tickets.queue import COLUMNS, TEAM_OF
from desk.tickets.room import Act, Room, insist_conversation, insist_owned
from desk.tickets.rows import TicketRow

ASK = text(f"UPDATE tickets SET transfer_to = :agency WHERE id = :id RETURNING {COLUMNS}")
TEAM = TEAM_OF.format(
    city="tickets.city", agency="tickets.transfer_to", service="tickets.service", reason="tickets.reason"
)
ALLOW = text(f"""
    UPDATE tickets
    SET agency = transfer_to, team_id = {TEAM}, transfer_to = NULL, backstop = NULL, backstop_asked = NULL,
        state = 'open', claimed_by = NULL, claimed_at = NULL,
        held_until = NULL, snoozed_until = NULL, reminded_at = NULL
    WHERE id = :id AND state = 'claimed' AND transfer_to IS NOT NULL RETURNING {COLUMNS}
""")
ASKED = text("SELECT count(*) FROM ticket_events WHERE ticket_id = :id AND kind = 'transfer_asked'")
PASSED_ON = text(f"""
    SELECT {COLUMNS} FROM tickets WHERE id = :id AND :login = (
        SELECT asked.actor FROM ticket_events AS asked
        WHERE asked.ticket_id = tickets.id AND asked.kind = 'transfer_asked'
          AND EXISTS (SELECT FROM ticket_events AS agreed WHERE agreed.ticket_id = asked.ticket_id
                      AND agreed.kind = 'transferred' AND agreed.id > asked.id)
        ORDER BY asked.id DESC LIMIT 1)
""")
REFUSE = text("UPDATE tickets SET transfer_to = NULL WHERE id = :id AND transfer_to IS NOT NULL RETURNING id")


class Transferring:
    """Asking a resident whether another agency may have their ticket."""

    def __init__(self, room: Room) -> None:
        self._room = room

    async def ask(self, actor: Actor, ticket_id: int, agency: str, *, reason: str) -> TicketRow:
        """Ask. Nothing changes until the resident agrees; until they answer nothing else is asked: a yes is to one.

        Raises:
            NotFound: there is no such ticket, or no such agency in its city.
            NotPermitted: the actor may not answer it.
            Conflict: this clerk has not claimed it, it is that agency's, the resident was asked and has not answered,
                no reason is given, or the resident has had everything erased.
        """
        said = reason_of(reason)
        async with self._room.act(actor, ticket_id) as act:
            insist_owned(act, "transferred")
            insist_conversation(act)
            other = _other(act, agency)
            if act.ticket.transfer_to is not None:
                raise Conflict(
                    f"The resident was asked already whether {act.ticket.transfer_to} may have {act.ticket.reference}.",
                    said=Text(key="console.error_ticket_asked"),
                )
            await act.change(ASK, agency=other.slug)
            time = await times_asked(act.connection, ticket_id) + 1
            await act.speak(act.rendered(notices.may_transfer(other, reference=act.ticket.reference, time=time)))
            act.done("transfer_asked", "ticket.transfer", reason=said, to=other.slug)
        return act.ticket


async def passed_on(connection: AsyncConnection, ticket_id: int, login: str) -> TicketRow | None:
    """The ticket that somebody asked to pass on, once its resident has agreed; None: it was not so."""
    row = (await connection.execute(PASSED_ON, {"id": ticket_id, "login": login})).one_or_none()
    return None if row is None else TicketRow(**row._mapping)


async def times_asked(connection: AsyncConnection, ticket_id: int) -> int:
    """How often a resident was asked whether another agency may have their ticket."""
    return int((await connection.execute(ASKED, {"id": ticket_id})).scalar_one())


async def allow(connection: AsyncConnection, ticket: TicketRow) -> TicketRow | None:
    """The resident agrees: the ticket waits at the other agency. None: nothing was asked any more."""
    row = (await connection.execute(ALLOW, {"id": ticket.id})).one_or_none()
    return None if row is None else TicketRow(**row._mapping)


async def refuse(connection: AsyncConnection, ticket: TicketRow) -> bool:
    """The resident does not agree: all stays as it is. Answers whether anything was asked."""
    return (await connection.execute(REFUSE, {"id": ticket.id})).one_or_none() is not None


def _other(act: Act, slug: str) -> Agency:
    city = act.cities.get(act.ticket.city)
    found = None if city is None else next((one for one in city.agencies if one.slug == slug), None)
    if found is None:
        raise NotFound(f"There is no agency {slug!r} in {act.ticket.city}.")
    if found.slug == act.ticket.agency:
        raise Conflict(
            f"{act.ticket.reference} is that agency's already.",
            said=Text(key="console.error_ticket_same_agency", args={"reference": act.ticket.reference}),
        )
    return found
