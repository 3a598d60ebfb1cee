"""Jobs of the tickets room."""

from datetime import UTC, datetime
from uuid import UUID

from procrastinate import RetryStrategy
from procrastinate.job_context import JobContext

from desk.conversations.live import Live
from desk.staff.news import News
from desk.store.deferring import REPLIES, UPKEEP
from desk.store.jobs import JOBS, JobTools, tools_of
from desk.tickets.assigning import RETURN_UNOPENED
from desk.tickets.grades.inviting import invite
from desk.tickets.grades.ledger import INVITE
from desk.tickets.history import LOOK, SHARE
from desk.tickets.holding import RESUME, resume_due
from desk.tickets.looking import CALL_BACKSTOP, look
from desk.tickets.presence import Presence
from desk.tickets.queue import INTRODUCE, REMIND
from desk.tickets.reaching.mailing import Mailing
from desk.tickets.reaching.texting import Texting
from desk.tickets.reaching.wishes import SEND_MAIL, SEND_TEXT
from desk.tickets.reminder import remind
from desk.tickets.room import Room
from desk.tickets.staffing.backstop import call
from desk.tickets.staffing.duty import SWEEP
from desk.tickets.staffing.introducing import introduce
from desk.tickets.staffing.sharing import return_unopened, share_out, share_out_everywhere
from desk.tickets.suggesting.questions import READ, Questions

RETRY = RetryStrategy(max_attempts=8, exponential_wait=2)


@JOBS.task(name=REMIND, queue=REPLIES, pass_context=True, retry=RETRY)
async def remind_waiting(context: JobContext, *, ticket_id: int) -> None:
    """Tell the resident of a ticket that nobody claimed where in the queue it stands by now."""
    tools = tools_of(context)
    await remind(tools.engine, Live(tools.redis), tools.catalogs, tools.cities, ticket_id, now=datetime.now(UTC))


@JOBS.task(name=INTRODUCE, queue=REPLIES, pass_context=True, retry=RETRY)
async def introduce_clerk(context: JobContext, *, ticket_id: int) -> None:
    """Tell the resident who has taken their ticket, unless that was said meanwhile."""
    await introduce(_room(tools_of(context)), ticket_id)


@JOBS.task(name=LOOK, queue=UPKEEP, pass_context=True, retry=RETRY)
async def look_at_clocks(context: JobContext, *, ticket_id: int) -> None:
    """Escalate a ticket of which a part of a limit has passed, and look again when the next has."""
    tools = tools_of(context)
    await look(tools.engine, News(tools.redis), tools.cities, ticket_id)


@JOBS.task(name=CALL_BACKSTOP, queue=UPKEEP, pass_context=True, retry=RETRY)
async def call_backstop(context: JobContext, *, ticket_id: int) -> None:
    """Have the backstop take up a ticket that nobody has taken up in its time."""
    await call(_room(tools_of(context)), ticket_id)


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


@JOBS.task(name=SHARE, queue=REPLIES, pass_context=True, retry=RETRY)
async def share_out_agency(context: JobContext, *, city: str, agency: str) -> None:
    """Give what waits at an agency to who is on duty."""
    tools = tools_of(context)
    await share_out(_room(tools), Presence(tools.redis), city, agency)


@JOBS.periodic(cron="* * * * *")
@JOBS.task(name=SWEEP, queue=UPKEEP, pass_context=True)
async def share_out_all(context: JobContext, timestamp: int) -> None:  # noqa: ARG001 - procrastinate passes it
    """Queue the sharing out of each agency at which something waits: somebody may be there by now."""
    await share_out_everywhere(_room(tools_of(context)))


@JOBS.task(name=RETURN_UNOPENED, queue=REPLIES, pass_context=True, retry=RETRY)
async def return_unopened_ticket(context: JobContext, *, ticket_id: int) -> None:
    """Put a ticket back that was given in turn and not opened."""
    await return_unopened(_room(tools_of(context)), ticket_id)


@JOBS.task(name=READ, queue=REPLIES, pass_context=True)
async def read_questions(context: JobContext, *, conversation: str) -> None:
    """Have the bot read what was asked last in a conversation that a clerk looks at."""
    questions = tools_of(context).part(Questions)
    if questions is not None:
        await questions.read(UUID(conversation))


@JOBS.task(name=SEND_TEXT, queue=REPLIES, pass_context=True, retry=RETRY)
async def send_text(context: JobContext, *, text_id: int) -> None:
    """Tell a resident who has left the page, by text message, that a clerk has answered."""
    texting = tools_of(context).part(Texting)
    if texting is not None:
        await texting.send(text_id)


@JOBS.task(name=SEND_MAIL, queue=REPLIES, pass_context=True, retry=RETRY)
async def send_mail(context: JobContext, *, text_id: int) -> None:
    """Tell a resident who has left the page, by mail, that a clerk has answered."""
    mailing = tools_of(context).part(Mailing)
    if mailing is not None:
        await mailing.send(text_id)


def _room(tools: JobTools) -> Room:
    return Room(tools.engine, Live(tools.redis), tools.catalogs, tools.cities, news=News(tools.redis))
