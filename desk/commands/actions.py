"""`desk actions`: the actions server alone. Addresses are set, or those of the stack that runs here."""

import asyncio

from cyclopts import App

from desk.app.actions import actions as run_actions
from desk.app.runtime import configure_logs, runtime

app = App(name="actions", help="Run the actions server.")


@app.default
def actions() -> None:
    """Run the actions server, until SIGTERM."""
    configure_logs()
    asyncio.run(run_actions(runtime()))
