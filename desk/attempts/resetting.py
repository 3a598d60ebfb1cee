"""Forgetting what counts in a pretend city that is made new: attempts, and what its residents have open."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

FORGET = (
    text("DELETE FROM attempts WHERE CAST(:city AS text) IS NULL OR city = :city"),
    text("DELETE FROM reservations WHERE CAST(:city AS text) IS NULL OR city = :city"),
)


async def forget(connection: AsyncConnection, city: str | None) -> int:
    """Forget what counts in a city, None: in all; how much it was. Proofs stay: they are no counters."""
    return sum([(await connection.execute(statement, {"city": city})).rowcount for statement in FORGET])
