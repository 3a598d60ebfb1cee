"""`desk whoami`: who acts with commands here."""

import asyncio
import json
from typing import Annotated

from cyclopts import App, Parameter
from rich.console import Console

from desk.app.acting import acting
from desk.app.runtime import configure_logs, runtime
from desk.contract.staff import Actor

app = App(name="whoami", help="Who acts with commands here, and as what.")


@app.default
def whoami(
    *, as_json: Annotated[bool, Parameter(name="--json", help="Print one JSON document.", negative="")] = False
) -> None:
    """Say who acts."""
    configure_logs()

    async def act() -> Actor:
        async with acting(runtime()) as here:
            return here.actor

    actor = asyncio.run(act())
    grants = [str(one) for one in actor.grants]
    if as_json:
        print(json.dumps({"login": actor.login, "name": actor.name, "via": actor.via, "grants": grants}))
    else:
        Console(highlight=False).print(f"{actor.login} ({actor.name}): {', '.join(grants)}")
