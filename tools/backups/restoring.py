"""Restoring: a base backup and the log of changes since, up to a moment, become the database of a new data directory.

Recovery begins a new timeline, by which everybody knows that nothing may be sent from there yet (`desk.store.arming`).
"""

import asyncio
import secrets
import shutil
import tarfile
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import psycopg
from psycopg.sql import SQL, Identifier

from desk.contract.errors import StartError
from desk.http.sockets import free_port
from desk.store.disk import make_folder, write_secret
from desk.store.engines import postgres_program
from tools.backups.archive import Archive
from tools.backups.base_backups import Base
from tools.engines.postgres import COPIER, OWNER, SETTINGS, SUPERUSER, Postgres
from tools.supervisor.process import Command, Process

RECOVERY_SECONDS = 6 * 3_600
HBA = "local all all trust\n"  # in a folder that nobody else can enter
ENDED_BEFORE = "recovery ended before configured recovery target was reached"


@dataclass(frozen=True, slots=True)
class Restored:
    """What became of it: `until` is when the last change in it was committed (None: none since the base backup)."""

    data_dir: Path
    until: datetime | None
    seconds: float


async def restore(archive: Archive, base: Base, data_dir: Path, at: datetime | None) -> Restored:
    """Make the database of a data directory that has none, as it was at a moment, or as far as the archive goes.

    Raises:
        StartError: there is a database already, the archive ends before that moment, or recovery fails.
    """
    begun = time.monotonic()
    make_folder(data_dir)
    server = Postgres(data_dir)
    if server.cluster.exists():
        raise StartError(f"{server.cluster} is there already. Name a folder without one: --to FOLDER")
    if at is not None and at < base.about.made_at:
        raise StartError(f"The backup {base.name} was made after {at.isoformat()}. Name an older one.")
    unpacked = data_dir / "postgres.restored"
    if unpacked.exists():
        shutil.rmtree(unpacked)
    with ExitStack() as halfway:
        halfway.callback(shutil.rmtree, unpacked, ignore_errors=True)
        await asyncio.to_thread(_unpack, base, unpacked)
        until = await _recover(archive, server, unpacked, at)
        halfway.pop_all()
    unpacked.rename(server.cluster)
    return Restored(data_dir, until, round(time.monotonic() - begun, 1))


def _unpack(base: Base, cluster: Path) -> None:
    cluster.mkdir(mode=0o700)
    with tarfile.open(base.folder / "base.tar.gz") as packed:
        packed.extractall(cluster, filter="data")
    for path in (cluster, *cluster.rglob("*")):
        path.chmod(0o700 if path.is_dir() else 0o600)
    (cluster / "recovery.signal").touch(mode=0o600)


async def _recover(archive: Archive, server: Postgres, cluster: Path, at: datetime | None) -> datetime | None:
    """Run PostgreSQL on the copy until it has recovered; nobody else reaches it. Gives the passwords anew."""
    settings = {
        **SETTINGS,  # recovery insists on no less than there was
        "listen_addresses": "",
        "archive_mode": "off",
        "restore_command": archive.restore_command,
        "recovery_target_action": "promote",
        **({} if at is None else {"recovery_target_time": at.isoformat()}),
    }
    with tempfile.TemporaryDirectory(prefix="citydesk-") as sockets:
        place = Path(sockets)
        (place / "hba").write_text(HBA, encoding="ascii")
        await asyncio.to_thread(_give, server, cluster, place)
        settings |= {"unix_socket_directories": sockets, "hba_file": str(place / "hba")}
        async with _running(server, cluster, settings, free_port()) as where:
            connection = await _recovered(where)
            async with connection:
                row = await (await connection.execute("SELECT pg_last_xact_replay_timestamp()")).fetchone()
                for role, file in ((OWNER, server.password_file), (COPIER, server.copier_file)):
                    await _give_password(connection, role, file)
    return None if row is None else row[0]


def _give(server: Postgres, *folders: Path) -> None:
    for folder in folders:
        server.give_to_server(folder, *folder.rglob("*"))


@asynccontextmanager
async def _running(
    server: Postgres, cluster: Path, settings: dict[str, str], port: int
) -> AsyncIterator[tuple[str, Process, Path]]:
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    log = server.data_dir / "logs" / "restore.log"
    process = await Process.start(
        Command(
            program=(str(postgres_program("postgres")), "-D", str(cluster), "-p", str(port), *options),
            folder=server.data_dir,
            log=log,
            user=server.user(),
        )
    )
    try:
        yield f"host={settings['unix_socket_directories']} port={port} user={SUPERUSER} dbname=desk", process, log
    finally:
        await process.stop()


async def _recovered(where: tuple[str, Process, Path]) -> psycopg.AsyncConnection:
    address, process, log = where
    async with asyncio.timeout(RECOVERY_SECONDS):
        while True:
            if process.exit_code is not None:
                raise StartError(_why(log))
            try:
                connection = await psycopg.AsyncConnection.connect(address, autocommit=True)
            except psycopg.OperationalError:
                await asyncio.sleep(0.2)
                continue
            row = await (await connection.execute("SELECT pg_is_in_recovery()")).fetchone()
            if row is not None and not row[0]:
                return connection
            await connection.close()
            await asyncio.sleep(0.2)


def _why(log: Path) -> str:
    said = log.read_text(encoding="utf-8", errors="replace")[-2_000:]
    if ENDED_BEFORE in said:
        return (
            "The archive ends before that moment. Its log is copied each minute: wait for it, or name an earlier one."
        )
    return f"Recovery failed; {log} ends with: {said[-600:].strip()}"


async def _give_password(connection: psycopg.AsyncConnection, role: str, file: Path) -> None:
    password = secrets.token_urlsafe(24)
    verifier = connection.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256")
    await connection.execute(SQL("ALTER ROLE {} PASSWORD {}").format(Identifier(role), verifier.decode()))
    write_secret(file, password)
