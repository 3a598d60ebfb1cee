"""Who last looked at a ticket, and when: what its resident wrote since is new to them."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from desk.tickets.rows import TicketRow

LOOKED = text("""
    INSERT INTO ticket_looks (ticket_id, login, at) VALUES (:id, :login, clock_timestamp())
    ON CONFLICT (ticket_id, login) DO UPDATE SET at = EXCLUDED.at
""")


async def looked_at(connection: AsyncConnection, ticket: TicketRow, login: str) -> None:
    """Note that somebody has a ticket before them, before its lines are read: what is said later is new to them."""
    await connection.execute(LOOKED, {"id": ticket.id, "login": login})
