"""Who has a ticket: giving it to a colleague, taking it over, putting it back, and sharing tickets out in turn."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from desk.audit.trail import reason_of
from desk.contract.errors import Conflict
from desk.contract.messages import Text
from desk.contract.staff import Actor, Permission
from desk.staff.register import member, who_may
from desk.store.deferring import REPLIES, defer
from desk.tickets import notices
from desk.tickets.grades.ledger import about_of
from desk.tickets.hours import agency_of
from desk.tickets.queue import COLUMNS, introduce_soon, minutes_of, place_of, remind_later
from desk.tickets.room import Act, Room, refused
from desk.tickets.rows import TicketRow
from desk.tickets.staffing.duty import load_of, on_duty

ALONE = """NOT EXISTS (
        SELECT FROM tickets AS other WHERE other.conversation_id = tickets.conversation_id
        AND other.id <> tickets.id AND other.state = 'claimed' AND other.claimed_by <> :clerk
    )"""
"""Nobody else speaks in the conversation of a ticket."""
GIVE = text(f"""
    UPDATE tickets
    SET state = 'claimed', claimed_by = :clerk, claimed_at = coalesce(claimed_at, clock_timestamp()),
        snoozed_until = NULL, given_at = :given_at
    WHERE id = :id AND state IN ('open', 'claimed') AND claimed_by IS DISTINCT FROM :clerk AND {ALONE}
    RETURNING {COLUMNS}
""")
RETURN = text(f"""
    UPDATE tickets SET state = 'open', claimed_by = NULL, claimed_at = NULL, held_until = NULL, snoozed_until = NULL,
        transfer_to = NULL, reminded_at = NULL, given_at = NULL
    WHERE id = :id AND state = 'claimed' RETURNING {COLUMNS}
""")
PUT_BACK_BY = text("""
    SELECT CASE WHEN kind = 'returned' THEN actor END FROM ticket_events
    WHERE ticket_id = :id AND kind IN ('claimed', 'assigned', 'returned') ORDER BY id DESC LIMIT 1
""")
NEVER = datetime.min.replace(tzinfo=UTC)
RETURN_UNOPENED = "tickets.return_unopened"
EMERGENCY = "emergency"


class Assigning:
    """Who has a ticket."""

    def __init__(self, room: Room) -> None:
        self._room = room

    async def assign(self, actor: Actor, ticket_id: int, login: str) -> TicketRow:
        """Give a ticket that is open, one's own, or (who may assign) anybody's, to a colleague who may answer it.

        Raises:
            NotFound: there is no such ticket or colleague.
            NotPermitted: the actor may not give it away.
            Conflict: the colleague may not answer it, has it already, it has ended, or it mends a grade that is about
                them while others may answer it.
        """
        async with self._room.act(actor, ticket_id, Permission.TICKET_READ) as act:
            self._insist_may_give(act, login)
            to = await insist_colleague(act, login)
            await self._insist_may_mend(act, to)
            await _give(act, to)
            act.done("assigned", "ticket.assign", to=to)
        return act.ticket

    async def take_over(self, actor: Actor, ticket_id: int, *, reason: str) -> TicketRow:
        """Take a ticket over from the colleague who has it.

        Raises:
            NotFound: there is no such ticket.
            NotPermitted: the actor may not answer it.
            Conflict: nobody has it, or the actor does; no reason is given.
        """
        said = reason_of(reason)
        async with self._room.act(actor, ticket_id) as act:
            before = act.ticket.claimed_by
            if act.ticket.state != "claimed":
                raise refused(act.ticket, "taken over")
            await _give(act, actor.login)
            act.done("taken_over", "ticket.take_over", reason=said, **{"from": before})
        return act.ticket

    async def put_back(self, actor: Actor, ticket_id: int) -> TicketRow:
        """Put a ticket of one's own, or (who may assign) anybody's, back into the queue; the resident is told.

        Raises:
            NotFound: there is no such ticket.
            NotPermitted: it is another's.
            Conflict: nobody has it.
        """
        async with self._room.act(actor, ticket_id, Permission.TICKET_READ) as act:
            if act.ticket.state != "claimed":
                raise refused(act.ticket, "put back")
            if act.ticket.claimed_by != actor.login:
                act.ticket.insist(actor, Permission.TICKET_ASSIGN)
            await act.change(RETURN)
            act.tell_state()
            city = act.cities.get(act.ticket.city)
            if act.conversation is not None and act.ticket.matter is None and city is not None:
                await remind_later(act.connection, act.ticket)
                act.say(
                    notices.returned(
                        city,
                        agency=agency_of(
                            city,
                            act.ticket.agency,
                            channel=act.conversation.channel,
                            service=act.ticket.service,
                        ),
                        reference=act.ticket.reference,
                        place=await place_of(act.connection, act.ticket),
                        minutes=await minutes_of(act.connection, act.ticket),
                        now=act.now,
                    )
                )
            act.done("returned", "ticket.return")
        return act.ticket

    async def share_out(
        self, actor: Actor, ticket_id: int, present: Iterable[str], *, opens_within: timedelta | None = None
    ) -> TicketRow | None:
        """Give an open ticket to who is on duty and best fits.

        Who is of its team, answers in its language, has the fewest in hand, and of these has been idle longest. While
        nobody of its team is on duty it is given to others. An emergency is given over what a clerk can have.

        `present` are those who have the console open. With `opens_within` the ticket goes back unless it is opened.
        None: everybody who may answer it has as many as the agency lets a clerk have.

        Raises:
            NotFound: there is no such ticket.
            NotPermitted: the actor may not assign it.
            Conflict: it is not open.
        """
        async with self._room.act(actor, ticket_id, Permission.TICKET_ASSIGN) as act:
            if act.ticket.state != "open":
                raise refused(act.ticket, "shared out")
            login = await _next_clerk(act, present)
            if login is None:
                act.drop()
                return None
            await _give(act, login, given_at=None if opens_within is None else act.now)
            if opens_within is not None:
                await defer(act.connection, RETURN_UNOPENED, lane=REPLIES, after=opens_within, ticket_id=ticket_id)
            act.done("assigned", "ticket.share_out", to=login)
        return act.ticket

    async def _insist_may_mend(self, act: Act, login: str) -> None:
        """A bad grade is mended by whom it is about only where nobody else answers, and who assigns wants it so."""
        if login != await about_of(act.connection, act.ticket):
            return
        shares = act.actor.may(Permission.TICKET_ASSIGN, act.ticket.city, act.ticket.agency)
        if not shares or await answering(act.connection, act.ticket, but_not=login):
            raise Conflict(
                f"The grade that {act.ticket.reference} puts right is about {login}.",
                said=Text(key="console.error_grade_about", args={"clerk": login}),
            )

    def _insist_may_give(self, act: Act, login: str) -> None:
        ticket, actor = act.ticket, act.actor
        own = ticket.claimed_by == actor.login or (ticket.state == "open" and login == actor.login)
        permission = Permission.TICKET_ANSWER if own else Permission.TICKET_ASSIGN
        ticket.insist(actor, permission)


async def answering(connection: AsyncConnection, ticket: TicketRow, *, but_not: str | None = None) -> list[Actor]:
    """The persons who may answer a ticket, of its agency and of its backstop, by login."""
    known = await who_may(connection, Permission.TICKET_ANSWER, ticket.city)
    return [one for one in known if one.login != but_not and ticket.admits(one, Permission.TICKET_ANSWER)]


async def givable(connection: AsyncConnection, ticket: TicketRow) -> list[Actor]:
    """Whom a ticket can be given to: of one that mends a grade not whom it is about, while there is somebody else."""
    known = await answering(connection, ticket)
    about = await about_of(connection, ticket)
    return [one for one in known if one.login != about] or known


async def insist_colleague(act: Act, login: str) -> str:
    """Insist that a login is of somebody who may answer the ticket; answers it as it is written.

    Raises:
        NotFound: there is no such member of staff.
        Conflict: they may not answer it, or do nothing any more.
    """
    found = await member(act.connection, login)
    if found.state != "active" or not _may_answer(found.login, found.grants, act):
        raise Conflict(
            f"{found.login} may not answer tickets of {act.ticket.city}/{act.ticket.agency}.",
            said=Text(key="console.error_ticket_colleague", args={"clerk": found.login}),
        )
    return found.login


async def _give(act: Act, login: str, *, given_at: datetime | None = None) -> None:
    was_open = act.ticket.state == "open"
    if not await act.change(GIVE, clerk=login, given_at=given_at):
        if act.ticket.state == "claimed" and act.ticket.claimed_by == login:
            said = Text(key="console.error_ticket_claimed", args={"reference": act.ticket.reference, "clerk": login})
            raise Conflict(f"{act.ticket.reference} is {login}'s already.", said=said)
        raise refused(act.ticket, "claimed" if was_open else "assigned")
    if was_open:
        act.tell_state()
        if given_at is None:  # else once it is opened
            await introduce_soon(act.connection, act.ticket.id)


async def _next_clerk(act: Act, present: Iterable[str]) -> str | None:
    ticket = act.ticket
    about = await about_of(act.connection, ticket)
    most = act.agency.answering.capacity if act.agency is not None else 0
    is_pressing = ticket.priority > 0 or ticket.urgency == EMERGENCY
    locale = None if act.conversation is None else act.conversation.locale
    found = await on_duty(act.connection, present, city=ticket.city, agency=ticket.agency, team=ticket.team_id)
    found = [one for one in found if one.login != about]
    put_back_by = (await act.connection.execute(PUT_BACK_BY, {"id": ticket.id})).scalar_one_or_none()
    found = [one for one in found if one.login != put_back_by] or found  # others first: the resident was told so
    if not is_pressing and any(one.of_team for one in found):
        found = [one for one in found if one.of_team]
    found.sort(key=lambda one: (not one.of_team, one.speaks(locale), one.load, one.busy_at or NEVER, one.login))
    for one in found:
        # counted anew under the clerk's lock: a job of another agency may have given them one meanwhile
        if is_pressing or (one.load < most and await load_of(act.connection, one.login) < most):
            return one.login
    return None


def _may_answer(login: str, grants: object, act: Act) -> bool:
    who = Actor(login, grants=grants)  # type: ignore[arg-type]
    return act.ticket.admits(who, Permission.TICKET_ANSWER)
