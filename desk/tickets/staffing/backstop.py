"""The backstop: an agency that may take up what the first receiver has not taken up when its first answer is due.

It is named in the city's file (`answering.backstop`): a district's or the city's hotline. The first receiver leads: the
ticket stays theirs, in figures, clocks and what residents read. Where both are offices of one handler
(`Agency.handler`) the backstop reads the conversation at once; else the resident is asked first, as for a transfer:
another handler is given personal information only by a consent of its own (docs/explanation/privacy.md).
"""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from desk.city.files import Agency
from desk.contract.consent import Consent
from desk.contract.staff import Permission, system
from desk.staff.alerts import AlertKind, raise_alert
from desk.tickets import notices
from desk.tickets.queue import COLUMNS
from desk.tickets.room import Act, Room
from desk.tickets.rows import TicketRow

CALLER = system("backstop", Permission.TICKET_READ)
"""Who calls the backstop, in history and audit."""
PURPOSE = "ticket.may_backstop"
LATE = 100  # percent of the limit of the first answer

# The fence: a job that runs twice, or for what was taken up meanwhile, changes nothing.
CALL = text(f"""
    UPDATE tickets SET backstop = :agency
    WHERE id = :id AND state = 'open' AND backstop IS NULL AND backstop_asked IS NULL RETURNING {COLUMNS}
""")
ASK = text(f"""
    UPDATE tickets SET backstop_asked = :agency
    WHERE id = :id AND state = 'open' AND backstop IS NULL AND backstop_asked IS NULL RETURNING {COLUMNS}
""")
ALLOW = text(f"""
    UPDATE tickets SET backstop = backstop_asked, backstop_asked = NULL
    WHERE id = :id AND backstop_asked = :agency RETURNING {COLUMNS}
""")
REFUSE = text("UPDATE tickets SET backstop_asked = NULL WHERE id = :id AND backstop_asked = :agency RETURNING id")


async def call(room: Room, ticket_id: int) -> bool:
    """Have the backstop take up a ticket that nobody has, or ask the resident whether it may.

    Answers whether anything was done.
    """
    async with room.act(CALLER, ticket_id, Permission.TICKET_READ) as act:
        other = _backstop_of(act)
        if other is None or act.agency is None:
            act.drop()
            return False
        if act.agency.handled_by == other.handled_by:
            return await _called(act, other)
        if act.conversation is None or not await act.change(ASK, agency=other.slug):
            act.drop()
            return False
        act.say(notices.may_backstop(act.agency, other, reference=act.ticket.reference))
        act.done("backstop_asked", "ticket.backstop_ask", to=other.slug)
    return True


async def allow(connection: AsyncConnection, ticket: TicketRow, agency: str) -> TicketRow | None:
    """The resident agrees: the backstop may take the ticket up. None: nothing was asked any more."""
    row = (await connection.execute(ALLOW, {"id": ticket.id, "agency": agency})).one_or_none()
    if row is None:
        return None
    allowed = TicketRow(**row._mapping)
    await _alert(connection, allowed, agency)
    return allowed


async def refuse(connection: AsyncConnection, ticket: TicketRow, agency: str) -> bool:
    """The resident does not agree: the first receiver alone has the ticket. Answers whether anything was asked."""
    return (await connection.execute(REFUSE, {"id": ticket.id, "agency": agency})).one_or_none() is not None


def consent_of(ticket: TicketRow, agency: str) -> Consent:
    """What is recorded of a resident's yes."""
    return Consent(
        city=ticket.city,
        agency=agency,
        service="human_agent",
        field="conversation",
        entity="conversation",
        purpose=PURPOSE,
    )


async def _called(act: Act, other: Agency) -> bool:
    if not await act.change(CALL, agency=other.slug):
        act.drop()
        return False
    await _alert(act.connection, act.ticket, other.slug)
    act.done("backstopped", "ticket.backstop", to=other.slug)
    return True


async def _alert(connection: AsyncConnection, ticket: TicketRow, agency: str) -> None:
    await raise_alert(
        connection,
        AlertKind.ESCALATION,
        ticket.reference,
        to=Permission.TICKET_ANSWER,
        city=ticket.city,
        agency=agency,
        detail=str(LATE),
    )


def _backstop_of(act: Act) -> Agency | None:
    """The backstop of a ticket that nobody has taken up when its first answer was due; None: there is none."""
    due, city = act.ticket.first_answer_due, act.cities.get(act.ticket.city)
    if act.agency is None or city is None or act.ticket.state != "open" or due is None or due > act.now:
        return None
    wanted = act.agency.answering.backstop
    return next((one for one in city.agencies if one.slug == wanted and one.slug != act.ticket.agency), None)
