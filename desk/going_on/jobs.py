"""Jobs of the room: what is over is deleted."""

from procrastinate.job_context import JobContext
from sqlalchemy import text

from desk.store.database import transaction
from desk.store.deferring import UPKEEP
from desk.store.jobs import JOBS, tools_of

TIDY = text("DELETE FROM goings_on WHERE good_until < now() - interval '10 minutes'")


@JOBS.periodic(cron="*/10 * * * *")
@JOBS.task(name="going_on.tidy", queue=UPKEEP, pass_context=True, queueing_lock="going_on.tidy")
async def tidy(context: JobContext, timestamp: int) -> None:  # noqa: ARG001 - procrastinate passes it
    """Delete codes that are over, once both screens have read how they ended."""
    async with transaction(tools_of(context).engine) as connection:
        await connection.execute(TIDY)
