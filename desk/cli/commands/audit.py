"""`desk audit`: who did and read what; whether anything of it was changed; a day as a file."""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter
from rich.console import Console
from rich.table import Table

from desk.app.acting import acting
from desk.app.runtime import configure_logs, runtime
from desk.audit.keeping import ANCHORS
from desk.audit.looking import Auditing
from desk.audit.reading import Filter
from desk.contract.errors import Conflict
from desk.contract.staff import Actor

app = App(name="audit", help="The audit: search, verify, export.")

type AsJson = Annotated[bool, Parameter(name="--json", help="Print one JSON document.", negative="")]


@app.command(name="list")
def list_(
    *,
    actor: Annotated[str | None, Parameter(help="Only what this login did.")] = None,
    act: Annotated[str | None, Parameter(help="Only this act, as ticket.claim, or all of a thing: ticket.")] = None,
    subject: Annotated[str | None, Parameter(help="Only what was done to this: T-1-8, an order, a login.")] = None,
    city: Annotated[str | None, Parameter(help="Only of this city.")] = None,
    since: Annotated[datetime | None, Parameter(help="From this time on, with an offset or in UTC.")] = None,
    until: Annotated[datetime | None, Parameter(help="Before this time.")] = None,
    limit: Annotated[int, Parameter(help="At most so many.")] = 50,
    as_json: AsJson = False,
) -> None:
    """Search the audit, the newest first. That you did is in it, too."""
    wanted = Filter(actor, act, subject, city, since, until, limit=limit)

    found = asyncio.run(_looking(lambda auditing, who: auditing.search(who, wanted)))
    if as_json:
        print(json.dumps({"records": [json.loads(one.line()) for one in found]}, ensure_ascii=False))
        return
    table = Table("No.", "At", "Who", "From", "Did", "To", "Why")
    for one in found:
        at = f"{one.at.astimezone():%Y-%m-%d %H:%M:%S}"
        table.add_row(str(one.number), at, one.actor, one.address, one.act, one.subject, one.reason)
    Console().print(table)


@app.command
def verify(
    *,
    export: Annotated[list[Path] | None, Parameter(help="Files that were exported: compare with them too.")] = None,
    as_json: AsJson = False,
) -> None:
    """Look at every record's seal, at their order, and whether any is missing. Exits with 1 when something is wrong."""

    at = runtime()
    written = (at.settings.audit_dir or at.data_dir / "audit") / ANCHORS
    anchors = written.read_text(encoding="ascii").splitlines() if written.exists() else []

    found = asyncio.run(_looking(lambda auditing, who: auditing.verify(who, anchors=anchors, exports=export or [])))
    if as_json:
        print(json.dumps({"records": found.records, "faults": list(found.faults)}))
    else:
        console = Console(markup=False, highlight=False, soft_wrap=True)
        for fault in found.faults:
            console.print(f"✗ {fault}")
        console.print(f"{found.records} records, {len(found.faults)} faults.")
    if found.faults:
        sys.exit(1)


@app.command
def export(day: str, *, out: Annotated[Path | None, Parameter(help="A file. Unset: the output.")] = None) -> None:
    """Write the records of a day, a line of JSON each; the worker does so daily by itself.

    Args:
        day: as 2026-11-28, in UTC.
    """
    try:
        wanted = date.fromisoformat(day)
    except ValueError:
        raise Conflict(f"{day!r} is no day; they look like 2026-11-28.") from None

    async def exporting(auditing: Auditing, who: Actor) -> str:
        return "".join([line async for line in await auditing.export(who, wanted)])

    text = asyncio.run(_looking(exporting))
    if out is None:
        sys.stdout.write(text)
    else:
        out.write_text(text, encoding="utf-8")


async def _looking[Found](look: Callable[[Auditing, Actor], Awaitable[Found]]) -> Found:
    configure_logs()
    async with acting(runtime()) as here:
        return await look(Auditing(here.engine), here.actor)
