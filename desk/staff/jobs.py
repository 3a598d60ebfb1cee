"""Jobs of the staff room."""

from uuid import UUID

from procrastinate import RetryStrategy
from procrastinate.job_context import JobContext
from sqlalchemy import text

from desk.staff.alerts import TELL
from desk.staff.requests import EXPIRE
from desk.staff.sessions import TIDY
from desk.staff.telling import DELIVER, TRIES, Telling
from desk.store.database import transaction
from desk.store.jobs import JOBS, REPLIES, UPKEEP, tools_of

INVITATIONS = text("DELETE FROM staff_invitations WHERE good_until < clock_timestamp()")
ALERTS = text("DELETE FROM staff_alerts WHERE at < clock_timestamp() - interval '30 days'")
AGAIN = RetryStrategy(max_attempts=TRIES, exponential_wait=2)


@JOBS.periodic(cron="47 * * * *")
@JOBS.task(name="staff.tidy", queue=UPKEEP, queueing_lock="staff.tidy", pass_context=True)
async def tidy(context: JobContext, timestamp: int) -> None:  # noqa: ARG001 - procrastinate passes it
    """Forget sessions, invitations and alerts that are over; requests that nobody decided expire."""
    async with transaction(tools_of(context).engine) as connection:
        for statement in (TIDY, INVITATIONS, EXPIRE, ALERTS):
            await connection.execute(statement)


@JOBS.task(name=TELL, queue=REPLIES, pass_context=True, retry=AGAIN)
async def tell_alert(context: JobContext, *, alert: int) -> None:
    """Find who is to be told of an alert."""
    telling = tools_of(context).part(Telling)
    if telling is not None:
        await telling.tell(alert)


@JOBS.task(name=DELIVER, queue=REPLIES, pass_context=True, retry=AGAIN)
async def deliver_alerts(context: JobContext, *, staff: str) -> None:
    """Tell somebody, or the webhook (an empty `staff`), all that waits for them."""
    telling = tools_of(context).part(Telling)
    if telling is not None:
        await telling.deliver(UUID(staff) if staff else None)
