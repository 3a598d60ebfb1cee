"""`desk alerts`: what you are told of by mail, and where."""

import asyncio
import json
from typing import Annotated

from cyclopts import App, Parameter
from rich.console import Console

from desk.app.acting import acting
from desk.app.runtime import configure_logs, runtime
from desk.staff.alerts import AlertKind
from desk.staff.wanted import AlertWishes, Wanted

app = App(name="alerts", help="What you are told of by mail, and where.")

type AsJson = Annotated[bool, Parameter(name="--json", help="Print one JSON document.", negative="")]


@app.command
def show(*, as_json: AsJson = False) -> None:
    """Show what you are told of, and where."""
    configure_logs()

    async def act() -> Wanted:
        at = runtime()
        async with acting(at) as here:
            return await AlertWishes(here.engine, at.keys()).of(here.actor)

    _say(asyncio.run(act()), as_json=as_json)


@app.command
def choose(
    *,
    mail: Annotated[str | None, Parameter(help="Your address. Unset: you are told nothing by mail.")] = None,
    kind: Annotated[
        list[AlertKind] | None, Parameter(help="Of what; may be given several times. Unset: of everything.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Choose what you are told of, and where."""
    configure_logs()
    kinds = frozenset(AlertKind if kind is None else kind)

    async def act() -> Wanted:
        at = runtime()
        async with acting(at) as here:
            wishes = AlertWishes(here.engine, at.keys())
            await wishes.keep(here.actor, mail, kinds)
            return await wishes.of(here.actor)

    _say(asyncio.run(act()), as_json=as_json)


def _say(wanted: Wanted, *, as_json: bool) -> None:
    kinds = sorted(wanted.kinds)
    if as_json:
        print(json.dumps({"mail": wanted.mail, "kinds": kinds}))
    elif wanted.mail is None:
        Console().print("You are told nothing by mail: desk alerts choose --mail ADDRESS")
    else:
        Console(markup=False, highlight=False).print(f"{wanted.mail}: {', '.join(kinds) or 'nothing'}")
