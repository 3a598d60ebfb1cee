"""`desk arm`: let this store send."""

import asyncio
import json
from typing import Annotated

from cyclopts import App, Parameter
from rich.console import Console

from desk.announcements import arming
from desk.app.acting import acting
from desk.app.runtime import runtime

app = App(name="arm", help="Let this store send: one that was restored from a backup sends nothing until then.")


@app.default
def arm(
    *, as_json: Annotated[bool, Parameter(name="--json", help="Print one JSON document.", negative="")] = False
) -> None:
    """Let this store send what waits, as an operator.

    Look first what that is (desk send status, desk payments list): what another store sent after the backup was
    made is sent again.
    """
    asyncio.run(_arm())
    if as_json:
        print(json.dumps({"armed": True}))
    else:
        Console().print("Armed: what waits is sent from here, within seconds.")


async def _arm() -> None:
    async with acting(runtime()) as here:
        await arming.arm(here.engine, here.actor)
