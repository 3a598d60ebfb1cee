"""`desk logout`: nobody acts with later commands."""

import asyncio

from cyclopts import App
from rich.console import Console

from desk.app.acting import authentication, forget_session, kept_session
from desk.app.runtime import configure_logs, runtime
from desk.contract.staff import NotLoggedIn
from desk.store.database import create_engine

app = App(name="logout", help="Log out.")


@app.default
def logout() -> None:
    """End the login that `desk login` keeps."""
    configure_logs()
    at = runtime()
    token = kept_session(at)
    if token is None:
        raise NotLoggedIn("Nobody is logged in here.")

    async def act() -> None:
        engine = create_engine(at.database_url, pool_size=1, vault=at.vault())
        try:
            door = authentication(at, engine)
            await door.log_out(await door.actor(token), token)
        finally:
            await engine.dispose()

    try:
        asyncio.run(act())
    finally:
        forget_session(at)
    Console().print("You are logged out.")
