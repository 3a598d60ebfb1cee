"""Jobs of the publicity room. Their arguments are ids only."""

from procrastinate import RetryStrategy
from procrastinate.job_context import JobContext

from desk.contract.errors import NotFound
from desk.intake.service import MENTION
from desk.publicity.inspecting import Inspection
from desk.publicity.inviting import Inviting
from desk.publicity.links import Links
from desk.publicity.pinging import PING, Pinging
from desk.publicity.planning import CARRY_OUT
from desk.publicity.posting import Posting
from desk.publicity.watching import CHECK, LOOK, Watching
from desk.store.deferring import REPLIES, UPKEEP
from desk.store.jobs import JOBS, tools_of

# For what is wrong with us or the database; platforms that do not answer have waits of their own.
AGAIN = RetryStrategy(max_attempts=8, exponential_wait=2)


@JOBS.task(name=CARRY_OUT, queue=UPKEEP, pass_context=True, retry=AGAIN)
async def carry_out(context: JobContext, *, post: int) -> None:
    """Say an announcement on a public account."""
    posting = tools_of(context).part(Posting)
    if posting is None:
        raise NotFound("Nothing is said in public by this worker.")
    await posting.carry_out(post)


@JOBS.task(name=LOOK, queue=UPKEEP, pass_context=True)
async def look(context: JobContext, *, account: int) -> None:
    """Look at what is said of an account; what fails is looked at an hour later."""
    if (watching := tools_of(context).part(Watching)) is not None:
        await watching.look(account)


@JOBS.task(name=CHECK, queue=UPKEEP, pass_context=True)
async def check(context: JobContext, *, account: int) -> None:
    """Ask how an account's credentials stand."""
    if (watching := tools_of(context).part(Watching)) is not None:
        await watching.check(account)


@JOBS.task(name=MENTION, queue=REPLIES, pass_context=True, retry=AGAIN)
async def invite(context: JobContext, *, event: int) -> None:
    """Answer a mention in public."""
    inviting = tools_of(context).part(Inviting)
    if inviting is None:
        raise NotFound("Nobody is answered in public by this worker.")
    await inviting.invite(event)


@JOBS.task(name=PING, queue=UPKEEP, pass_context=True)
async def ping(context: JobContext, *, city: str) -> None:
    """Tell the WebSub hub of a city's changed feeds; what it does not take is told again later."""
    if (pinging := tools_of(context).part(Pinging)) is not None:
        await pinging.ping(city)


@JOBS.periodic(cron="* * * * *")
@JOBS.task(name="publicity.ping_all", queue=UPKEEP, pass_context=True, queueing_lock="publicity.ping_all")
async def ping_all(context: JobContext, timestamp: int) -> None:  # noqa: ARG001 - procrastinate passes it
    """Queue a ping for every city whose feeds changed."""
    if (pinging := tools_of(context).part(Pinging)) is not None:
        await pinging.queue()


# Once an hour: an account has a hundred calls a day for this and its own posts.
@JOBS.periodic(cron="23 * * * *")
@JOBS.task(name="publicity.look_all", queue=UPKEEP, pass_context=True, queueing_lock="publicity.look_all")
async def look_all(context: JobContext, timestamp: int) -> None:  # noqa: ARG001 - procrastinate passes it
    """Queue a look at every account that needs one."""
    if (watching := tools_of(context).part(Watching)) is not None:
        await watching.queue(LOOK)


@JOBS.periodic(cron="41 22 * * *")  # before China's morning, so that an alarm meets people at work
@JOBS.task(name="publicity.check_all", queue=UPKEEP, pass_context=True, queueing_lock="publicity.check_all")
async def check_all(context: JobContext, timestamp: int) -> None:  # noqa: ARG001 - as above
    """Queue a check of every account whose credentials end."""
    if (watching := tools_of(context).part(Watching)) is not None:
        await watching.queue(CHECK)


@JOBS.periodic(cron="7 * * * *")
@JOBS.task(name="publicity.inspect", queue=UPKEEP, pass_context=True, queueing_lock="publicity.inspect")
async def inspect(context: JobContext, timestamp: int) -> None:  # noqa: ARG001 - as above
    """Look at links, and have staff told of what an inspection would find."""
    tools = tools_of(context)
    if (links := tools.part(Links)) is not None:
        await links.look()
    if (inspection := tools.part(Inspection)) is not None:
        await inspection.tell()
