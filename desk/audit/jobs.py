"""The upkeep of the audit: each hour, so that a computer that sleeps at night exports a day too."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from procrastinate.job_context import JobContext

from desk.audit.keeping import anchor, export, let_go
from desk.sealing.opening import let_go_of_traces
from desk.store.database import transaction
from desk.store.jobs import JOBS, UPKEEP, tools_of


@dataclass(frozen=True, slots=True)
class AuditKeeping:
    """Where exports go, and for how many days records, and traces of who read what, stay in the database."""

    folder: Path
    days: int


@JOBS.periodic(cron="23 * * * *")
@JOBS.task(name="audit.keep", queue=UPKEEP, queueing_lock="audit.keep", pass_context=True)
async def keep(context: JobContext, timestamp: int) -> None:
    """Export what is not exported yet, then let go of what is old."""
    tools = tools_of(context)
    keeping = tools.part(AuditKeeping)
    if keeping is None:
        return
    now = datetime.fromtimestamp(timestamp, UTC)
    await anchor(tools.engine, keeping.folder)
    await export(tools.engine, keeping.folder, now.date())
    oldest = now - timedelta(days=keeping.days)
    await let_go(tools.engine, oldest)
    async with transaction(tools.engine) as connection:
        await let_go_of_traces(connection, oldest)
