"""How old what waits in the store is, for monitors: looked at by serve, which lives while a worker is away.

What cannot be seen is no number: while the database is away none of these measures is there, and its part is faulty.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from aiohttp import web
from prometheus_client import Gauge
from pydantic import ValidationError
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from desk.app.rehearsal import FOLDER, FORM, Report, Signed
from desk.sending.lanes import LANES
from desk.store.database import OUTAGES, single_statements
from desk.web.health import Health

LOOK_SECONDS = 15.0
OUTBOX = Gauge(
    "desk_outbox_oldest_seconds", "How long the message that has waited longest is due to be sent, in seconds", ["lane"]
)
JOBS = Gauge("desk_jobs_oldest_seconds", "How long the job that has waited longest is due, in seconds", ["lane"])
PAUSED = Gauge("desk_paused_accounts", "Accounts on which nothing is sent, by who paused them", ["channel", "by"])
CREDENTIALS = Gauge(
    "desk_credentials_end_seconds", "Until the first credential of an account ends, in seconds", ["channel"]
)
ARCHIVE = Gauge(
    "desk_archive_age_seconds", "Since the log of changes was last copied away, in seconds, where it is", ["kind"]
)
BACKUP = Gauge(
    "desk_backup_age_seconds",
    "Since the newest backup was made, or rehearsed without a fault, in seconds; only in DESK_BACKUP_DIR. Where none"
    " was ever rehearsed, since this store began to send",
    ["kind"],
)
ALL = (OUTBOX, JOBS, PAUSED, CREDENTIALS, ARCHIVE)

# From account to account through the index of what waits, however many messages wait for one.
OUTBOX_AGE = text("""
    WITH RECURSIVE walk AS (
        (SELECT lane, account_id FROM deliveries WHERE state = 'waiting' AND lane = :lane
         ORDER BY account_id LIMIT 1)
        UNION ALL
        SELECT following.lane, following.account_id FROM walk CROSS JOIN LATERAL (
            SELECT lane, account_id FROM deliveries
            WHERE state = 'waiting' AND lane = walk.lane AND account_id > walk.account_id ORDER BY account_id LIMIT 1
        ) AS following
    )
    SELECT coalesce(max(greatest(0, (
        SELECT extract(epoch FROM clock_timestamp() - min(due_at))::float8 FROM deliveries
        WHERE state = 'waiting' AND lane = walk.lane AND account_id = walk.account_id))), 0)
    FROM walk JOIN channel_accounts AS account ON account.id = walk.account_id
    WHERE account.state = 'active' OR account.probe_at IS NOT NULL
""")
JOBS_AGE = text("""
    SELECT extract(epoch FROM clock_timestamp() - coalesce(job.scheduled_at, event.at))::float8
    FROM procrastinate_jobs AS job JOIN procrastinate_events AS event
      ON event.job_id = job.id AND event.type = 'deferred'
    WHERE job.status = 'todo' AND job.queue_name = :lane
      AND (job.scheduled_at IS NULL OR job.scheduled_at <= clock_timestamp())
    ORDER BY job.id LIMIT 1
""")
PAUSES = text("""
    SELECT channel, CASE WHEN probe_at IS NOT NULL THEN 'outage' WHEN reason LIKE 'refused: %' THEN 'refused'
                         ELSE 'staff' END AS by, count(*) AS accounts
    FROM channel_accounts WHERE state = 'paused' GROUP BY 1, 2
""")
ENDS = text("""
    SELECT account.channel, extract(epoch FROM min(watch.expires_at) - clock_timestamp())::float8 AS seconds
    FROM account_watches AS watch JOIN channel_accounts AS account ON account.id = watch.account_id
    WHERE watch.expires_at IS NOT NULL AND account.state <> 'stopped' GROUP BY 1
""")
ARCHIVED = text("""
    SELECT extract(epoch FROM clock_timestamp() - greatest(last_archived_time, pg_postmaster_start_time()))::float8
    FROM pg_stat_archiver WHERE current_setting('archive_mode') <> 'off'
""")


# Where none was ever rehearsed nobody knows that a backup is any good, since there is this store.
ARMED_AT = text("SELECT armed_at FROM announcement_arming")


def copied_at(folder: Path) -> dict[str, datetime]:
    """When the newest backup was made, and the newest rehearsal that found no fault: their names say so.

    Where none was without a fault, since the first report: so long nobody knows that a backup is any good.
    """
    found = {"base": max((path.name for path in folder.glob("base/*Z")), default=None)}
    reports = sorted(folder.glob(f"{FOLDER}/*Z.json"), reverse=True)
    good = next((path for path in reports if _is_good(path)), reports[-1] if reports else None)
    found["rehearsal"] = None if good is None else good.name.removesuffix(".json")
    return {kind: datetime.strptime(name, FORM).replace(tzinfo=UTC) for kind, name in found.items() if name}


def _is_good(path: Path) -> bool:
    try:
        signed = Signed.model_validate_json(path.read_bytes())
        return Report.model_validate_json(signed.report).is_good
    except (OSError, ValidationError):
        return False  # it is being written, or is none


@dataclass(frozen=True, slots=True)
class Ages:
    """Sets the measures from the store, and from the folder of backups where there is one."""

    engine: AsyncEngine
    job_lanes: Sequence[str]
    backups: Path | None = None

    async def look(self) -> None:
        """Look once. While the database is away there are no measures of it."""
        copied = {} if self.backups is None else await asyncio.to_thread(copied_at, self.backups)
        try:
            async with single_statements(self.engine) as connection:
                await self._read(connection)
                if self.backups is not None and "rehearsal" not in copied:
                    for at in (await connection.execute(ARMED_AT)).scalars():
                        copied["rehearsal"] = at
        except OUTAGES:
            for one in ALL:
                one.clear()
        BACKUP.clear()
        for kind, at in copied.items():
            BACKUP.labels(kind=kind).set((datetime.now(UTC) - at).total_seconds())

    async def _read(self, connection: AsyncConnection) -> None:
        for number, lane in enumerate(LANES):
            OUTBOX.labels(lane=lane).set((await connection.execute(OUTBOX_AGE, {"lane": number})).scalar_one())
        for lane in self.job_lanes:
            JOBS.labels(lane=lane).set((await connection.execute(JOBS_AGE, {"lane": lane})).scalar() or 0.0)
        PAUSED.clear()
        for row in await connection.execute(PAUSES):
            PAUSED.labels(channel=row.channel, by=row.by).set(row.accounts)
        CREDENTIALS.clear()
        for row in await connection.execute(ENDS):
            CREDENTIALS.labels(channel=row.channel).set(row.seconds)
        ARCHIVE.clear()
        if (seconds := (await connection.execute(ARCHIVED)).scalar()) is not None:
            ARCHIVE.labels(kind="wal").set(seconds)


def add_ages(application: web.Application, ages: Ages, health: Health) -> None:
    """Keep the ages, and what is said of the parts, current while an application for monitors is served."""

    async def looking() -> None:
        while True:
            await asyncio.gather(ages.look(), health.findings())
            await asyncio.sleep(LOOK_SECONDS)

    async def kept(_: web.Application) -> AsyncIterator[None]:
        task = asyncio.create_task(looking(), name="ages")
        yield
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task

    application.cleanup_ctx.append(kept)
