"""Jobs of the consents room."""

import structlog
from procrastinate.job_context import JobContext

from desk.consents import service
from desk.store.database import transaction
from desk.store.deferring import UPKEEP
from desk.store.jobs import JOBS, tools_of
from desk.store.retention import note_run
from desk.store.terms import Category

log = structlog.get_logger(__name__)


@JOBS.periodic(cron="37 * * * *")
@JOBS.task(name="consents.forget", queue=UPKEEP, pass_context=True, queueing_lock="consents.forget")
async def forget(context: JobContext, timestamp: int) -> None:  # noqa: ARG001 - procrastinate passes it
    """Delete receipts of consent that are older than their city allows."""
    tools = tools_of(context)
    async with transaction(tools.engine) as connection:
        done = [await service.forget(connection, term) for term in tools.retentions.terms(Category.CONSENTS)]
        forgotten = await note_run(connection, Category.CONSENTS, tools.retentions, done)
    if forgotten:
        log.info("consents_forgotten", consents=forgotten)
