"""Jobs: deferred with the data, taken over when a worker dies, replaced when the database goes. Real PostgreSQL."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from fixtures.house import House, Mortal, until
from sqlalchemy import text

from desk.contract.errors import StartError
from desk.store.database import transaction
from desk.store.deferring import REPLIES, UPKEEP, defer
from desk.store.jobs import JOBS, LANES, load_tasks, refuse_unserved

ran: list[int] = []
LATER = "procrastinate_jobs WHERE task_name = 'tests.later'"


@JOBS.task(name="tests.note", queue=REPLIES)
async def note(number: int, seconds: float = 0.0) -> None:
    """Remember that a job ran."""
    await asyncio.sleep(seconds)
    ran.append(number)


@asynccontextmanager
async def serving(house: House) -> AsyncIterator[None]:
    """Both lanes, with quick heartbeats."""
    ran.clear()
    async with house.jobs(heartbeat_seconds=0.2, stale_seconds=1.0):
        yield


async def done(*numbers: int) -> bool:
    return sorted(ran) == sorted(numbers)


async def test_a_job_exists_if_and_only_if_its_transaction_is_committed(house: House) -> None:
    """A rolled back transaction leaves no job; a committed one leaves one, which runs once."""
    async with serving(house):
        async with house.engine.connect() as connection, connection.begin() as undone:
            await defer(connection, "tests.note", lane=REPLIES, number=1)
            await undone.rollback()
        async with transaction(house.engine) as connection:
            await defer(connection, "tests.note", lane=REPLIES, number=2)
        await until(lambda: done(2))
    assert await house.scalar("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'tests.note'") == 0


async def test_upkeep_does_not_hold_up_replies(house: House) -> None:
    """Slow upkeep fills its own lane only."""
    async with serving(house):
        async with transaction(house.engine) as connection:
            for number in range(20):
                await defer(connection, "tests.note", lane=UPKEEP, number=number, seconds=3600)
            await defer(connection, "tests.note", lane=REPLIES, number=99)
        await until(lambda: done(99))


async def test_a_job_that_waits_for_its_time_runs_then_and_not_before(house: House) -> None:
    """A scheduled job stays queued."""
    async with serving(house):
        async with transaction(house.engine) as connection:
            await defer(connection, "tests.note", lane=REPLIES, after=timedelta(hours=1), number=1)
            await defer(connection, "tests.note", lane=REPLIES, number=2)
        await until(lambda: done(2))
    assert (
        await house.scalar("SELECT count(*) FROM procrastinate_jobs WHERE status = 'todo' AND task_name = 'tests.note'")
        == 1
    )


@pytest.mark.parametrize("worker", ["NULL", "(SELECT id FROM dead)"], ids=["pruned", "stale heartbeat"])
async def test_a_job_of_a_dead_worker_is_taken_over(house: House, worker: str) -> None:
    """A job left `doing` by a worker that is gone is put back, and its lock opens."""
    async with transaction(house.engine) as connection:
        await defer(connection, "tests.note", lane=REPLIES, lock="one", number=1)
        await defer(connection, "tests.note", lane=REPLIES, lock="one", number=2)
        await connection.execute(
            text(f"""
                WITH dead AS (
                    INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '1 hour') RETURNING id
                )
                UPDATE procrastinate_jobs SET status = 'doing', worker_id = {worker}
                WHERE id = (SELECT min(id) FROM procrastinate_jobs)
            """)
        )
    async with serving(house):
        await until(lambda: done(1, 2))
    assert ran == [1, 2]


async def test_a_job_of_a_later_release_waits_for_its_worker(house: House) -> None:
    """A worker that does not know its task neither runs nor fails it, and goes on with others."""
    async with serving(house):
        async with transaction(house.engine) as connection:
            await defer(connection, "tests.later", lane=REPLIES, number=1)
            await defer(connection, "tests.note", lane=REPLIES, number=2)
        await until(lambda: done(2))
        await until(lambda: house.scalar(f"SELECT attempts FROM {LATER}"), becomes=1)
        assert await house.scalar(f"SELECT status || (scheduled_at > now())::text FROM {LATER}") == "todotrue"


async def test_a_job_whose_end_was_lost_with_the_database_is_put_back(house: House) -> None:
    """A living worker whose job ended without being noted does not keep it for ever."""
    async with serving(house):
        async with transaction(house.engine) as connection:
            await defer(connection, "tests.note", lane=REPLIES, number=1)
            await connection.execute(
                text("""
                    UPDATE procrastinate_jobs
                    SET status = 'doing', worker_id = (SELECT max(id) FROM procrastinate_workers)
                """)
            )
            await connection.execute(text("UPDATE procrastinate_events SET at = at - interval '1 hour'"))
        await until(lambda: done(1))


async def test_lanes_outlive_a_database_that_is_killed(mortal: Mortal) -> None:
    """After the database is back jobs run again, without a restart of the process."""
    house = mortal.house
    async with serving(house):
        async with transaction(house.engine) as connection:
            await defer(connection, "tests.note", lane=REPLIES, number=1)
        await until(
            lambda: house.scalar("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'tests.note'"), becomes=0
        )
        os.kill(mortal.postgres.pid, signal.SIGKILL)
        await asyncio.sleep(1.5)
        await mortal.postgres.start()
        async with transaction(house.engine) as connection:
            await defer(connection, "tests.note", lane=REPLIES, number=2)
        await until(lambda: done(1, 2))


def test_a_queue_that_nobody_serves_is_an_error_at_start() -> None:
    """The message names task and queue; all of ours are served."""
    with pytest.raises(StartError, match=r"tests\.lost.*bulk"):
        refuse_unserved({"tests.lost": "bulk"})
    load_tasks()
    assert {task.queue for task in JOBS.tasks.values()} - {"builtin"} <= set(LANES)
    assert {"tickets.remind_waiting", "conversations.forget"} <= set(JOBS.tasks)
