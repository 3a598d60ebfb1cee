"""`desk retention`: what was deleted when its time was over."""

import asyncio
import json
from datetime import UTC, datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from cyclopts import App, Parameter
from rich.console import Console
from rich.table import Table

from desk.app.acting import acting
from desk.app.runtime import configure_logs, runtime
from desk.contract.staff import Permission
from desk.store.retention import Line, report

app = App(name="retention", help="What was deleted when its time was over, by city and kind.")

ZONE = ZoneInfo("Asia/Shanghai")


@app.default
def retention(
    *, as_json: Annotated[bool, Parameter(name="--json", help="Print one JSON document.", negative="")] = False
) -> None:
    """Report what was deleted in the last 31 days, by city and kind, and whether it ran."""
    configure_logs()
    lines, now = asyncio.run(_lines()), datetime.now(UTC)
    if as_json:
        found = [
            {
                "city": one.city,
                "kind": one.kind,
                "kept": f"{one.length} {one.unit}",
                "today": one.today,
                "deleted": one.deleted,
                "held": one.held,
                "ran_at": one.ran_at.isoformat(timespec="seconds"),
                "overdue": one.is_overdue(now),
            }
            for one in lines
        ]
        print(json.dumps({"retention": found}, ensure_ascii=False))
        return
    if not lines:
        Console().print("Nothing has run yet.")
        return
    table = Table("City", "Kind", "Kept for", "Today", "In 31 days", "Kept longer", "Last run")
    for one in lines:
        ran = f"{one.ran_at.astimezone(ZONE):%Y-%m-%d %H:%M}"
        late = f"[red]{ran}, overdue[/]" if one.is_overdue(now) else ran
        kept = f"{one.length} {one.unit}"
        table.add_row(one.city, one.kind, kept, str(one.today), str(one.deleted), str(one.held), late)
    Console().print(table)


async def _lines() -> list[Line]:
    async with acting(runtime()) as acts:
        acts.actor.require_somewhere(Permission.RETENTION_READ)
        places = acts.actor.places(Permission.RETENTION_READ)
        async with acts.engine.connect() as connection:
            return await report(
                connection, datetime.now(ZONE).date(), cities=places.all_cities, everywhere=places.everywhere
            )
