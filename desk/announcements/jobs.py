"""Jobs and upkeep of the announcements room. Arguments of jobs are ids only."""

from procrastinate import RetryStrategy
from procrastinate.job_context import JobContext
from sqlalchemy import text

from desk.alerts.service import DELIVER
from desk.announcements.emergencies import AlertDelivery
from desk.store.database import transaction
from desk.store.jobs import JOBS, REPLIES, UPKEEP, tools_of

AGAIN = RetryStrategy(max_attempts=8, exponential_wait=2)
REQUESTS = text("DELETE FROM api_requests WHERE at < clock_timestamp() - interval '7 days'")


@JOBS.task(name=DELIVER, queue=REPLIES, pass_context=True, retry=AGAIN)
async def deliver_alert(context: JobContext, *, alert: int) -> None:
    """Tell residents of an emergency alert, or take back what they were told."""
    if (delivery := tools_of(context).part(AlertDelivery)) is not None:
        await delivery.carry_out(alert)


@JOBS.periodic(cron="52 * * * *")
@JOBS.task(name="announcements.tidy", queue=UPKEEP, queueing_lock="announcements.tidy", pass_context=True)
async def tidy(context: JobContext, timestamp: int) -> None:  # noqa: ARG001 - procrastinate passes it
    """Forget requests of programs that nobody repeats any more."""
    async with transaction(tools_of(context).engine) as connection:
        await connection.execute(REQUESTS)
