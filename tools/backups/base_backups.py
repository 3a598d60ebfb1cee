"""Base backups: made from a running database, listed, verified. Beside each stands what must be kept apart from it."""

import asyncio
import hashlib
import shutil
import tarfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import IO

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from desk.app.rehearsal import FORM
from desk.contract.errors import ConfigurationError, NotFound, StartError
from desk.sealing.keyring import Keyring
from desk.sealing.vault import Vault
from desk.store.database import single_statements
from desk.store.engines import postgres_program
from desk.store.keys import Keys
from roles.mac import key_id
from tools.backups.archive import SEGMENT, Archive
from tools.engines.postgres import COPIER

ABOUT = "citydesk.json"
LONGEST_SECONDS = 6 * 3_600
BLOCK = 1 << 20

STATE = text("SELECT version_num AS revision, current_setting('server_version') AS server FROM alembic_version")


class About(BaseModel):
    """What a backup was made of: `masters` and `secret` name the keys without which it cannot be read, and are none."""

    model_config = ConfigDict(frozen=True)

    made_at: datetime
    seconds: float
    release: str
    revision: str
    server: str
    first_segment: str
    masters: Mapping[str, int]
    secret: str
    files: Mapping[str, str]
    bytes: int


@dataclass(frozen=True, slots=True)
class Base:
    """A base backup in its folder."""

    name: str
    folder: Path
    about: About


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a backup, and what to do."""

    what: str
    mend: str


@dataclass(frozen=True, slots=True)
class Source:
    """The database that is copied: where, by whose password, and what its keys are."""

    port: int
    password: Path
    engine: AsyncEngine
    vault: Vault
    keys: Keys


def secret_name(keys: Keys) -> str:
    """The name of what data are kept by, which says nothing of it."""
    return key_id(keys.derived("backups"))


def bases(archive: Archive) -> list[Base]:
    """All that were finished, the newest first."""
    found = []
    for folder in sorted(archive.bases.glob("*Z"), reverse=True):
        try:
            about = About.model_validate_json((folder / ABOUT).read_bytes())
        except (OSError, ValidationError):
            continue  # it was broken off: `desk backup create` removes it
        found.append(Base(folder.name, folder, about))
    return found


def base_named(archive: Archive, name: str | None) -> Base:
    """One of them, the newest where none is named.

    Raises:
        NotFound: there is none.
    """
    found = bases(archive)
    for one in found:
        if name in (None, one.name):
            return one
    raise NotFound(
        f"There is no backup {name or ''} in {archive.folder}. Make one: desk backup create".replace("  ", " ")
    )


async def create(archive: Archive, source: Source) -> Base:
    """Copy the database while it runs. What was broken off before is removed.

    Raises:
        StartError: pg_basebackup fails; with what it says.
    """
    begun, now = time.monotonic(), datetime.now(UTC)
    folder = archive.bases / now.strftime(FORM)
    for left in archive.bases.glob("*.unfinished"):
        shutil.rmtree(left)
    unfinished = folder.with_suffix(".unfinished")
    unfinished.mkdir(parents=True, mode=0o700)
    async with single_statements(source.engine) as connection:
        state = (await connection.execute(STATE)).one()
    masters = dict(await Keyring(source.engine, source.vault).used())
    where = f"host=127.0.0.1 port={source.port} user={COPIER} application_name=desk-backup"
    await run_program(
        (
            "pg_basebackup",
            "--manifest-checksums=SHA256",
            "-d",
            where,
            "-D",
            str(unfinished),
            "-F",
            "t",
            "-X",
            "none",
            "-c",
            "fast",
            "-z",
            "-w",
        ),
        {"PGPASSWORD": source.password.read_text(encoding="ascii")},
    )
    await asyncio.to_thread(compare, unfinished)
    files = {path.name: await asyncio.to_thread(digest, path) for path in sorted(unfinished.iterdir())}
    about = About(
        made_at=now,
        seconds=round(time.monotonic() - begun, 1),
        release=version("citydesk"),
        revision=state.revision,
        server=state.server,
        first_segment=first_segment(archive, now),
        masters=masters,
        secret=secret_name(source.keys),
        files=files,
        bytes=sum(path.stat().st_size for path in unfinished.iterdir()),
    )
    (unfinished / ABOUT).write_text(about.model_dump_json(indent=1) + "\n", encoding="utf-8")
    unfinished.rename(folder)
    return Base(folder.name, folder, about)


def first_segment(archive: Archive, since: datetime) -> str:
    """The segment that a backup begins with: PostgreSQL writes a file of history, named by it, when one is made.

    Raises:
        StartError: none was archived.
    """
    histories = [
        path.name[:24]
        for path in archive.wal.glob("*.backup.gz")
        if path.stat().st_mtime >= since.timestamp() - 1 and SEGMENT.fullmatch(f"{path.name[:24]}.gz")
    ]
    if not histories:
        raise StartError(f"The log of changes did not arrive in {archive.wal}. Look into logs/postgres.log.")
    return max(histories)


def prune(archive: Archive, keep: int) -> list[str]:
    """Remove all but the newest `keep`, and of the log what none of these needs; the names of what was removed."""
    kept, old = bases(archive)[:keep], bases(archive)[keep:]
    for one in old:
        shutil.rmtree(one.folder)
    if kept:
        first = min(one.about.first_segment for one in kept)
        for path in archive.wal.glob("*.gz"):
            if not path.name.endswith(".history.gz") and path.name[8:24] < first[8:]:
                path.unlink()
    return [one.name for one in old]


async def verify(archive: Archive, base: Base, vault: Vault, keys: Keys) -> list[Fault]:
    """Look whether a backup is whole, can be brought up to now, and can be read with the keys that are here."""
    faults = []
    for name, wanted in base.about.files.items():
        path = base.folder / name
        if not path.is_file() or await asyncio.to_thread(digest, path) != wanted:
            faults.append(Fault(f"{path} is missing or damaged.", "Make another: desk backup create"))
    gap = archive.missing_after(base.about.first_segment)
    if gap is not None:
        faults.append(
            Fault(
                f"The segment {gap} is missing: nothing after it can be restored.",
                "Find it, or make another backup now.",
            )
        )
    here = {key.name for key in vault.masters.all}
    if lost := sorted(set(base.about.masters) - here):
        mend = f"Put them back into {vault.masters.custody.where}: what they wrap cannot be read without them."
        faults.append(Fault(f"Master keys are not here: {', '.join(lost)}.", mend))
    if base.about.secret != secret_name(keys):
        faults.append(
            Fault(
                "It was made with another secret.",
                "Use that one (DESK_DATA_KEY, else DESK_SECRET_KEY): addresses, accounts and orders hang on it.",
            )
        )
    return faults


class _File(BaseModel):
    """A line of PostgreSQL's manifest (https://www.postgresql.org/docs/18/backup-manifest-files.html)."""

    path: str = Field("", alias="Path")
    encoded: str = Field("", alias="Encoded-Path")
    checksum: str = Field("", alias="Checksum")


class _Manifest(BaseModel):
    files: list[_File] = Field(alias="Files")


def compare(folder: Path) -> None:
    """Read a base backup that was just written, and compare each file in it with PostgreSQL's manifest.

    The wheel's pg_verifybackup ends by a signal where the backup is a tar.

    Raises:
        StartError: one is missing, or is another.
    """
    manifest = _Manifest.model_validate_json((folder / "backup_manifest").read_bytes())
    names = (one.path or bytes.fromhex(one.encoded).decode("utf-8", "surrogateescape") for one in manifest.files)
    wanted = dict(zip(names, (one.checksum for one in manifest.files), strict=True))
    with tarfile.open(folder / "base.tar.gz") as packed:
        for member in packed:
            content = packed.extractfile(member) if member.name in wanted else None
            if content is not None and _read_through(content) == wanted[member.name]:
                del wanted[member.name]
    if wanted:
        raise StartError(f"{len(wanted)} files of the backup are missing or damaged, as {min(wanted)}. Make another.")


def digest(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as file:
        return _read_through(file)


def _read_through(content: IO[bytes]) -> str:
    made = hashlib.sha256()
    while block := content.read(BLOCK):
        made.update(block)
    return made.hexdigest()


async def run_program(program: Sequence[str], environment: Mapping[str, str]) -> None:
    """Run one of PostgreSQL's programs to its end.

    Raises:
        StartError: it fails, or there is none; with the end of what it says.
    """
    child = await asyncio.create_subprocess_exec(
        str(postgres_program(program[0])),
        *program[1:],
        env={"PATH": "/usr/bin:/bin", "LC_ALL": "C", **environment},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        async with asyncio.timeout(LONGEST_SECONDS):
            said, _ = await child.communicate()
    except (TimeoutError, asyncio.CancelledError):
        child.kill()
        await child.wait()
        raise
    if child.returncode != 0:
        raise StartError(f"{program[0]} failed: {said.decode('utf-8', 'replace').strip()[-600:]}")


def require_archive(folder: Path | None) -> Archive:
    """The archive of the settings.

    Raises:
        ConfigurationError: there is none.
    """
    if folder is None:
        raise ConfigurationError(
            "Set DESK_BACKUP_DIR, on another disk, and start again: docs/how-to/back-up-and-restore.md"
        )
    return Archive(folder.resolve())
