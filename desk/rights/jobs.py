"""Jobs of the rights room."""

from procrastinate.job_context import JobContext

from desk.rights.links import TIDY
from desk.store.database import transaction
from desk.store.deferring import UPKEEP
from desk.store.jobs import JOBS, tools_of


@JOBS.periodic(cron="7 * * * *")
@JOBS.task(name="rights.tidy", queue=UPKEEP, pass_context=True, queueing_lock="rights.tidy")
async def tidy(context: JobContext, timestamp: int) -> None:  # noqa: ARG001 - procrastinate passes it
    """Delete links that are over."""
    async with transaction(tools_of(context).engine) as connection:
        await connection.execute(TIDY)
