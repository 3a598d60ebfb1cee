"""`desk migrate`: the database brought to the newest shape."""

import asyncio

from cyclopts import App

from desk.app.migrate import migrate_to
from desk.app.runtime import configure_logs, runtime

app = App(name="migrate", help="Bring the database to the newest shape, and accounts to what the city files say.")


@app.default
def migrate() -> None:
    """Bring the database to the newest shape, and agencies and accounts to what the city files say."""
    configure_logs()
    at = runtime()
    asyncio.run(migrate_to(at.database_url, at.cities()))
