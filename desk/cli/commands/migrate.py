"""`desk migrate`: the database brought to the newest shape."""

import asyncio
from typing import Annotated

from cyclopts import App, Parameter
from cyclopts.validators import Number

from desk.cli.loading import loading

app = App(name="migrate", help="Bring the database to the newest shape, and accounts to what the city files say.")


@app.default
def migrate(
    *,
    pre: Annotated[
        bool,
        Parameter(
            help="Only what roles of the release before do not notice: they may work on. Again without it once they are"
            " gone.",
            negative="",
        ),
    ] = False,
    wait: Annotated[
        float | None,
        Parameter(
            help="Change nothing: wait until another has brought the database to a shape of this release, so many"
            " seconds at most.",
            validator=Number(gt=0),
        ),
    ] = None,
) -> None:
    """Bring the database to the newest shape, and agencies and accounts to what the city files say."""
    with loading():
        from desk.app.migrate import migrate_to, wait_for
        from desk.app.runtime import configure_logs, runtime
    configure_logs()
    at = runtime()
    if wait is not None:
        asyncio.run(wait_for(at.database_url, wait))
        return
    asyncio.run(migrate_to(at.database_url, at.cities(), pre_only=pre))
