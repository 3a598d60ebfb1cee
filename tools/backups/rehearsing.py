"""A rehearsal: a backup is restored to a temporary place, looked at, and thrown away; a signed report stays.

A server's backup is restored by the server's own means; what is looked at is the copy that these made (`look_at`).
"""

import asyncio
import json
import shutil
import tempfile
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from desk.contract.errors import ConfigurationError, DeskError
from desk.sealing.keyring import Keyring
from desk.sealing.vault import Vault
from desk.store.arming import is_armed
from desk.store.database import create_engine, single_statements
from desk.store.keys import Keys
from tools.backups.archive import Archive
from tools.backups.base_backups import FORM, Base, verify
from tools.backups.restoring import Restored, restore
from tools.engines.postgres import Postgres

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
UNTIL = text("SELECT pg_last_xact_replay_timestamp()")
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


async def rehearse(archive: Archive, base: Base, vault: Vault, keys: Keys) -> tuple[Report, Path]:
    """Restore a backup as far as the archive goes, look at it, and write the signed report."""
    begun, now = time.monotonic(), datetime.now(UTC)
    faults = [one.what for one in await verify(archive, base, vault, keys)]
    until, seen = None, _Seen()
    place = Path(tempfile.mkdtemp(prefix=".rehearsal-", dir=archive.folder))
    try:
        restored = await restore(archive, base, place, None)
        until = restored.until
        await seen.look(restored, vault)
    except DeskError as exc:
        faults.append(str(exc))
    finally:
        shutil.rmtree(place)
    report = Report(
        at=now,
        backup=base.name,
        until=until,
        seconds=round(time.monotonic() - begun, 1),
        revision=seen.revision,
        rows=seen.rows,
        faults=(*faults, *seen.faults),
    )
    return report, write(archive, report, keys)


async def look_at(name: str, url: str, archive: Archive, vault: Vault, keys: Keys) -> tuple[Report, Path]:
    """Wait until a copy that a server's own means restored is recovered, look at it, and write the signed report.

    Raises:
        TimeoutError: it still recovers after six hours.
        sqlalchemy.exc.DBAPIError: it cannot be reached.
    """
    begun, now, seen = time.monotonic(), datetime.now(UTC), _Seen()
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
    return report, write(archive, report, keys)


def ends_too_soon(until: datetime | None, now: datetime) -> list[str]:
    """What is wrong with how far a copy goes; where that is not known, nothing."""
    if until is None or now - until <= OLD:
        return []
    return [f"It ends at {until.astimezone(UTC):%Y-%m-%d %H:%M} UTC: what was done since is in no backup."]


async def _recovered(engine: AsyncEngine) -> datetime | None:
    """Until when what was committed is in it; None: the server does not know."""
    async with asyncio.timeout(RECOVERY_SECONDS), single_statements(engine) as connection:
        while True:  # it tells nobody when it is done
            if not (await connection.execute(RECOVERS)).scalar_one():
                until: datetime | None = (await connection.execute(UNTIL)).scalar_one()
                return until
            await asyncio.sleep(LOOK_SECONDS)


class _Seen:
    """What a restored database holds."""

    def __init__(self) -> None:
        self.revision = ""
        self.rows: dict[str, int] = {}
        self.faults: list[str] = []

    async def look(self, restored: Restored, vault: Vault) -> None:
        """Start it, and look whether it can be read and would send nothing."""
        async with Postgres(restored.data_dir) as server:
            engine = create_engine(server.url, pool_size=1, vault=vault)
            try:
                await self.read(engine, vault)
            finally:
                await engine.dispose()

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


def write(archive: Archive, report: Report, keys: Keys) -> Path:
    """Keep a report, signed with this installation's secret; nobody else can write one."""
    archive.rehearsals.mkdir(parents=True, exist_ok=True, mode=0o700)
    said = report.model_dump_json()
    signed = Signed(report=said, signature=keys.signature(said, purpose=PURPOSE, length=SIGNATURE_BYTES).hex())
    path = archive.rehearsals / f"{report.at.strftime(FORM)}.json"
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


def shown(report: Report) -> dict[str, object]:
    """A report as JSON for commands."""
    return {**report.model_dump(mode="json"), "good": report.is_good}
