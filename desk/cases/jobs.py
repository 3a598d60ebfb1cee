"""Jobs of the cases room. Their arguments are ids only."""

from procrastinate import RetryStrategy
from procrastinate.job_context import JobContext

from desk.cases.service import HEAR, REMIND, Cases
from desk.contract.errors import NotFound
from desk.store.deferring import REPLIES, UPKEEP
from desk.store.jobs import JOBS, tools_of

# For what is wrong with us or the database; agencies that do not answer are asked again at the next look.
AGAIN = RetryStrategy(max_attempts=8, exponential_wait=2)


def _cases(context: JobContext) -> Cases:
    cases = tools_of(context).part(Cases)
    if cases is None:
        raise NotFound("Cases are not kept in this worker.")
    return cases


@JOBS.task(name=REMIND, queue=REPLIES, pass_context=True, retry=AGAIN)
async def remind(context: JobContext, *, case: int) -> None:
    """Remind a resident of an appointment."""
    await _cases(context).remind(case)


@JOBS.task(name=HEAR, queue=REPLIES, pass_context=True, retry=AGAIN)
async def hear(context: JobContext, *, case: int) -> None:
    """Say what has become of a case."""
    await _cases(context).hear(case)


@JOBS.periodic(cron="* * * * *")
@JOBS.task(name="cases.find_due", queue=UPKEEP, pass_context=True, queueing_lock="cases.find_due")
async def find_due(context: JobContext, timestamp: int) -> None:  # noqa: ARG001 - procrastinate passes it
    """Queue the reminders that are due."""
    if (cases := tools_of(context).part(Cases)) is not None:
        await cases.find_due()


@JOBS.periodic(cron="23 * * * *")
@JOBS.task(name="cases.find_late", queue=UPKEEP, pass_context=True, queueing_lock="cases.find_late")
async def find_late(context: JobContext, timestamp: int) -> None:  # noqa: ARG001 - as above
    """Have clerks see to reports of which nothing was heard for long."""
    if (cases := tools_of(context).part(Cases)) is not None:
        await cases.find_late()


@JOBS.periodic(cron="* * * * *")
@JOBS.task(name="cases.look", queue=UPKEEP, pass_context=True, queueing_lock="cases.look")
async def look(context: JobContext, timestamp: int) -> None:  # noqa: ARG001 - as above
    """Ask the agencies about the cases that are due."""
    if (cases := tools_of(context).part(Cases)) is not None:
        await cases.look()
