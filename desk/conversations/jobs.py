"""Jobs of the conversations room."""

import time

import structlog
from procrastinate.job_context import JobContext

from desk.conversations import sessions
from desk.conversations.erasure import forget_idle
from desk.conversations.plain import seal_some
from desk.conversations.ports import Parts
from desk.store.database import transaction
from desk.store.deferring import UPKEEP
from desk.store.jobs import JOBS, tools_of
from desk.store.retention import note_run
from desk.store.terms import Category

log = structlog.get_logger(__name__)

SEALING_SECONDS = 30.0  # of a minute: other upkeep has its turn too


# Each hour, not each night: a computer that sleeps at night keeps its promise too.
@JOBS.periodic(cron="17 * * * *")
@JOBS.task(name="conversations.forget", queue=UPKEEP, pass_context=True, queueing_lock="conversations.forget")
async def forget(context: JobContext, timestamp: int) -> None:  # noqa: ARG001 - procrastinate passes it
    """Forget conversations that have been idle for longer than their city allows, and sessions that are over."""
    tools = tools_of(context)
    async with transaction(tools.engine) as connection:
        await connection.execute(sessions.TIDY)
    kept = tools.part(Parts)
    assert kept is not None, "Jobs that forget need the parts of turns."
    done = [
        await forget_idle(tools.engine, term, parts=kept.parts)
        for term in tools.retentions.terms(Category.CONVERSATIONS)
    ]
    async with transaction(tools.engine) as connection:
        forgotten = await note_run(connection, Category.CONVERSATIONS, tools.retentions, done)
    if forgotten:
        log.info("conversations_forgotten", conversations=forgotten)


@JOBS.periodic(cron="* * * * *")
@JOBS.task(name="conversations.seal", queue=UPKEEP, pass_context=True, queueing_lock="conversations.seal")
async def seal(context: JobContext, timestamp: int) -> None:  # noqa: ARG001 - procrastinate passes it
    """Seal what older versions kept plain, for a while; then nothing is left to do."""
    until = time.monotonic() + SEALING_SECONDS
    sealed = await seal_some(tools_of(context).engine, goes_on=lambda: time.monotonic() < until)
    if sealed:
        log.info("conversations_sealed", conversations=sealed)
