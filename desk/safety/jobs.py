"""Jobs of the safety room."""

import structlog
from procrastinate.job_context import JobContext

from desk.safety.keeping import Keeping
from desk.store.database import transaction
from desk.store.deferring import UPKEEP
from desk.store.jobs import JOBS, tools_of
from desk.store.retention import note_run
from desk.store.terms import Category

log = structlog.get_logger(__name__)


@JOBS.periodic(cron="27 * * * *")
@JOBS.task(name="safety.forget", queue=UPKEEP, pass_context=True, queueing_lock="safety.forget")
async def forget(context: JobContext, timestamp: int) -> None:  # noqa: ARG001 - procrastinate passes it
    """Delete what was said in emergencies that are older than their city allows."""
    tools = tools_of(context)
    keeping = tools.part(Keeping)
    assert keeping is not None, "Jobs that forget emergencies need what deletes them."
    done = [await keeping.forget(term) for term in tools.retentions.terms(Category.EMERGENCIES)]
    async with transaction(tools.engine) as connection:
        forgotten = await note_run(connection, Category.EMERGENCIES, tools.retentions, done)
    if forgotten:
        log.info("emergencies_forgotten", emergencies=forgotten)
