"""The upkeep of the audit: each hour, so that a computer that sleeps at night exports a day too."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import structlog
from procrastinate.job_context import JobContext
from prometheus_client import Gauge

from desk.audit.keeping import anchor, export, let_go, whole_days
from desk.sealing.opening import let_go_of_traces
from desk.store.database import transaction
from desk.store.deferring import UPKEEP
from desk.store.jobs import JOBS, tools_of

NOT_EXPORTED = Gauge(
    "desk_audit_export_failing",
    "Whether the last export of the audit, and of who read what, failed (1): then nothing of it is let go of",
)
MEND = "Have the worker write to DESK_AUDIT_DIR; until then nothing is let go of."

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class AuditKeeping:
    """Where exports go, and for how many days records, and traces of who read what, stay in the database."""

    folder: Path
    days: int


@JOBS.periodic(cron="23 * * * *")
@JOBS.task(name="audit.keep", queue=UPKEEP, queueing_lock="audit.keep", pass_context=True)
async def keep(context: JobContext, timestamp: int) -> None:
    """Export what is not exported yet, then let go of what is old; of nothing where it cannot be exported."""
    tools = tools_of(context)
    keeping = tools.part(AuditKeeping)
    if keeping is None:
        return
    now = datetime.fromtimestamp(timestamp, UTC)
    oldest = whole_days(now, keeping.days)
    try:
        await anchor(tools.engine, keeping.folder)
        await export(tools.engine, keeping.folder, now.date(), oldest.date())
    except OSError as exc:
        NOT_EXPORTED.set(1)
        log.error("audit_not_exported", folder=str(keeping.folder), error=type(exc).__name__, mend=MEND)
        return
    NOT_EXPORTED.set(0)
    await let_go(tools.engine, oldest)
    async with transaction(tools.engine) as connection:
        await let_go_of_traces(connection, oldest)
