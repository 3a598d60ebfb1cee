"""`restore`: what a backup is worth. A store of some gigabytes is backed up, lost, and restored on an empty machine.

The store is filled with sealed conversations, and the product started on it with its archive. Residents write while a
platform is away, so that messages wait to be sent; then others write on the web at an even pace, and in their middle
database and supervisor are killed at once. From the backup and the archive, by the product's own commands, comes
another data directory: what it takes until the first resident on the web is answered there is the figure. Which of the
acknowledged messages are missing is counted. Anything sent before somebody armed it, a gap in what was kept, and
anything of after a moment that was asked for are errors, not figures.
"""

import asyncio
import json
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from aiohttp import ClientSession, ClientTimeout
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from bench import grown, platform_stub, product
from bench.environment import without_settings
from bench.ground import OurModel, Tell
from bench.machine import machine
from bench.platform_stub import Stub
from bench.product import LOCALE, Product, secrets_of
from desk.accounts.register import Register
from desk.accounts.service import sync
from desk.announcements.arming import arm
from desk.city.files import City, load_cities
from desk.contract.errors import DeskError, StartError
from desk.contract.staff import Permission, system
from desk.platforms.loading import load_channels
from desk.sealing.masters import FILE as MASTERS
from desk.store.arming import is_armed
from desk.store.database import create_engine, transaction
from desk.store.keys import FILE as SECRET
from desk.store.keys import make as make_secret
from desk.store.migrations import upgrade
from desk.web.client import ChatClient, Conversation
from tools.backups.base_backups import run_program
from tools.engines.postgres import COPIER, Postgres

SIZE = 57_000
"""Conversations of twenty lines and their answers: some 2 GB."""
SECONDS = 100.0
"""The archive has a segment each minute, however few changes there are."""
EVERY_SECONDS = 0.5
MOMENT_SECONDS = 15.0
STILL_SECONDS = 1.0
"""So long nobody writes before and after the moment that is asked for."""
WAITING = 20
"""Residents of the platform that is away: each waits for an answer."""
FIRST = 30_000_000
UNARMED_SECONDS = 20.0
"""So long after it has answered somebody nothing may be sent."""
COMMAND_SECONDS = 3_600.0
SENT_SECONDS = 300.0
LOADING = {"max_wal_size": "4GB"}  # filled with fewer checkpoints
CHANNEL, SLUG, HOOK = "telegram", "bench_restore", "r" * 40
OPERATOR = system("bench", Permission.SENDING_MANAGE)
LINE = "hello"

BYTES = text("SELECT pg_database_size(current_database())")
KEPT = text("SELECT id FROM inbound_messages WHERE conversation_id = :conversation ORDER BY id")
"""Of one conversation: what is restored gives numbers again that were lost."""
UNSENT = text("SELECT count(*) FROM deliveries WHERE state IN ('waiting', 'sending')")
UNKNOWN = text("SELECT count(*) FROM deliveries WHERE state = 'unknown'")
"""What was in somebody's hands when the source ended may have been taken: it is left to a person."""


class RestoreError(DeskError):
    """Something was sent before somebody armed the store, or what was restored is not what was committed."""


@dataclass
class Written:
    """Messages of a conversation that were acknowledged: their numbers, and when, by the clock of the day.

    `moment` lies among them.
    """

    conversation: UUID
    ids: list[int] = field(default_factory=list)
    at: list[float] = field(default_factory=list)
    moment: datetime | None = None
    killed: float = 0.0

    def lost(self, kept: Sequence[int]) -> dict[str, float]:
        """How much is missing where `kept` are there.

        Raises:
            RestoreError: not the last ones are missing, or there is what nobody wrote.
        """
        if list(kept) != self.ids[: len(kept)]:
            raise RestoreError("What was restored has a gap, or messages that were never acknowledged.")
        missing = len(self.ids) - len(kept)
        last = self.at[len(kept) - 1] if kept else self.at[0]
        return {"messages": missing, "seconds": round(self.killed - last, 1) if missing else 0.0}

    def until_the_moment(self) -> list[int]:
        """Those that were acknowledged before the moment."""
        assert self.moment is not None
        return [one for one, at in zip(self.ids, self.at, strict=True) if at < self.moment.timestamp()]


async def measure(
    ours: OurModel, tell: Tell, *, size: int = SIZE, seconds: float = SECONDS, folder: Path | None = None
) -> dict[str, Any]:
    """Measure, and answer the result's document. `folder` is where stores, backups and restored ones are made.

    Raises:
        StartError: the product does not come up, or a command of it fails.
        RestoreError: something was sent too early, or what was restored is wrong.
    """
    with tempfile.TemporaryDirectory(prefix="citydesk-restore-", dir=folder, ignore_cleanup_errors=True) as made:
        work = Path(made)
        await asyncio.to_thread(work.chmod, 0o755)  # as root PostgreSQL runs as nobody
        source = work / "source"
        held = await filled(ours.root, source, size, tell)
        async with platform_stub.listening() as stub:
            backed, floor, written = await _backed_up(ours, work, stub, seconds, tell)
            found = await _restored(ours, work, stub, written, tell)
            found["moment"] = await _at_a_moment(ours, work, written, tell)
    return {
        "name": "restore",
        "ours": {"name": "desk backup", "holds_gigabytes": held, **backed, **found},
        "peer": {"name": "pg_basebackup, and a copy of the same files", **floor},
        "ratio": round(found["restore_seconds"] / floor["restore_seconds"], 2),
        "other_peers": [],
        "machine": machine(ours.load_before),
        "method": {"conversations": size, "written_for_seconds": seconds, "every_seconds": EVERY_SECONDS},
    }


async def filled(root: Path, data_dir: Path, size: int, tell: Tell) -> float:
    """Fill a store in a data directory that has none; how many gigabytes it holds."""
    await asyncio.to_thread(make_secret, data_dir)
    keys, vault = secrets_of(data_dir)
    async with Postgres(data_dir, settings=LOADING) as postgres:
        await asyncio.to_thread(upgrade, postgres.url)
        engine = create_engine(postgres.url, pool_size=1, vault=vault)
        try:
            async with transaction(engine) as connection:
                await sync(connection, load_cities(root / "cities"))
            await grown.fill(postgres.url, keys, vault, grown.Size.sealed(size), tell)
            async with engine.connect() as connection:
                return _gigabytes(int((await connection.execute(BYTES)).scalar_one()))
        finally:
            await engine.dispose()


async def _backed_up(
    ours: OurModel, work: Path, stub: Stub, seconds: float, tell: Tell
) -> tuple[dict[str, Any], dict[str, float], Written]:
    """Back the running source up, have residents write, and kill it."""
    source, backups = work / "source", work / "backups"
    city = next(iter(load_cities(ours.root / "cities").values()))
    tell.step("starting Citydesk on the store")
    async with (
        product.running(ours.root, source, ours.model.parent, settings=(f"DESK_BACKUP_DIR={backups}",)) as running,
        _engine(running) as engine,
    ):
        tell.step(f"{WAITING} residents write while their platform is away")
        waiting = await _waiting(running, engine, stub, city)
        tell.step("backing it up")
        made = await command(ours.root, source, backups, "backup", "create")
        tell.step("pg_basebackup, and a copy")
        floor = await _floor(running, work / "floor")
        tell.step(f"residents write for {seconds:.0f} s")
        written = await _write(running, city, seconds)
        _kill(running, written)
    backed = {"backup_seconds": made["seconds"], "backup_gigabytes": _gigabytes(made["bytes"]), "waiting": waiting}
    return backed, floor, written


async def _waiting(running: Product, engine: AsyncEngine, stub: Stub, city: City) -> int:
    """Residents of a platform write that shows them nothing now; how many messages wait for it."""
    keys, _ = secrets_of(running.data_dir)
    register = Register(engine, keys, load_channels(), running.url)
    where: Any = {"city": city.slug, "agency": city.agencies[0].slug}
    secrets = {"token": f"1:{'t' * 35}", "webhook_secret": HOOK}
    await register.add(channel=CHANNEL, slug=SLUG, **where, secrets=secrets, base_url=stub.url)
    stub.is_away = True
    async with ClientSession(timeout=ClientTimeout(total=30)) as http:
        for number in range(WAITING):
            await _webhook(http, running.url, FIRST + number, number + 1)
    return await _waited(engine, lambda waiting: waiting >= WAITING)


async def _webhook(http: ClientSession, url: str, resident: int, number: int) -> None:
    chat = {"id": resident, "type": "private"}
    who = {"id": resident, "is_bot": False, "first_name": "R", "language_code": "zh-hans"}
    message = {"message_id": number, "date": int(time.time()), "chat": chat, "from": who, "text": LINE}
    headers, update = {"X-Telegram-Bot-Api-Secret-Token": HOOK}, {"update_id": number, "message": message}
    async with http.post(f"{url}/channels/{CHANNEL}/{SLUG}", json=update, headers=headers, raise_for_status=True):
        pass


async def _floor(running: Product, folder: Path) -> dict[str, float]:
    """The least that copying can cost: the cluster as files, and these once more to another place."""
    await asyncio.to_thread(folder.mkdir, mode=0o700)
    password = await asyncio.to_thread((running.data_dir / "postgres.backup.password").read_text, "ascii")
    where = f"host=127.0.0.1 port={running.state.ports['postgres']} user={COPIER}"
    began = time.perf_counter()
    arguments = ("-d", where, "-D", str(folder / "base"), "-F", "p", "-X", "stream", "-c", "fast", "-w")
    await run_program(("pg_basebackup", *arguments), {"PGPASSWORD": password})
    copied = time.perf_counter()
    await asyncio.to_thread(shutil.copytree, folder / "base", folder / "copy")
    ended = time.perf_counter()
    size = await asyncio.to_thread(_size, folder / "base")
    await asyncio.to_thread(shutil.rmtree, folder)
    return {
        "backup_seconds": round(copied - began, 1),
        "restore_seconds": round(ended - copied, 1),
        "backup_gigabytes": _gigabytes(size),
    }


async def _write(running: Product, city: City, seconds: float) -> Written:
    """Residents on the web write at an even pace; what was acknowledged."""
    began = time.monotonic()
    async with ChatClient(running.url) as client:
        written = Written(UUID((await client.open(city.slug, LOCALE)).session))
        while time.monotonic() - began < seconds:
            if written.moment is None and time.monotonic() - began > min(MOMENT_SECONDS, seconds / 3):
                await asyncio.sleep(STILL_SECONDS)
                written.moment = datetime.now(UTC)
                await asyncio.sleep(STILL_SECONDS)
            written.ids.append(int(await client.post({"text": LINE})))
            written.at.append(time.time())
            await asyncio.sleep(EVERY_SECONDS)
    return written


def _kill(running: Product, written: Written) -> None:
    """The machine is gone: the supervisor starts nothing again, and the database copies nothing any more."""
    supervisor = running.state.pid
    assert supervisor is not None
    os.kill(supervisor, signal.SIGSTOP)
    os.kill(running.pid("postgres"), signal.SIGKILL)
    written.killed = time.time()
    os.kill(supervisor, signal.SIGKILL)


async def _restored(ours: OurModel, work: Path, stub: Stub, written: Written, tell: Tell) -> dict[str, Any]:
    """Restore as far as the archive goes, start there, answer somebody, and arm."""
    to, backups, city = work / "restored", work / "backups", next(iter(load_cities(ours.root / "cities")))
    stub.is_away, stub.sent = False, 0
    tell.step("restoring")
    began = time.perf_counter()
    await command(ours.root, work / "source", backups, "backup", "restore", "--to", str(to))
    restored = time.perf_counter()
    for name in (SECRET, MASTERS):  # they are kept apart from backups
        shutil.copy(work / "source" / name, to / name)
    async with product.running(ours.root, to, ours.model.parent) as running, _engine(running) as engine:
        started = time.perf_counter()
        await _answered(running, city)
        answered = time.perf_counter()
        tell.step("nothing is sent until somebody arms it")
        await asyncio.sleep(UNARMED_SECONDS)
        await _unarmed(engine, stub)
        kept = await _kept(engine, written)
        await arm(engine, OPERATOR)
        sent, unknown = await _sent(engine, stub)
    return {
        "seconds": round(answered - began, 1),
        "restore_seconds": round(restored - began, 1),
        "start_seconds": round(started - restored, 1),
        "answer_seconds": round(answered - started, 1),
        "acknowledged": len(written.ids),
        "lost": written.lost(kept),
        "sent_before_arming": 0,
        "sent_after_arming": sent,
        "left_to_a_person": unknown,
    }


async def _answered(running: Product, city: str) -> None:
    async with ChatClient(running.url) as client, asyncio.TaskGroup() as group:
        await client.open(city, LOCALE)
        conversation = Conversation(client, lambda _: None)
        listening = group.create_task(conversation.listen())
        await conversation.say({"text": LINE})
        listening.cancel()


async def _unarmed(engine: AsyncEngine, stub: Stub) -> None:
    async with engine.connect() as connection:
        if await is_armed(connection):
            raise RestoreError("What was restored is armed, though nobody armed it.")
    if stub.sent:
        raise RestoreError(f"{stub.sent} messages were sent before somebody armed it.")


async def _sent(engine: AsyncEngine, stub: Stub) -> tuple[int, int]:
    """Wait until nothing waits any more; how much arrived, and of how much nobody knows.

    Raises:
        RestoreError: it is less than had waited.
    """
    await _waited(engine, lambda waiting: waiting == 0)
    async with engine.connect() as connection:
        unknown = int((await connection.execute(UNKNOWN)).scalar_one())
    if stub.sent + unknown < WAITING:
        raise RestoreError(f"{stub.sent} sent once it was armed, {unknown} unknown; {WAITING} residents waited.")
    return stub.sent, unknown


async def _at_a_moment(ours: OurModel, work: Path, written: Written, tell: Tell) -> dict[str, float]:
    """Restore to the moment among the messages: all of before is there, and nothing of after."""
    assert written.moment is not None
    tell.step("restoring to a moment")
    to, began = work / "then", time.perf_counter()
    arguments = ("backup", "restore", "--to", str(to), "--at", written.moment.isoformat())
    await command(ours.root, work / "source", work / "backups", *arguments)
    seconds = time.perf_counter() - began
    _, vault = secrets_of(work / "source")
    async with Postgres(to) as postgres:
        engine = create_engine(postgres.url, pool_size=1, vault=vault)
        try:
            kept = await _kept(engine, written)
        finally:
            await engine.dispose()
    wanted = written.until_the_moment()
    if kept != wanted:
        raise RestoreError(f"{len(wanted)} messages were acknowledged before the moment; {len(kept)} are there.")
    return {"restore_seconds": round(seconds, 1), "kept": len(kept), "of_after": 0}


async def _kept(engine: AsyncEngine, written: Written) -> list[int]:
    """Those of the messages that a store holds."""
    async with engine.connect() as connection:
        return list((await connection.execute(KEPT, {"conversation": written.conversation})).scalars())


async def _waited(engine: AsyncEngine, enough: Callable[[int], bool]) -> int:
    """Wait until so many messages wait to be sent.

    Raises:
        RestoreError: it does not come to that.
    """
    waiting, until = 0, time.monotonic() + SENT_SECONDS
    while time.monotonic() < until:
        async with engine.connect() as connection:
            waiting = int((await connection.execute(UNSENT)).scalar_one())
        if enough(waiting):
            return waiting
        await asyncio.sleep(0.2)
    raise RestoreError(f"{waiting} messages wait to be sent after {SENT_SECONDS:g} s.")


@asynccontextmanager
async def _engine(running: Product) -> AsyncIterator[AsyncEngine]:
    _, vault = secrets_of(running.data_dir)
    engine = create_engine(running.state.urls["database"], pool_size=2, vault=vault)
    try:
        yield engine
    finally:
        await engine.dispose()


async def command(root: Path, data_dir: Path, backups: Path, *arguments: str) -> Mapping[str, Any]:
    """Run a command of the product as an operator types it; its JSON document.

    Raises:
        StartError: it failed; the message has the end of what it said.
    """
    child = await asyncio.create_subprocess_exec(
        *(*without_settings(os.environ), f"DESK_DATA_DIR={data_dir}", f"DESK_BACKUP_DIR={backups}"),
        *(sys.executable, "-m", "desk", *arguments, "--json"),
        cwd=root,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(COMMAND_SECONDS):
            said, wrong = await child.communicate()
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    if child.returncode:
        raise StartError(f"desk {' '.join(arguments)} failed.\n{(said + wrong).decode()[-1500:]}")
    return dict(json.loads(said))


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _gigabytes(size: float) -> float:
    return round(size / 1e9, 2)
