"""Forgetting what counts when a pretend city is made new: attempts, and what its residents have open.

It is forgotten in all cities: the pretend people and their telephones are the same in each, and what counts by one of
them counts wherever they try next.
"""

from sqlalchemy import text

from desk.store.database import create_engine, transaction

FORGET = (text("DELETE FROM attempts"), text("DELETE FROM reservations"))


async def forget(database_url: str) -> int:
    """Forget what counts in a database; how much it was. Proofs stay: they are no counters.

    Raises:
        sqlalchemy.exc.DBAPIError: the database cannot be reached; nothing was forgotten.
    """
    engine = create_engine(database_url, pool_size=1)
    try:
        async with transaction(engine) as connection:
            return sum([(await connection.execute(statement)).rowcount for statement in FORGET])
    finally:
        await engine.dispose()
