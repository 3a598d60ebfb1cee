"""Sharing tickets out in turn, by itself, where an agency wants that (`answering.share` of its city's file).

A job for each agency gives what waits to who is on duty; it is queued in the transaction of whatever makes a ticket
wait or a clerk free, and each minute for what that missed. A ticket that was given and not opened comes back.
"""

from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from desk.city.files import Agency, City
from desk.contract.errors import Conflict, NotFound
from desk.contract.staff import Permission, system
from desk.store.database import transaction
from desk.store.deferring import REPLIES, defer
from desk.tickets.assigning import RETURN, RETURN_UNOPENED, Assigning
from desk.tickets.history import share_soon
from desk.tickets.presence import Presence
from desk.tickets.queue import ORDER, remind_later
from desk.tickets.room import Room
from desk.tickets.staffing.duty import missed

SHARER = system("share_out", Permission.TICKET_ASSIGN)
"""Who gives tickets, in history and audit."""
AT_ONCE = 200  # tickets that a job gives before another goes on

NEXT = text(f"""
    SELECT id, coalesce(team_id, 0) AS team FROM tickets
    WHERE state = 'open' AND city = :city AND agency = :agency
      AND id <> ALL (:tried) AND coalesce(team_id, 0) <> ALL (:full)
    ORDER BY {ORDER} LIMIT 1
""")
WAITING = text("SELECT DISTINCT city, agency FROM tickets WHERE state = 'open'")


def agency_in_turn(cities: Mapping[str, City], city: str, agency: str) -> Agency | None:
    """The agency, if it wants its tickets to be shared out in turn."""
    found = next((one for one in cities[city].agencies if one.slug == agency), None) if city in cities else None
    return found if found is not None and found.answering.share == "in_turn" else None


async def share_out(room: Room, presence: Presence, city: str, agency: str) -> int:
    """Give what waits at an agency to who is on duty, in the order of the queue, until nobody can have more.

    Answers how many were given.
    """
    wants = agency_in_turn(room.cities, city, agency)
    if wants is None:
        return 0
    given, tried, full, shares = 0, list[int](), list[int](), Assigning(room)
    opens_within = timedelta(minutes=wants.answering.opens_within_minutes)
    while given < AT_ONCE:
        async with room.engine.connect() as connection:
            values = {"city": city, "agency": agency, "tried": tried, "full": full}
            found = (await connection.execute(NEXT, values)).one_or_none()
        if found is None:
            return given
        try:
            shared = await shares.share_out(SHARER, found.id, await presence.present(), opens_within=opens_within)
        except (Conflict, NotFound):  # somebody took it, or a clerk speaks in its conversation: the next one
            tried.append(found.id)
            continue
        if shared is None:
            full.append(found.team)
            continue
        given += 1
    async with transaction(room.engine) as connection:
        await share_soon(connection, city, agency)
    return given


async def share_out_everywhere(room: Room) -> int:
    """Queue the job of each agency at which something waits. Answers how many."""
    async with transaction(room.engine) as connection:
        waiting = [(row.city, row.agency) for row in await connection.execute(WAITING)]
        wanting = [one for one in waiting if agency_in_turn(room.cities, *one) is not None]
        for city, agency in wanting:
            await share_soon(connection, city, agency)
    return len(wanting)


async def return_unopened(room: Room, ticket_id: int) -> bool:
    """Put a ticket back that was given in turn and not opened in time; who has missed it gets nothing new.

    Answers whether it was. A job that runs twice, or for what was opened, changes nothing.
    """
    async with room.act(SHARER, ticket_id, Permission.TICKET_ASSIGN) as act:
        ticket, login = act.ticket, act.ticket.claimed_by
        if ticket.state != "claimed" or ticket.given_at is None or login is None:
            act.drop()
            return False
        minutes = 0 if act.agency is None else act.agency.answering.opens_within_minutes
        left = ticket.given_at + timedelta(minutes=minutes) - act.now
        if left > timedelta(0):
            act.drop()
            await return_later(act.connection, ticket_id, left)
            return False
        await act.change(RETURN)
        act.tell_state()
        await missed(act.connection, login)
        if act.conversation is not None and ticket.matter is None:
            await remind_later(act.connection, act.ticket)
        act.done("returned", "ticket.return_unopened", **{"from": login})
    return True


async def return_later(connection: AsyncConnection, ticket_id: int, after: timedelta) -> None:
    """Queue the job that puts a ticket back unless it is opened by then."""
    await defer(connection, RETURN_UNOPENED, lane=REPLIES, after=after, ticket_id=ticket_id)
