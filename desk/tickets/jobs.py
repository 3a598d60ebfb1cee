"""Jobs of the tickets room."""

from procrastinate import RetryStrategy
from procrastinate.job_context import JobContext

from desk.conversations.live import Live
from desk.store.jobs import JOBS, REPLIES, tools_of
from desk.tickets.queue import REMIND
from desk.tickets.reminder import remind


@JOBS.task(name=REMIND, queue=REPLIES, pass_context=True, retry=RetryStrategy(max_attempts=8, exponential_wait=2))
async def remind_waiting(context: JobContext, *, ticket_id: int) -> None:
    """Tell the resident of a ticket that nobody claimed where in the queue it stands by now."""
    tools = tools_of(context)
    await remind(tools.engine, Live(tools.redis), tools.catalogs, tools.cities, ticket_id)
