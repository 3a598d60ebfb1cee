"""`desk voice`: stop the bot's voice at once, for a city or an account; start it again, which takes two."""

import asyncio
import json
from collections.abc import Sequence
from typing import Annotated, Any

from cyclopts import App, Parameter
from rich.console import Console
from rich.table import Table

from desk.app.acting import acting
from desk.app.runtime import Runtime, configure_logs, runtime
from desk.cli.requested import request_json, request_said
from desk.contract.errors import Conflict, NotFound
from desk.contract.staff import Permission
from desk.kill_switch.service import KillSwitch, Scope, StopRow
from desk.staff.rows import RequestRow

app = App(name="voice", help="The bot's voice: stop it at once, start it again, see what is stopped.")

type City = Annotated[str | None, Parameter(help="A city, as its file in cities/ is called.")]
type Account = Annotated[str | None, Parameter(help="An account, by its slug in the city file.")]
type Everything = Annotated[bool, Parameter(help="All cities and accounts.", negative="")]
type Reason = Annotated[str, Parameter(help="Why, for the record.")]
type AsJson = Annotated[bool, Parameter(name="--json", help="Print one JSON document.", negative="")]


@app.command
def stop(
    *,
    reason: Reason,
    city: City = None,
    account: Account = None,
    everything: Everything = False,
    as_json: AsJson = False,
) -> None:
    """Stop the voice: from now on residents get a notice and a ticket instead of the bot's answers."""
    scope = _scope(runtime(), city, account, everything=everything)

    async def stopping() -> bool:
        configure_logs()
        async with acting(runtime()) as here:
            return await KillSwitch(here.engine).stop(scope, reason=reason, actor=here.actor)

    stopped = asyncio.run(stopping())
    if as_json:
        print(json.dumps({"scope": scope.kind, "subject": scope.subject, "stopped": True, "before": not stopped}))
    elif stopped:
        Console().print(f"The voice is stopped for {scope}. To let it speak again: desk voice start")
    else:
        Console().print(f"The voice was stopped for {scope} before; that stop holds. See: desk voice status")


@app.command
def start(
    *,
    reason: Reason,
    city: City = None,
    account: Account = None,
    everything: Everything = False,
    as_json: AsJson = False,
) -> None:
    """Ask that the bot speaks again; another has to allow it. Tickets that were opened stay with the clerks."""
    from desk.app.staffing import staff  # all that takes two

    scope = _scope(runtime(), city, account, everything=everything)

    async def asking() -> RequestRow:
        configure_logs()
        at = runtime()
        async with acting(at) as here:
            requests = staff(here.engine, at.cities()).requests
            return await KillSwitch(here.engine).ask_to_start(scope, reason=reason, actor=here.actor, requests=requests)

    asked = asyncio.run(asking())
    if as_json:
        print(json.dumps(request_json(asked), ensure_ascii=False))
    else:
        Console(markup=False, highlight=False, soft_wrap=True).print(request_said(asked))


@app.command
def status(
    *,
    city: City = None,
    account: Account = None,
    history: Annotated[bool, Parameter(help="Stops that have ended, too; newest first.", negative="")] = False,
    as_json: AsJson = False,
) -> None:
    """Show what is stopped, since when, by whom and why."""

    async def reading() -> Sequence[StopRow]:
        configure_logs()
        async with acting(runtime()) as here:
            here.actor.require_somewhere(Permission.VOICE_READ)
            voice = KillSwitch(here.engine)
            return await voice.history() if history else await voice.holding()

    wanted = {("city", city), ("account", account)} if city or account else None
    stops = [
        one
        for one in asyncio.run(reading())
        if wanted is None or one.kind == "everything" or (one.kind, one.subject) in wanted
    ]
    if as_json:
        print(json.dumps({"stops": [_json(one) for one in stops]}, ensure_ascii=False, indent=1))
        return
    if not stops:
        Console().print("The voice is stopped nowhere.")
        return
    table = Table("Of", "Stopped", "By", "Reason", "Started", "By", "Reason")
    for one in stops:
        at = f"{one.stopped_at.astimezone():%Y-%m-%d %H:%M:%S}"
        until = f"{one.started_at.astimezone():%Y-%m-%d %H:%M:%S}" if one.started_at else ""
        table.add_row(
            str(one.scope), at, one.stopped_by, one.reason, until, one.started_by or "", one.started_reason or ""
        )
    Console().print(table)


def _scope(at: Runtime, city: str | None, account: str | None, *, everything: bool) -> Scope:
    """What is meant: exactly one of the three.

    Raises:
        Conflict: none of them, or several, are named.
        NotFound: there is no such city.
    """
    if sum((city is not None, account is not None, everything)) != 1:
        raise Conflict("Name one: --city CITY, --account ACCOUNT or --everything.")
    if city is not None:
        if city not in (cities := at.cities()):
            raise NotFound(f"There is no city {city!r}; there are {', '.join(cities)}.")
        return Scope("city", city)
    return Scope("everything") if account is None else Scope("account", account)


def _json(stop: StopRow) -> dict[str, Any]:
    return {
        "scope": stop.kind,
        "subject": stop.subject,
        "reason": stop.reason,
        "stopped_by": stop.stopped_by,
        "stopped_at": stop.stopped_at.isoformat(timespec="seconds"),
        "started_by": stop.started_by,
        "started_reason": stop.started_reason,
        "started_at": None if stop.started_at is None else stop.started_at.isoformat(timespec="seconds"),
    }
