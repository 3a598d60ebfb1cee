"""`desk run`: the whole product in one supervised process tree."""

import asyncio
import os
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter, validators

from desk.cli.loading import loading

app = App(name="run", help="Run everything here: engines, bot, actions, worker, web, and the sandbox.")


@app.default
def run(
    *,
    port: Annotated[
        int | None,
        Parameter(help="Port of the web server (DESK_PORT).", validator=validators.Number(gte=1, lte=65_535)),
    ] = None,
    data_dir: Annotated[Path | None, Parameter(help="Where all state is kept (DESK_DATA_DIR).")] = None,
    sandbox: Annotated[bool, Parameter(help="Start the pretend city too.")] = True,
    workers: Annotated[int, Parameter(help="So many workers: while one is killed another goes on.")] = 2,
) -> None:
    """Run everything here until Ctrl-C or SIGTERM; prints the address when it is ready."""
    with loading():
        from rich.console import Console

        from desk.app.runtime import configure_logs, runtime
        from tools.running import plan, run_all
        from tools.supervisor.process import OWNER_ALONE

    configure_logs()
    os.umask(OWNER_ALONE)
    at = runtime()
    console = Console(stderr=True, highlight=False)
    asyncio.run(run_all(at, plan(at, port=port, data_dir=data_dir, sandbox=sandbox, workers=workers), console))
