"""Upkeep of the announcements room."""

from procrastinate.job_context import JobContext
from sqlalchemy import text

from desk.store.database import transaction
from desk.store.jobs import JOBS, UPKEEP, tools_of

REQUESTS = text("DELETE FROM api_requests WHERE at < clock_timestamp() - interval '7 days'")


@JOBS.periodic(cron="52 * * * *")
@JOBS.task(name="announcements.tidy", queue=UPKEEP, queueing_lock="announcements.tidy", pass_context=True)
async def tidy(context: JobContext, timestamp: int) -> None:  # noqa: ARG001 - procrastinate passes it
    """Forget requests of programs that nobody repeats any more."""
    async with transaction(tools_of(context).engine) as connection:
        await connection.execute(REQUESTS)
