"""Jobs of the teaching room: what nobody waits for, in small steps, after everything else."""

import time

import structlog
from procrastinate.job_context import JobContext
from sqlalchemy import text

from desk.store.database import transaction
from desk.store.deferring import UPKEEP
from desk.store.jobs import JOBS, tools_of
from desk.teaching.gathering import Gathering
from desk.teaching.grouping import Grouping
from desk.teaching.taught import SealingTaught

log = structlog.get_logger(__name__)

SECONDS = 15.0  # of a minute: other upkeep has its turn too
KEPT_DAYS = 180
"""So long a taught line waits for being taken into the data."""
MODELS_KEPT_DAYS = 365
"""So long stays what became of a model that answers no more, or never did; the audit keeps who did what."""
TIDY_MODELS = text("""
    DELETE FROM models
    WHERE state IN ('failed', 'cancelled', 'earlier')
      AND coalesce(live_at, ended_at, asked_at) < clock_timestamp() - make_interval(days => :days)
""")
TIDY = text("DELETE FROM taught_lines WHERE settled_at < clock_timestamp() - make_interval(days => :days)")


@JOBS.periodic(cron="* * * * *")
@JOBS.task(name="teaching.gather", queue=UPKEEP, pass_context=True, queueing_lock="teaching.gather")
async def gather(context: JobContext, timestamp: int) -> None:  # noqa: ARG001 - procrastinate passes it
    """Look through what residents wrote, then put what is worth a look together."""
    tools = tools_of(context)
    gathering, grouping = tools.part(Gathering), tools.part(Grouping)
    if gathering is None or grouping is None:  # in a process without a bot
        return
    until = time.monotonic() + SECONDS
    seen = 0
    while time.monotonic() < until and (looked := await gathering.gather()):
        seen += looked
    while time.monotonic() < until and await grouping.group():
        pass
    if seen:
        log.info("messages_looked_through", messages=seen)


@JOBS.periodic(cron="37 * * * *")
@JOBS.task(name="teaching.tidy", queue=UPKEEP, pass_context=True, queueing_lock="teaching.tidy")
async def tidy(context: JobContext, timestamp: int) -> None:  # noqa: ARG001 - procrastinate passes it
    """Take up what was graded badly, and delete taught lines that nobody took into the data, and old models.

    Lines that an older version kept plain are sealed.
    """
    tools = tools_of(context)
    gathering, sealing = tools.part(Gathering), tools.part(SealingTaught)
    if gathering is not None:
        await gathering.gather_graded()
    if sealing is not None:
        await sealing.seal()
    async with transaction(tools.engine) as connection:
        await connection.execute(TIDY, {"days": KEPT_DAYS})
        await connection.execute(TIDY_MODELS, {"days": MODELS_KEPT_DAYS})
