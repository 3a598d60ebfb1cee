"""Jobs of the safety room."""

import structlog
from procrastinate.job_context import JobContext

from desk.safety.keeping import Keeping
from desk.store.jobs import JOBS, UPKEEP, tools_of

log = structlog.get_logger(__name__)


@JOBS.periodic(cron="27 * * * *")
@JOBS.task(name="safety.forget", queue=UPKEEP, pass_context=True, queueing_lock="safety.forget")
async def forget(context: JobContext, timestamp: int) -> None:  # noqa: ARG001 - procrastinate passes it
    """Delete what was said in emergencies that are older than the setting allows."""
    keeping = tools_of(context).part(Keeping)
    forgotten = 0 if keeping is None else await keeping.forget()
    if forgotten:
        log.info("emergencies_forgotten", emergencies=forgotten)
