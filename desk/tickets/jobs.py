"""Jobs of the tickets room."""

from procrastinate import RetryStrategy
from procrastinate.job_context import JobContext

from desk.conversations.live import Live
from desk.staff.news import News
from desk.store.jobs import JOBS, REPLIES, UPKEEP, tools_of
from desk.tickets.grades import INVITE
from desk.tickets.history import LOOK
from desk.tickets.holding import RESUME, resume_due
from desk.tickets.inviting import invite
from desk.tickets.looking import look
from desk.tickets.queue import REMIND
from desk.tickets.reminder import remind

RETRY = RetryStrategy(max_attempts=8, exponential_wait=2)


@JOBS.task(name=REMIND, queue=REPLIES, pass_context=True, retry=RETRY)
async def remind_waiting(context: JobContext, *, ticket_id: int) -> None:
    """Tell the resident of a ticket that nobody claimed where in the queue it stands by now."""
    tools = tools_of(context)
    await remind(tools.engine, Live(tools.redis), tools.catalogs, tools.cities, ticket_id)


@JOBS.task(name=LOOK, queue=UPKEEP, pass_context=True, retry=RETRY)
async def look_at_clocks(context: JobContext, *, ticket_id: int) -> None:
    """Escalate a ticket of which a part of a limit has passed, and look again when the next has."""
    tools = tools_of(context)
    await look(tools.engine, News(tools.redis), tools.cities, ticket_id)


@JOBS.task(name=RESUME, queue=UPKEEP, pass_context=True, retry=RETRY)
async def resume_held(context: JobContext, *, ticket_id: int) -> None:
    """Bring back a ticket whose hold is over."""
    tools = tools_of(context)
    await resume_due(tools.engine, News(tools.redis), tools.cities, ticket_id)


@JOBS.task(name=INVITE, queue=UPKEEP, pass_context=True, retry=RETRY)
async def invite_grade(context: JobContext, *, ticket_id: int) -> None:
    """Invite a resident who gave no grade, once."""
    tools = tools_of(context)
    await invite(tools.engine, Live(tools.redis), tools.catalogs, tools.cities, ticket_id)
