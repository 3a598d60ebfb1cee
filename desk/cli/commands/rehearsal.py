"""`desk rehearsal`: looks at a copy that a server's own means restored, and says how the last one went."""

import asyncio
import json
import sys
from typing import Annotated

from cyclopts import App, Parameter
from rich.console import Console

from desk.app import rehearsal
from desk.app.runtime import configure_logs, runtime

app = App(name="rehearsal", help="Rehearsals of a restore: look at a restored copy, show the last report.")

type AsJson = Annotated[bool, Parameter(name="--json", help="Print one JSON document.", negative="")]


@app.command
def look(
    copy: Annotated[str, Parameter(help="HOST:PORT of a copy; role, password and name are DESK_DATABASE_URL's.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Look at a copy that the server's own means restored, and keep a signed report; for each week."""
    configure_logs()
    at = runtime()
    folder = rehearsal.folder_of(at.settings.backup_dir)
    url = rehearsal.address_of(copy, at.database_url)
    report, path = asyncio.run(rehearsal.look_at(copy, url, folder, at.vault(), at.keys()))
    if as_json:
        print(json.dumps({"file": str(path), **rehearsal.shown(report)}))
    else:
        console = Console(soft_wrap=True, markup=False, highlight=False)
        console.print(f"{report.backup}: read in {report.seconds:.0f} s; the report is {path}")
        for one in report.faults:
            console.print(f"✗ {one}")
    if not report.is_good:
        sys.exit(1)


@app.command
def last(*, as_json: AsJson = False) -> None:
    """Show how the last rehearsal went."""
    at = runtime()
    report = rehearsal.newest(rehearsal.folder_of(at.settings.backup_dir), at.keys())
    if as_json:
        print(json.dumps({"rehearsal": None if report is None else rehearsal.shown(report)}))
    else:
        Console(soft_wrap=True, markup=False, highlight=False).print(rehearsal.summary(report))
