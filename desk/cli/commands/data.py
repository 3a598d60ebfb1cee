"""`desk data`: changes of guides, facts, texts and lines that staff proposed, as a patch or as commits."""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import App, Parameter
from rich.console import Console
from rich.table import Table

from desk.app.acting import Acting, acting
from desk.app.runtime import configure_logs, runtime
from desk.contract.staff import Actor

if TYPE_CHECKING:
    from desk.teaching.editing.changes import Changes
    from desk.teaching.editing.rows import Change

app = App(name="data", help="Changes of guides, facts, texts and lines that staff proposed: list, patch, commit.")

type AsJson = Annotated[bool, Parameter(name="--json", help="Print one JSON document.", negative="")]
type Taught = Annotated[
    bool, Parameter(name="--taught", help="Also what trainers have labelled and the files do not have, as turns.")
]


@app.command(name="list")
def list_(*, as_json: AsJson = False) -> None:
    """List changes: those that wait, then the newest."""

    async def act(changes: "Changes", actor: Actor, _: Acting) -> "list[tuple[Change, bool]]":
        return [(one, one.state == "allowed" and changes.is_merged(one)) for one in await changes.all(actor)]

    found = asyncio.run(_with_changes(act))
    if as_json:
        print(json.dumps({"changes": [_json(one, merged=merged) for one, merged in found]}, ensure_ascii=False))
        return
    table = Table("No.", "What", "Name", "State", "By", "Why")
    for one, merged in found:
        state = "in the files" if merged else one.state
        table.add_row(str(one.id), one.kind, one.name, state, one.by, one.reason)
    Console().print(table)


@app.command
def show(number: int, *, as_json: AsJson = False) -> None:
    """Show what a change changes, line by line.

    Args:
        number: as `desk data list` shows it.
    """

    async def act(changes: "Changes", actor: Actor, _: Acting) -> "tuple[Change, bool]":
        one = await changes.one(actor, number)
        return one, one.state == "allowed" and changes.is_merged(one)

    one, merged = asyncio.run(_with_changes(act))
    if as_json:
        print(json.dumps(_json(one, merged=merged), ensure_ascii=False))
        return
    console = Console(markup=False, highlight=False)
    console.print(f"{one.kind} {one.name}: {one.reason} ({one.by}, {'in the files' if merged else one.state})")
    for name, lines in one.differences:
        console.print(name)
        for mark, line in lines:
            console.print(f"{mark} {line}", style={"-": "red", "+": "green"}.get(mark, ""))


@app.command
def patch(*, taught: Taught = False) -> None:
    """Print what is allowed and not yet in the files as one patch, for `git apply`."""
    from desk.teaching.editing.patching import patch_of

    async def act(changes: "Changes", actor: Actor, here: Acting) -> str:
        files = await _turns(changes, actor, here) if taught else {}
        return patch_of(changes.library, await changes.allowed(actor), files)

    sys.stdout.write(asyncio.run(_with_changes(act)))


@app.command
def commit(checkout: Path, *, taught: Taught = False, as_json: AsJson = False) -> None:
    """Commit what is allowed and not yet in the files: one commit a change, by who proposed it.

    Args:
        checkout: a checkout whose files are as they are served here; push and merge it as your repository asks.
    """
    from desk.staff.names import names_of
    from desk.teaching.editing.patching import commit as committed
    from desk.teaching.editing.patching import commit_files

    async def act(changes: "Changes", actor: Actor, here: Acting) -> list[str]:
        found = await changes.allowed(actor)
        async with here.engine.connect() as connection:
            names = await names_of(connection, [login for one in found for login in (one.by, one.decided_by)])
        called = {login: names.of(login) for one in found for login in (one.by, one.decided_by) if login}
        made = committed(changes.library, found, checkout, called)
        if taught:
            made += commit_files(checkout, await _turns(changes, actor, here), "nlu: what trainers have labelled")
        return made

    made = asyncio.run(_with_changes(act))
    if as_json:
        print(json.dumps({"commits": made}))
    else:
        Console(highlight=False).print("\n".join(made) or _nothing(taught=taught))


def _nothing(*, taught: bool) -> str:
    return f"Nothing is allowed {'or labelled ' if taught else ''}that is not in the files."


async def _turns(changes: "Changes", actor: Actor, here: Acting) -> dict[str, str]:
    """The files with what was labelled and is not in them, whether or not somebody has downloaded it."""
    from desk.teaching.exchange import Exchange

    return await Exchange(here.engine, frozenset(), runtime().keys()).untaken(actor, changes.library)


async def _with_changes[T](act: "Callable[[Changes, Actor, Acting], Awaitable[T]]") -> T:
    from desk.app.library import library  # all that is taught
    from desk.teaching.editing.changes import Changes
    from desk.texts.catalogs import Catalogs

    configure_logs()
    at = runtime()
    async with acting(at) as here:
        files = library(at, at.cities(), Catalogs(at.root / "locales"))
        return await act(Changes(here.engine, files), here.actor, here)


def _json(one: "Change", *, merged: bool) -> dict[str, Any]:
    """A change, for scripts."""
    return {
        "id": one.id,
        "kind": one.kind,
        "name": one.name,
        "agency": one.agency,
        "before": dict(one.before),
        "after": dict(one.after),
        "by": one.by,
        "reason": one.reason,
        "at": one.at.isoformat(),
        "state": "merged" if merged else one.state,
        "decided_by": one.decided_by,
        "decided_at": one.decided_at.isoformat() if one.decided_at else None,
        "remark": one.remark,
    }
