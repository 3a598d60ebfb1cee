"""Jobs of the self-test: each day one for each city, so that none is long."""

from procrastinate.job_context import JobContext

from desk.selftest.service import SelfTest
from desk.store.database import transaction
from desk.store.deferring import UPKEEP, defer
from desk.store.jobs import JOBS, tools_of

EXAMINE = "selftest.examine"


@JOBS.periodic(cron="40 5 * * *")
@JOBS.task(name="selftest.begin", queue=UPKEEP, pass_context=True, queueing_lock="selftest.begin")
async def begin(context: JobContext, timestamp: int) -> None:  # noqa: ARG001 - procrastinate passes it
    """Queue the examination of every city."""
    tools = tools_of(context)
    if tools.part(SelfTest) is None:
        return
    async with transaction(tools.engine) as connection:
        for city in tools.cities:
            await defer(connection, EXAMINE, lane=UPKEEP, city=city)


@JOBS.task(name=EXAMINE, queue=UPKEEP, pass_context=True)
async def examine(context: JobContext, *, city: str) -> None:
    """Examine the accounts of a city."""
    selftest = tools_of(context).part(SelfTest)
    if selftest is not None and city in selftest.cities:
        await selftest.examine(city)
