"""Jobs of the announcements room: alerts, what programs hear, what was held, and upkeep. Arguments are ids only."""

import time
from datetime import UTC, datetime, timedelta

from procrastinate import RetryStrategy
from procrastinate.job_context import JobContext
from sqlalchemy import text

from desk.alerts.service import DELIVER
from desk.announcements.audience.lists import forget_over
from desk.announcements.audience.whom import NOBODY
from desk.announcements.composing import documents
from desk.announcements.composing.images import UNUSED_HOURS, forget_unused
from desk.announcements.measuring.counting import Counting
from desk.announcements.programs.callbacks import CALL
from desk.announcements.programs.calling import Calling
from desk.announcements.telling.emergencies import AlertDelivery
from desk.announcements.telling.later import Later
from desk.store.database import transaction
from desk.store.deferring import REPLIES, UPKEEP
from desk.store.jobs import JOBS, tools_of

AGAIN = RetryStrategy(max_attempts=8, exponential_wait=2)
REQUESTS = text("DELETE FROM api_requests WHERE at < clock_timestamp() - interval '7 days'")
CHUNK = 200
SECONDS = 45.0  # a run; the next minute goes on with the rest


@JOBS.task(name=DELIVER, queue=REPLIES, pass_context=True, retry=AGAIN)
async def deliver_alert(context: JobContext, *, alert: int) -> None:
    """Tell residents of an emergency alert, or take back what they were told."""
    if (delivery := tools_of(context).part(AlertDelivery)) is not None:
        await delivery.carry_out(alert)


@JOBS.task(name=CALL, queue=UPKEEP, pass_context=True, retry=AGAIN)
async def call_program(context: JobContext, *, callback: int) -> None:
    """Hand on to a program what it is to hear; what it does not take is tried again later."""
    if (calling := tools_of(context).part(Calling)) is not None:
        await calling.call(callback)


@JOBS.periodic(cron="52 * * * *")
@JOBS.task(name="announcements.tidy", queue=UPKEEP, queueing_lock="announcements.tidy", pass_context=True)
async def tidy(context: JobContext, timestamp: int) -> None:  # noqa: ARG001 - procrastinate passes it
    """Forget requests of programs that nobody repeats any more, lists that are over, and files that nothing names."""
    async with transaction(tools_of(context).engine) as connection:
        await connection.execute(REQUESTS)
        await forget_over(connection)
        before = datetime.now(UTC) - timedelta(hours=UNUSED_HOURS)
        await forget_unused(connection, before)
        await documents.forget_unused(connection, before)


@JOBS.periodic(cron="* * * * *")
@JOBS.task(name="announcements.later", queue=UPKEEP, pass_context=True, queueing_lock="announcements.later")
async def say_later(context: JobContext, timestamp: int) -> None:  # noqa: ARG001 - procrastinate passes it
    """Say what was held and is due; what fails waits for the next run."""
    later = tools_of(context).part(Later)
    if later is None:
        return
    beyond, ends = NOBODY, time.monotonic() + SECONDS
    while time.monotonic() < ends and (waiting := await later.waiting(beyond, CHUNK)):
        for conversation in waiting:
            if time.monotonic() >= ends:
                return
            await later.say(conversation)
        beyond = waiting[-1]


@JOBS.periodic(cron="* * * * *")
@JOBS.task(name="announcements.count", queue=UPKEEP, pass_context=True, queueing_lock="announcements.count")
async def count(context: JobContext, timestamp: int) -> None:  # noqa: ARG001 - as above
    """Count what became of announcements of which that is due, one after the other."""
    counting = tools_of(context).part(Counting)
    if counting is None:
        return
    ends = time.monotonic() + SECONDS
    for announcement in await counting.due(CHUNK):
        if time.monotonic() >= ends:
            return
        await counting.count(announcement)
