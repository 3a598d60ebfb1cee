"""The database, brought to what the code and the city files say."""

import asyncio

from desk.accounts.service import sync
from desk.city.files import City
from desk.store.database import create_engine, transaction
from desk.store.migrations import upgrade


async def migrate_to(database_url: str, cities: dict[str, City]) -> None:
    """Bring the database to the newest shape, agencies and accounts to what the city files say."""
    await asyncio.to_thread(upgrade, database_url)
    engine = create_engine(database_url, pool_size=1)
    try:
        async with transaction(engine) as connection:
            await sync(connection, cities)
    finally:
        await engine.dispose()
