"""The database, brought to what the code and the city files say."""

import asyncio

from sqlalchemy.exc import OperationalError

from desk.accounts.service import left_out, sync
from desk.city.files import City
from desk.contract.errors import StartError
from desk.store.database import create_engine, transaction
from desk.store.migrations import pending, upgrade

LOOK_SECONDS = 2.0  # another process migrates, and tells nobody when it is done

NOT_MIGRATED = (
    "After {seconds:g} s the database {why}. Run 'desk migrate' of this release, or look into the log of the job that"
    " does, then start this again."
)

LEFT_OUT = (
    "In this database are conversations of {cities}, which is not served: nobody could answer them. Serve it too"
    " (DESK_ONLY_CITIES, DESK_CITIES), or give the cities that are served a database of their own."
)


async def migrate_to(database_url: str, cities: dict[str, City], *, pre_only: bool = False) -> None:
    """Bring the database to the newest shape, agencies and accounts to what the city files say.

    `pre_only`: only as far as roles of the release before bear it.

    Raises:
        StartError: it has conversations of a city that is not served.
    """
    await asyncio.to_thread(upgrade, database_url, pre_only=pre_only)
    engine = create_engine(database_url, pool_size=1)
    try:
        async with transaction(engine) as connection:
            if left := await left_out(connection, cities):
                raise StartError(LEFT_OUT.format(cities=", ".join(left)))
            await sync(connection, cities)
    finally:
        await engine.dispose()


async def wait_for(database_url: str, seconds: float, look_seconds: float = LOOK_SECONDS) -> None:
    """Wait until the database has the shape that this code was written for. It is looked at once at least.

    Raises:
        StartError: it has not after so many seconds.
    """
    clock = asyncio.get_running_loop().time
    until = clock() + seconds
    while why := await asyncio.to_thread(_missing, database_url):
        if clock() >= until:
            raise StartError(NOT_MIGRATED.format(seconds=seconds, why=why))
        await asyncio.sleep(look_seconds)


def _missing(database_url: str) -> str | None:
    """What the database lacks; None: nothing."""
    try:
        missing = pending(database_url, pre_only=True)
    except OperationalError:
        return "cannot be reached"
    return f"lacks {len(missing)} migrations" if missing else None
