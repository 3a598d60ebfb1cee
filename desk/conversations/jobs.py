"""Jobs of the conversations room."""

import structlog
from procrastinate.job_context import JobContext

from desk.conversations.erasure import forget_idle
from desk.jobs import JOBS, UPKEEP, tools_of

log = structlog.get_logger(__name__)


# Each hour, not each night: a computer that sleeps at night keeps its promise too.
@JOBS.periodic(cron="17 * * * *")
@JOBS.task(name="conversations.forget", queue=UPKEEP, pass_context=True, queueing_lock="conversations.forget")
async def forget(context: JobContext, timestamp: int) -> None:  # noqa: ARG001 - procrastinate passes it
    """Forget conversations that have been idle for longer than the setting allows."""
    tools = tools_of(context)
    forgotten = await forget_idle(tools.engine, days=tools.retention_days)
    if forgotten:
        log.info("conversations_forgotten", conversations=forgotten)
