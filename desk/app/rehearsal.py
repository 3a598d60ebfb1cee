"""Rehearsals of a restore: a restored copy is looked at, and what was seen is kept as a signed report.

Who restores the copy is of no concern here: the server's own means, or `tools.backups` for the embedded database.
Reports lie in `rehearsals/` of the folder of backups, each called by when it was made.
"""

import asyncio
import json
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError
from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import AsyncEngine

from desk.contract.errors import ConfigurationError
from desk.sealing.keyring import Keyring
from desk.sealing.vault import Vault
from desk.store.arming import is_armed
from desk.store.database import create_engine, single_statements
from desk.store.keys import Keys

FOLDER = "rehearsals"
FORM = "%Y-%m-%dT%H-%M-%SZ"
"""How reports, and backups, are called: by when they were made, in UTC."""
PURPOSE = "report of a rehearsed backup"
SIGNATURE_BYTES = 32
COUNTS = text("""
    SELECT (SELECT count(*) FROM conversations) AS conversations,
           (SELECT count(*) FROM inbound_messages) AS inbound_messages,
           (SELECT count(*) FROM orders) AS orders, (SELECT count(*) FROM tickets) AS tickets,
           (SELECT count(*) FROM audit_records) AS audit_records
""")
REVISION = text("SELECT version_num FROM alembic_version")
RECOVERS = text("SELECT pg_is_in_recovery()")
# A server that was started again after it recovered no longer knows; jobs are begun each minute.
UNTIL = text("""
    SELECT coalesce(pg_last_xact_replay_timestamp(), (SELECT at FROM procrastinate_events ORDER BY id DESC LIMIT 1))
""")
RECOVERY_SECONDS = 6 * 3_600
LOOK_SECONDS = 1.0
OLD = timedelta(days=1)
"""A copy that ends so long ago misses what an installation does by itself each minute: the log was not archived."""


class Report(BaseModel):
    """What a rehearsal found. `faults` is empty where it went well."""

    model_config = ConfigDict(frozen=True)

    at: datetime
    backup: str
    until: datetime | None
    seconds: float
    revision: str
    rows: Mapping[str, int]
    faults: tuple[str, ...]

    @property
    def is_good(self) -> bool:
        return not self.faults


class Signed(BaseModel):
    """A report as it is kept: its text, and the signature over just that."""

    report: str
    signature: str


class Seen:
    """What a restored database holds."""

    def __init__(self) -> None:
        self.revision = ""
        self.rows: dict[str, int] = {}
        self.faults: list[str] = []

    async def read(self, engine: AsyncEngine, vault: Vault) -> None:
        """Count what it holds, and look whether it would send nothing and the keys are here."""
        async with engine.connect() as connection:
            self.revision = str((await connection.execute(REVISION)).scalar_one())
            self.rows = (await connection.execute(COUNTS)).one()._asdict()
            if await is_armed(connection):
                self.faults.append("It is armed: a restored copy would send.")
        try:
            await Keyring(engine, vault).check()
        except ConfigurationError as exc:
            self.faults.append(str(exc))


def folder_of(backups: Path | None) -> Path:
    """Where reports are kept, under the folder of backups of the settings.

    Raises:
        ConfigurationError: none is set.
    """
    if backups is None:
        raise ConfigurationError("Set DESK_BACKUP_DIR, on another disk: docs/how-to/back-up-and-restore.md")
    return backups.resolve() / FOLDER


def address_of(copy: str, database_url: str) -> str:
    """The address of a copy at HOST:PORT: role, password and name are those of the database, restored with it.

    Raises:
        ConfigurationError: it is no HOST:PORT.
    """
    host, _, port = copy.rpartition(":")
    if not host or not port.isdecimal():
        raise ConfigurationError(f"{copy} is no HOST:PORT, as 127.0.0.1:5499.")
    there = make_url(database_url).set(host=host.strip("[]"), port=int(port))
    return there.render_as_string(hide_password=False)


async def look_at(name: str, url: str, folder: Path, vault: Vault, keys: Keys) -> tuple[Report, Path]:
    """Wait until a copy is recovered, look at it, and write the signed report.

    Raises:
        TimeoutError: it still recovers after six hours.
        sqlalchemy.exc.DBAPIError: it cannot be reached.
    """
    begun, now, seen = time.monotonic(), datetime.now(UTC), Seen()
    engine = create_engine(url, pool_size=1, vault=vault)
    try:
        until = await _recovered(engine)
        await seen.read(engine, vault)
    finally:
        await engine.dispose()
    report = Report(
        at=now,
        backup=name,
        until=until,
        seconds=round(time.monotonic() - begun, 1),
        revision=seen.revision,
        rows=seen.rows,
        faults=(*seen.faults, *ends_too_soon(until, now)),
    )
    return report, write(folder, report, keys)


def ends_too_soon(until: datetime | None, now: datetime) -> list[str]:
    """What is wrong with how far a copy goes; where that is not known, nothing."""
    if until is None or now - until <= OLD:
        return []
    return [f"It ends at {until.astimezone(UTC):%Y-%m-%d %H:%M} UTC: what was done since is in no backup."]


async def _recovered(engine: AsyncEngine) -> datetime | None:
    """Until when what was committed is in it; None: neither the server nor what it holds says so."""
    async with asyncio.timeout(RECOVERY_SECONDS), single_statements(engine) as connection:
        while True:  # it tells nobody when it is done
            if not (await connection.execute(RECOVERS)).scalar_one():
                until: datetime | None = (await connection.execute(UNTIL)).scalar_one()
                return until
            await asyncio.sleep(LOOK_SECONDS)


def write(folder: Path, report: Report, keys: Keys) -> Path:
    """Keep a report, signed with this installation's secret; nobody else can write one."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    said = report.model_dump_json()
    signed = Signed(report=said, signature=keys.signature(said, purpose=PURPOSE, length=SIGNATURE_BYTES).hex())
    path = folder / f"{report.at.strftime(FORM)}.json"
    path.write_text(json.dumps(signed.model_dump(), indent=1) + "\n", encoding="utf-8")
    return path


def read(path: Path, keys: Keys) -> Report:
    """A report, if it is ours and as it was written.

    Raises:
        ConfigurationError: it is not.
    """
    try:
        signed = Signed.model_validate_json(path.read_bytes())
        given = bytes.fromhex(signed.signature)
        report = Report.model_validate_json(signed.report)
    except (ValidationError, ValueError, OSError) as exc:
        raise ConfigurationError(f"{path} is no report of a rehearsal.") from exc
    if not keys.is_signature(given, signed.report, purpose=PURPOSE, length=SIGNATURE_BYTES):
        raise ConfigurationError(f"{path} was changed, or signed by another installation.")
    return report


def newest(folder: Path, keys: Keys) -> Report | None:
    """The newest report; None: there is none.

    Raises:
        ConfigurationError: it is not ours, or was changed.
    """
    path = max(folder.glob("*Z.json"), default=None)
    return None if path is None else read(path, keys)


def shown(report: Report) -> dict[str, object]:
    """A report as JSON for commands."""
    return {**report.model_dump(mode="json"), "good": report.is_good}


def summary(report: Report | None) -> str:
    """A report in one line for commands; without one, that there is none."""
    if report is None:
        return "None was rehearsed yet."
    went = "well" if report.is_good else f"badly: {report.faults[0]}"
    return f"Rehearsed {report.at:%Y-%m-%d %H:%M} UTC, of {report.backup}, in {report.seconds:.0f} s: {went}"
