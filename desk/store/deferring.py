"""Queues jobs, in the data's own transaction. What runs them is `desk.store.jobs`: who queues none does not load it."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

REPLIES = "replies"  # what a resident waits for
UPKEEP = "upkeep"  # what nobody waits for


async def defer(
    connection: AsyncConnection,
    task: str,
    *,
    lane: str,
    lock: str | None = None,
    after: timedelta | None = None,
    **arguments: Any,
) -> None:
    """Queue a job in the transaction of a connection: it exists if, and only if, the transaction is committed."""
    from desk.store.jobs import JOBS  # procrastinate: most commands only read

    raw = (await connection.get_raw_connection()).driver_connection
    await JOBS.configure_task(
        task,
        queue=lane,
        lock=lock,
        schedule_at=None if after is None else datetime.now(UTC) + after,
        connection=raw,
    ).defer_async(**arguments)
