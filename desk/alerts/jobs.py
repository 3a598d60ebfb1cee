"""Jobs of the alerts room: asking its sources. Alerts do not wait behind upkeep."""

from procrastinate.job_context import JobContext

from desk.alerts.polling import POLL, Polling
from desk.store.deferring import REPLIES, UPKEEP
from desk.store.jobs import JOBS, tools_of


@JOBS.task(name=POLL, queue=REPLIES, pass_context=True)
async def poll(context: JobContext, *, city: str, source: str) -> None:
    """Ask a source for its documents; what fails is asked again, later each time."""
    if (polling := tools_of(context).part(Polling)) is not None:
        await polling.poll(city, source)


@JOBS.periodic(cron="* * * * *")
@JOBS.task(name="alerts.poll_all", queue=REPLIES, pass_context=True, queueing_lock="alerts.poll_all")
async def poll_all(context: JobContext, timestamp: int) -> None:  # noqa: ARG001 - procrastinate passes it
    """Queue asking every source."""
    if (polling := tools_of(context).part(Polling)) is not None:
        await polling.queue()


@JOBS.periodic(cron="37 3 * * *")
@JOBS.task(name="alerts.tidy", queue=UPKEEP, pass_context=True, queueing_lock="alerts.tidy")
async def tidy(context: JobContext, timestamp: int) -> None:  # noqa: ARG001 - as above
    """Forget what was refused long ago."""
    if (polling := tools_of(context).part(Polling)) is not None:
        await polling.tidy()
