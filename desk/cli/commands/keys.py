"""`desk keys`: the keys that seal what is kept of conversations."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter
from pydantic import ValidationError
from rich.console import Console
from rich.table import Table

from desk.app.acting import acting
from desk.app.runtime import Runtime, now, runtime
from desk.contract.errors import ConfigurationError, Conflict, NotFound
from desk.contract.staff import Permission
from desk.sealing.keyring import Keyring, SavedAt, SavedKey
from desk.sealing.masters import OF_SECRET, InFile, fresh
from desk.store.database import create_engine

app = App(name="keys", help="Keys that seal what is kept of conversations: list, rotate, save.")

type AsJson = Annotated[bool, Parameter(name="--json", help="Print one JSON document.", negative="")]

BY_HAND = (
    "The master keys are in {where}, which this command does not change. Add a new first line there (desk keys make),"
    " let every process read it, then run this again; docs/how-to/keep-keys.md says how."
)


@app.command(name="list")
def list_(*, as_json: AsJson = False) -> None:
    """List the master keys, and how many keys of conversations each wraps, as an operator. No key is shown."""

    async def act(ring: Keyring) -> tuple[dict[str, int], int]:
        return dict(await ring.used()), await ring.plain()

    masters = runtime().vault().masters
    asyncio.run(_insisted())
    used, plain = asyncio.run(_with_ring(act))
    names = [key.name for key in masters.all]
    missing = [name for name in used if name not in names]
    if as_json:
        found = [{"name": name, "keys": used.get(name, 0), "current": name == names[0]} for name in names]
        print(json.dumps({"where": masters.custody.where, "masters": found, "missing": missing, "plain": plain}))
        return
    table = Table("Master key", "Keys", "")
    for name in names:
        table.add_row(name, str(used.get(name, 0)), "current" if name == names[0] else "")
    for name in missing:
        table.add_row(name, str(used[name]), "[red]not here: what these keys seal cannot be read[/]")
    console = Console()
    console.print(f"Kept in {masters.custody.where}")
    console.print(table)
    if plain:
        console.print(f"{plain} conversations hold something that is not sealed yet; the worker seals it.")


@app.command
def make() -> None:
    """Print a new master key, for the place where yours are kept. It is not kept anywhere."""
    print(fresh(datetime.now(UTC)).line)


@app.command
def rotate(*, as_json: AsJson = False) -> None:
    """Make a new master key the current one, and wrap all keys of conversations by it, while everything runs.

    Where the keys are not in a file, those of conversations are wrapped by the first key of yours.
    """
    at = runtime()
    asyncio.run(_noted("key.rotate"))
    vault = at.vault()
    masters, console = vault.masters, Console(stderr=True)
    if isinstance(masters.custody, InFile):
        kept = [key for key in masters.all if key.name != OF_SECRET]
        masters.custody.write([fresh(datetime.now(UTC)), *kept])
    elif masters.current.name == OF_SECRET:
        raise ConfigurationError(BY_HAND.format(where=masters.custody.where))
    current = masters.current.name

    async def act() -> int:
        engine = create_engine(at.database_url, pool_size=1, vault=vault)
        try:
            with console.status("wrapping keys anew") as status:
                return await Keyring(engine, vault).rewrap(lambda left: status.update(f"{left} keys left"))
        finally:
            await engine.dispose()

    done = asyncio.run(act())
    if as_json:
        print(json.dumps({"current": current, "rewrapped": done}))
    else:
        Console().print(f"{current} is the current master key; {done} keys were wrapped anew.")


@app.command
def retire(name: str) -> None:
    """Delete a master key that wraps nothing any more: what it once wrapped, in old backups, is lost for good.

    Args:
        name: as `desk keys list` shows it.
    """

    async def act(ring: Keyring) -> int:
        return (await ring.used()).get(name, 0)

    masters = runtime().vault().masters
    if not isinstance(masters.custody, InFile):
        raise ConfigurationError(BY_HAND.format(where=masters.custody.where))
    left = [key for key in masters.all if key.name not in (name, OF_SECRET)]
    if len(left) == len(masters.all) - 1:
        raise NotFound(f"There is no master key {name!r} in {masters.custody.where}.")
    if name == masters.current.name:
        raise Conflict(f"{name} is the current master key. First: desk keys rotate")
    if used := asyncio.run(_with_ring(act)):
        raise Conflict(f"{name} still wraps {used} keys. First: desk keys rotate")
    asyncio.run(_noted("key.retire", name))
    masters.custody.write(left)
    Console().print(f"{name} is deleted.")


@app.command
def save(file: Path) -> None:
    """Write the keys of all conversations, wrapped, to a file: the part of a backup that must be the newest.

    Args:
        file: it is replaced. Keep one, not many: docs/how-to/keep-keys.md says why.
    """

    async def act(ring: Keyring) -> int:
        beside = file.with_name(f"{file.name}.part")
        with beside.open("w", encoding="ascii") as part:
            beside.chmod(0o600)
            done = await ring.saved(part.write, at=datetime.now(UTC))
        beside.replace(file)
        return done

    asyncio.run(_noted("key.save", file.name))
    Console().print(f"{asyncio.run(_with_ring(act))} keys are in {file}.")


@app.command
def load(file: Path) -> None:
    """After a backup was restored: take the newest keys, and erase again who was erased after the backup.

    Args:
        file: what `desk keys save` wrote last.
    """
    try:
        first, *rest = file.read_text(encoding="ascii").splitlines()
        saved_at = SavedAt.model_validate_json(first).saved_at
        keys = {key.conversation: key for key in map(SavedKey.model_validate_json, rest)}
    except (OSError, ValueError, ValidationError) as exc:
        raise ConfigurationError(f"{file} is no file of keys that `desk keys save` wrote.") from exc

    from desk.app.parts import turn_parts  # all rooms
    from desk.city.topics import load_topics
    from desk.conversations.erasure import erase_unread

    at = runtime()
    parts = turn_parts(
        keys=at.keys(),
        cities=at.cities(),
        topics=load_topics(at.root / "cities"),
        public_url="",
        now=now,
        cashier=None,
    )

    async def act(ring: Keyring) -> tuple[int, int]:
        found = await ring.load(saved_at, keys)
        for conversation_id in found.erased:
            await erase_unread(ring.engine, conversation_id, parts)
        return found.kept, len(found.erased)

    asyncio.run(_noted("key.load"))
    kept, erased = asyncio.run(_with_ring(act))
    Console().print(f"{kept} keys are in use; {erased} conversations were erased again.")


async def _insisted() -> None:
    """Insist that an operator acts who only looks."""
    async with acting(runtime()) as here:
        here.actor.require(Permission.KEY_MANAGE)


async def _noted(what: str, subject: str = "") -> None:
    """Insist that an operator acts, and put it into the audit."""
    async with acting(runtime()) as here:
        await here.note(Permission.KEY_MANAGE, what, subject=subject)


async def _with_ring[T](act: Callable[[Keyring], Awaitable[T]]) -> T:
    at: Runtime = runtime()
    vault = at.vault()
    engine = create_engine(at.database_url, pool_size=1, vault=vault)
    try:
        return await act(Keyring(engine, vault))
    finally:
        await engine.dispose()
