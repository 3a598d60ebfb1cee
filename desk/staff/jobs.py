"""Jobs of the staff room."""

from uuid import UUID

from procrastinate import RetryStrategy
from procrastinate.job_context import JobContext
from sqlalchemy import text

from desk.staff.alerts import TELL
from desk.staff.deadlines import expire, remind
from desk.staff.news import News
from desk.staff.requests import TOPIC, Requests
from desk.staff.sessions import TIDY
from desk.staff.telling import DELIVER, TRIES, Telling
from desk.store.database import transaction
from desk.store.deferring import REPLIES, UPKEEP
from desk.store.jobs import JOBS, tools_of

INVITATIONS = text("DELETE FROM staff_invitations WHERE good_until < clock_timestamp()")
ALERTS = text("DELETE FROM staff_alerts WHERE at < clock_timestamp() - interval '30 days'")
AGAIN = RetryStrategy(max_attempts=TRIES, exponential_wait=2)


@JOBS.periodic(cron="47 * * * *")
@JOBS.task(name="staff.tidy", queue=UPKEEP, queueing_lock="staff.tidy", pass_context=True)
async def tidy(context: JobContext, timestamp: int) -> None:  # noqa: ARG001 - procrastinate passes it
    """Forget sessions, invitations and alerts that are over."""
    async with transaction(tools_of(context).engine) as connection:
        for statement in (TIDY, INVITATIONS, ALERTS):
            await connection.execute(statement)


@JOBS.periodic(cron="*/10 * * * *")
@JOBS.task(name="staff.look_at_requests", queue=UPKEEP, queueing_lock="staff.look_at_requests", pass_context=True)
async def look_at_requests(context: JobContext, timestamp: int) -> None:  # noqa: ARG001 - procrastinate passes it
    """Remind those who may decide what ends soon; what nobody decided in time ends, and who asked is told."""
    tools = tools_of(context)
    requests = tools.part(Requests)
    if requests is None:
        return
    await remind(requests)
    if await expire(requests):
        await News(tools.redis).tell(TOPIC)


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
