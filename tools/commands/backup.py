"""`desk backup`: copies of the embedded database.

A server is backed up by its own means, and `desk rehearsal` looks at what they restore:
docs/how-to/back-up-and-restore.md.
"""

import asyncio
import json
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter, validators
from rich.console import Console
from rich.table import Table

from desk.app import rehearsal
from desk.app.runtime import Runtime, configure_logs, runtime
from desk.contract.errors import ConfigurationError, StartError
from desk.sealing.masters import FILE as MASTERS
from desk.store.database import create_engine
from desk.store.keys import FILE as SECRET
from desk.store.running import read_state
from tools.backups import base_backups as copies
from tools.backups import rehearsing
from tools.backups.archive import Archive
from tools.backups.base_backups import Base, Source, base_named, require_archive
from tools.backups.restoring import restore as restore_to

app = App(name="backup", help="Backups of the embedded database: create, list, verify, restore, rehearse.")

type AsJson = Annotated[bool, Parameter(name="--json", help="Print one JSON document.", negative="")]
type Name = Annotated[str | None, Parameter(help="Which backup; the newest where none is named.")]

SERVERS = (
    "DESK_DATABASE_URL names a server: back that up by its own means, and look at what they restore with"
    " desk rehearsal look HOST:PORT (docs/how-to/back-up-and-restore.md)."
)


@app.command
def create(
    *,
    keep: Annotated[
        int, Parameter(help="So many stay; older ones are removed.", validator=validators.Number(gte=1))
    ] = 7,
    as_json: AsJson = False,
) -> None:
    """Copy the database while `desk run` runs; its log of changes is copied all the time."""
    at, archive = _embedded()

    async def make() -> tuple[Base, list[str]]:
        vault, port = at.vault(), read_state(at.data_dir).ports.get("postgres")
        if port is None or "database" not in at.running:
            raise StartError("Citydesk does not run here: a backup is made of a running database. Start it: desk run")
        engine = create_engine(at.database_url, pool_size=1, vault=vault)
        try:
            password = at.data_dir / "postgres.backup.password"
            if not password.exists():
                raise StartError("The database was started without DESK_BACKUP_DIR. Set it, and start again: desk run")
            made = await copies.create(archive, Source(port, password, engine, vault, at.keys()))
        finally:
            await engine.dispose()
        return made, copies.prune(archive, keep)

    made, removed = asyncio.run(make())
    if as_json:
        print(json.dumps({"name": made.name, "removed": removed, **made.about.model_dump(mode="json")}))
        return
    Console(soft_wrap=True).print(
        f"{made.name}: {made.about.bytes / 1e6:,.0f} MB in {made.about.seconds:.0f} s, in {made.folder}"
    )
    Console(soft_wrap=True).print(f"Keep apart from it: {', '.join(_keys_of(at))}.")


@app.command(name="list")
def list_(*, as_json: AsJson = False) -> None:
    """List backups, the newest first, and how the last rehearsal went."""
    at = runtime()
    archive = require_archive(at.settings.backup_dir)
    found = copies.bases(archive)
    report = rehearsal.newest(rehearsal.folder_of(archive.folder), at.keys())
    if as_json:
        rows = [{"name": one.name, **one.about.model_dump(mode="json")} for one in found]
        print(json.dumps({"backups": rows, "rehearsal": None if report is None else rehearsal.shown(report)}))
        return
    table = Table("Backup", "MB", "Seconds", "Schema", "Release")
    for one in found:
        about = one.about
        table.add_row(one.name, f"{about.bytes / 1e6:,.0f}", f"{about.seconds:.0f}", about.revision, about.release)
    Console().print(table)
    Console(soft_wrap=True, markup=False, highlight=False).print(rehearsal.summary(report))


@app.command
def verify(name: Name = None, *, as_json: AsJson = False) -> None:
    """Look whether a backup is whole, has its log of changes, and can be read with the keys that are here."""
    at, archive = _embedded()
    found = base_named(archive, name)
    faults = asyncio.run(copies.verify(archive, found, at.vault(), at.keys()))
    if as_json:
        print(json.dumps({"name": found.name, "faults": [asdict(one) for one in faults]}))
    else:
        for one in faults:
            Console(soft_wrap=True).print(f"[red]✗[/] {one.what}\n  → {one.mend}")
        if not faults:
            Console(soft_wrap=True).print(
                f"[green]✓[/] {found.name} is whole, and can be read with the keys that are here."
            )
    if faults:
        sys.exit(1)


@app.command
def restore(
    name: Name = None,
    *,
    to: Annotated[Path, Parameter(help="A data directory without a database.")],
    at: Annotated[
        datetime | None, Parameter(help="As it was then, as 2026-11-30T05:20:00+08:00; else as far as it goes.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make the database of a new data directory from a backup. It sends nothing until `desk arm`."""
    here, archive = _embedded()
    moment = None if at is None else (at if at.tzinfo else at.astimezone(UTC))
    found = _before(archive, moment) if name is None and moment is not None else base_named(archive, name)
    done = asyncio.run(restore_to(archive, found, to.resolve(), moment))
    until = None if done.until is None else done.until.isoformat(timespec="seconds")
    if as_json:
        print(json.dumps({"name": found.name, "data_dir": str(done.data_dir), "until": until, "seconds": done.seconds}))
        return
    console = Console(soft_wrap=True)
    console.print(
        f"Restored {found.name} into {done.data_dir}, with what was committed until {until or 'it was made'}, in"
        f" {done.seconds:.0f} s."
    )
    console.print(f"Put the keys there: {', '.join(_keys_of(here))}. Then: desk run --data-dir {done.data_dir}")
    console.print(
        "Nothing is sent from it, and no job runs, until somebody has looked and says:"
        f" DESK_DATA_DIR={done.data_dir} desk arm"
    )


@app.command
def rehearse(name: Name = None, *, as_json: AsJson = False) -> None:
    """Restore a backup to a temporary place, look at it, and keep a signed report; for each week."""
    configure_logs()
    at, archive = _embedded()
    report, path = asyncio.run(rehearsing.rehearse(archive, base_named(archive, name), at.vault(), at.keys()))
    if as_json:
        print(json.dumps({"file": str(path), **rehearsal.shown(report)}))
    else:
        Console(soft_wrap=True).print(
            f"{report.backup}: restored and read in {report.seconds:.0f} s; the report is {path}"
        )
        for one in report.faults:
            Console(soft_wrap=True).print(f"[red]✗[/] {one}")
    if not report.is_good:
        sys.exit(1)


def _embedded() -> tuple[Runtime, Archive]:
    at = runtime()
    if at.settings.database_url is not None:
        raise ConfigurationError(SERVERS)
    return at, require_archive(at.settings.backup_dir)


def _before(archive: Archive, moment: datetime) -> Base:
    """The newest backup that was made before a moment."""
    for one in copies.bases(archive):
        if one.about.made_at.timestamp() + one.about.seconds <= moment.timestamp():
            return one
    raise ConfigurationError(f"No backup was made before {moment.isoformat()}. See: desk backup list")


def _keys_of(at: Runtime) -> list[str]:
    """What no backup holds, and none can be read without."""
    secret = "DESK_SECRET_KEY (and DESK_DATA_KEY)" if at.settings.secret_key else str(at.data_dir / SECRET)
    masters = at.custody().where
    return [secret, str(masters or at.data_dir / MASTERS)]
