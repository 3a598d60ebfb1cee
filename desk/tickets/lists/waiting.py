"""The tickets that wait or are claimed, as a command lists them; it knows neither catalogs nor what clerks write."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from desk.contract.staff import Actor, Permission
from desk.tickets.grades.ledger import HIDDEN
from desk.tickets.queue import COLUMNS, SEEN
from desk.tickets.rows import TicketRow

MOST = 500

LIST = text(f"""
    SELECT {COLUMNS} FROM tickets
    WHERE state = ANY (:states) AND (CAST(:city AS text) IS NULL OR city = :city) AND {SEEN}
      AND NOT {HIDDEN}
    ORDER BY priority DESC, id LIMIT :most
""")


async def waiting(
    engine: AsyncEngine, actor: Actor, *, city: str | None = None, states: tuple[str, ...] = ("open", "claimed")
) -> list[TicketRow]:
    """The tickets of the actor's agencies: emergencies first, then the oldest; at most `MOST`."""
    values = {
        "states": list(states),
        "city": city,
        "me": actor.login,
        "most": MOST,
        **actor.places(Permission.TICKET_READ).values(),
    }
    async with engine.connect() as connection:
        return [TicketRow(**row._mapping) for row in await connection.execute(LIST, values)]
