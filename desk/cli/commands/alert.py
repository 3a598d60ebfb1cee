"""`desk alert`: emergency alerts (CAP) that came, and what becomes of them. What staff are told of: `desk alerts`."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import App, Parameter
from rich.console import Console
from rich.table import Table

from desk.alerts.listing import Listing
from desk.alerts.rows import AlertRow
from desk.app.acting import acting
from desk.app.runtime import configure_logs, runtime
from desk.contract.errors import Conflict
from desk.contract.staff import Actor

if TYPE_CHECKING:
    from desk.alerts.service import Alerts

app = App(name="alert", help="Emergency alerts (CAP 1.2): upload, list, approve, reject, end.")

type AsJson = Annotated[bool, Parameter(name="--json", help="Print one JSON document.", negative="")]
type State = Literal["pending", "live", "ended", "rejected", "kept"]


@app.command
def upload(file: Path, *, city: str, source: str, as_json: AsJson = False) -> None:
    """Bring a document of a source. Another person lets it through: desk alert approve.

    Args:
        file: the CAP document.
        city: as its file in cities/ is called.
        source: slug of the source whose document it is, as in the city file.
    """
    from desk.alerts.documents import LARGEST, Refused

    if not file.is_file():
        raise Conflict(f"There is no file {file}.")
    if file.stat().st_size > LARGEST:
        raise Refused("too_large", f"{file} has {file.stat().st_size} bytes; at most {LARGEST} are read.")
    document = file.read_bytes()

    async def bring(room: "Alerts", actor: Actor) -> AlertRow:
        return (await room.take(actor, city, source, document, via="upload")).alert

    _say(_act(bring), as_json=as_json)


@app.command(name="list")
def list_(*, city: str | None = None, state: State | None = None, as_json: AsJson = False) -> None:
    """List documents that came, the newest first.

    Args:
        city: only this one's.
        state: only those that wait (pending), hold (live), or whatever became of others.
    """

    async def look(listing: Listing, actor: Actor) -> list[AlertRow]:
        return await listing.alerts(actor, city=city, state=state)

    found = _look(look)
    if as_json:
        print(json.dumps({"alerts": [_json(one) for one in found]}, ensure_ascii=False, indent=2))
        return
    if not found:
        Console().print("There is none.")
        return
    table = Table("No.", "City", "Source", "Kind", "Status", "Severity", "Until", "State", "What")
    for one in found:
        until = f"{one.expires.astimezone():%Y-%m-%d %H:%M}"
        state_shown = one.state if one.done == "public" else f"{one.state} ({one.done})"
        table.add_row(
            str(one.id), one.city, one.source, one.kind, one.status, one.severity, until, state_shown, _headline(one)
        )
    Console().print(table)


@app.command
def show(number: int, *, document: bool = False, as_json: AsJson = False) -> None:
    """Show a document: what it says of the city, and what became of it.

    Args:
        number: as `desk alert list` shows it.
        document: print the CAP document itself.
    """

    async def look(listing: Listing, actor: Actor) -> tuple[AlertRow, bytes]:
        return await listing.one(actor, number)

    alert, content = _look(look)
    if document:
        print(content.decode(errors="replace"))
    elif as_json:
        print(json.dumps(_json(alert), ensure_ascii=False, indent=2))
    else:
        _print(alert)


@app.command
def approve(number: int, *, as_json: AsJson = False) -> None:
    """Let a document through that waits. Who brought it may not.

    Args:
        number: as `desk alert list --state pending` shows it.
    """

    async def decide(room: "Alerts", actor: Actor) -> AlertRow:
        return await room.approve(actor, number)

    _say(_act(decide), as_json=as_json)


@app.command
def reject(number: int, *, reason: str, as_json: AsJson = False) -> None:
    """Keep back a document that waits.

    Args:
        number: as `desk alert list --state pending` shows it.
        reason: why; it stays with the document.
    """

    async def decide(room: "Alerts", actor: Actor) -> AlertRow:
        return await room.reject(actor, number, reason)

    _say(_act(decide), as_json=as_json)


@app.command
def end(number: int, *, reason: str, as_json: AsJson = False) -> None:
    """Take an alert back at once, whatever its source says. Residents see it no more.

    Args:
        number: as `desk alert list --state live` shows it.
        reason: why; it stays with the alert.
    """

    async def decide(room: "Alerts", actor: Actor) -> AlertRow:
        return await room.end(actor, number, reason)

    _say(_act(decide), as_json=as_json)


@app.command
def sources(*, city: str, as_json: AsJson = False) -> None:
    """Show how the sources of a city answer, and which of their documents were refused.

    Args:
        city: as its file in cities/ is called.
    """

    async def look(listing: Listing, actor: Actor) -> dict[str, list[dict[str, Any]]]:
        polls, refusals = await listing.polls(actor, city), await listing.refusals(actor, city)
        return {"asked": [asdict(one) for one in polls], "refused": [asdict(one) for one in refusals]}

    found = _look(look)
    if as_json:
        print(json.dumps(found, ensure_ascii=False, indent=2, default=str))
        return
    asked = Table("Source", "Asked", "Answered", "Failures", "Fault")
    for one in found["asked"]:
        asked.add_row(*("" if value is None else str(value) for value in one.values()))
    refused = Table("Source", "Why", "Reason", "Read")
    for one in found["refused"]:
        refused.add_row(one["source"], one["why"], one["message"], str(one["read_at"]))
    Console().print(asked, refused)


def _act[Result](work: "Callable[[Alerts, Actor], Awaitable[Result]]") -> Result:
    """Open the room for one command."""
    from desk.app.emergency_alerts import alerts_room  # signatures, maps, pages

    configure_logs()

    async def act() -> Result:
        at = runtime()
        async with acting(at) as here:
            return await work(alerts_room(at, here.engine, at.cities()), here.actor)

    return asyncio.run(act())


def _look[Result](work: Callable[[Listing, Actor], Awaitable[Result]]) -> Result:
    """Read, and decide nothing."""
    configure_logs()

    async def look() -> Result:
        async with acting(runtime()) as here:
            return await work(Listing(here.engine), here.actor)

    return asyncio.run(look())


def _say(alert: AlertRow, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(_json(alert), ensure_ascii=False))
        return
    console = Console(markup=False, highlight=False)
    match alert.state:
        case "pending":
            console.print(f"Alert {alert.id} waits for somebody else: desk alert approve {alert.id}")
        case "live" if alert.done == "public":
            console.print(f"Alert {alert.id} is shown until {alert.expires.astimezone():%Y-%m-%d %H:%M}.")
        case "live":
            console.print(f"Alert {alert.id} holds as a trial: residents see nothing of it.")
        case _:
            console.print(f"Alert {alert.id} is {alert.state}: {alert.why or 'done'}.")


def _print(alert: AlertRow) -> None:
    console = Console(markup=False, highlight=False)
    console.print(f"Alert {alert.id}: {alert.state}" + (f" ({alert.why})" if alert.why else ""))
    console.print(f"{alert.city}/{alert.source}: {alert.sender}, {alert.identifier}, {alert.sent.isoformat()}")
    console.print(f"{alert.status} {alert.kind} {alert.scope}, {alert.severity}: done as {alert.done}")
    console.print(f"From {alert.effective.isoformat()} until {alert.expires.isoformat()}")
    console.print(f"Where: {', '.join(alert.districts) if alert.districts else 'the whole city'}")
    for info in alert.infos:
        console.print(f"\n[{info['language']}] {info['headline'] or info['event']}")
        for name in ("description", "instruction"):
            if info[name]:
                console.print(info[name])


def _headline(alert: AlertRow) -> str:
    from desk.alerts.said import said  # catalogs

    return said(alert, "zh_Hans").headline if alert.infos else alert.why


def _json(alert: AlertRow) -> dict[str, Any]:
    shown = asdict(alert)
    return {name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in shown.items()}
