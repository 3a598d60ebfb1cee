"""A rehearsal of the embedded database: a backup is restored to a temporary place, looked at, and thrown away."""

import shutil
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from desk.app.rehearsal import Report, Seen, folder_of, write
from desk.contract.errors import DeskError
from desk.sealing.vault import Vault
from desk.store.database import create_engine
from desk.store.keys import Keys
from tools.backups.archive import Archive
from tools.backups.base_backups import Base, verify
from tools.backups.restoring import Restored, restore
from tools.engines.postgres import Postgres


async def rehearse(archive: Archive, base: Base, vault: Vault, keys: Keys) -> tuple[Report, Path]:
    """Restore a backup as far as the archive goes, look at it, and write the signed report."""
    begun, now = time.monotonic(), datetime.now(UTC)
    faults = [one.what for one in await verify(archive, base, vault, keys)]
    until, seen = None, Seen()
    place = Path(tempfile.mkdtemp(prefix=".rehearsal-", dir=archive.folder))
    try:
        restored = await restore(archive, base, place, None)
        until = restored.until
        await _look(seen, restored, vault)
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
    return report, write(folder_of(archive.folder), report, keys)


async def _look(seen: Seen, restored: Restored, vault: Vault) -> None:
    """Start what was restored, and look whether it can be read and would send nothing."""
    async with Postgres(restored.data_dir) as server:
        engine = create_engine(server.url, pool_size=1, vault=vault)
        try:
            await seen.read(engine, vault)
        finally:
            await engine.dispose()
