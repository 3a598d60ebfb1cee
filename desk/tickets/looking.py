"""Looking at a ticket's clocks when the next step of one is reached."""

from collections.abc import Mapping
from datetime import datetime

import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from desk.city.files import City
from desk.contract.staff import Permission
from desk.staff.alerts import AlertKind, raise_alert
from desk.staff.news import News
from desk.store.database import transaction
from desk.store.deferring import UPKEEP, defer
from desk.tickets.grades.ledger import about_of
from desk.tickets.history import keep_clocks
from desk.tickets.reference import reference_of
from desk.tickets.room import FIND, TOPIC, utc_now
from desk.tickets.rows import TicketRow
from desk.tickets.staffing.backstop import LATE

log = structlog.get_logger(__name__)

CALL_BACKSTOP = "tickets.call_backstop"
PRESSING = 80  # percent of a limit, from which on staff are told who look elsewhere

# The fence: a job that runs twice, or that a later one has made needless, finds that nobody waits for it.
TAKE = text("""
    UPDATE tickets SET look_at = NULL WHERE id = :id AND (look_at IS NULL OR look_at <= :now) RETURNING id
""")


async def look(
    engine: AsyncEngine, news: News, cities: Mapping[str, City], ticket_id: int, now: datetime | None = None
) -> list[tuple[str, int]]:
    """Escalate, once each, what has reached a step: 50, 80 or 100 percent of a limit. Answers clocks and percents."""
    at = now or utc_now()
    async with transaction(engine) as connection:
        if (await connection.execute(TAKE, {"id": ticket_id, "now": at})).one_or_none() is None:
            return []
        told = await keep_clocks(connection, cities, ticket_id, at)
        pressing = max((percent for _, percent in told), default=0)
        if pressing >= PRESSING:
            ticket = TicketRow(**(await connection.execute(FIND, {"id": ticket_id})).one()._mapping)
            await raise_alert(
                connection,
                AlertKind.ESCALATION,
                ticket.reference,
                to=Permission.TICKET_ANSWER,
                city=ticket.city,
                agency=ticket.agency,
                detail=str(pressing),
                but_not=await about_of(connection, ticket) or "",
            )
        if ("first_answer", LATE) in told:
            await defer(connection, CALL_BACKSTOP, lane=UPKEEP, ticket_id=ticket_id)
    for clock, percent in told:
        log.info("ticket_escalated", ticket=reference_of(ticket_id), clock=clock, percent=percent)
    if told:
        await news.tell(TOPIC)
    return told
