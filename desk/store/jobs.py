"""Everything else that waits: procrastinate, with its traps closed.

A room's `jobs.py` registers tasks on `JOBS`; jobs are deferred in the data's own transaction by `desk.store.deferring`.
Arguments are ids only: they are logged. What procrastinate does not do by itself is done here:

- two lanes never wait for each other: a worker object each, polling often (a wake-up can be lost, and nothing announces
  that a lock has become free);
- a job whose worker died is put back by one atomic statement once the heartbeat is stale, or the job has lasted longer
  than any may: its end can be lost with the database;
- a frozen worker that wakes up finishes a job that another took over: so every job with an effect has a fence in the
  transaction of the effect;
- a worker object ends when the database goes away: it is replaced;
- a job that waits for its time holds up the later jobs of its lock: such jobs have locks of their own kind;
- a queue that nobody serves is an error at start;
- a task that only workers of a later release know waits for one of them, a day at most: procrastinate would fail it;
- in a store that is not armed (`desk.store.arming`) no job runs: most of them reach somebody outside.
"""

import asyncio
import importlib
import importlib.util
import pkgutil
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any

import psycopg
import structlog
from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import ConnectorException, ProcrastinateException
from procrastinate.job_context import JobContext
from procrastinate.jobs import Job
from procrastinate.retry import BaseRetryStrategy, RetryDecision
from procrastinate.tasks import Task
from procrastinate.worker import Worker
from prometheus_client import Counter
from psycopg_pool import PoolTimeout
from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncEngine

import desk
from desk.city.files import City
from desk.contract.errors import DeskError, StartError
from desk.store import database
from desk.store.arming import is_armed, warn_unless_armed
from desk.store.database import KEEPALIVE, OUTAGES, single_statements, trace_of
from desk.store.deferring import REPLIES, UPKEEP
from desk.store.terms import Retentions
from desk.texts.catalogs import Catalogs

log = structlog.get_logger(__name__)
RESCUED = Counter("desk_jobs_rescued_total", "Jobs put back because their worker died")
LANES_RESTARTED = Counter("desk_job_lanes_restarted_total", "Times that a lane's worker object was replaced", ["lane"])

LANES = {REPLIES: 4, UPKEEP: 1}  # jobs at once, in each worker process

POLL_SECONDS = 1.0  # for a job of later: one of now is announced
HEARTBEAT_SECONDS = 2.0
STALE_SECONDS = 8.0
JOB_SECONDS = 60.0  # a longer work is cut into several jobs
LOST_SECONDS = 3 * JOB_SECONDS
PAUSE_SECONDS = 1.0
CLOSING_SECONDS = 3.0
ARMED_SECONDS = 2.0  # between two looks whether a store has been armed

UNKNOWN = "unknown"
UNKNOWN_SECONDS = 10
UNKNOWN_TRIES = 8640
"""A day: so long releases may work side by side."""

# Nothing is connected before `run_jobs`; a job deferred on a transaction's connection needs no more than this.
JOBS = App(connector=PsycopgConnector())


class JobUnknown(DeskError):
    """This release does not know the task; the job waits for a worker of a later one."""


class _Again(BaseRetryStrategy):
    """Puts a job back that this release does not know."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:  # noqa: ARG002
        """For a day."""
        if job.attempts >= UNKNOWN_TRIES:
            return None
        return RetryDecision(retry_in={"seconds": UNKNOWN_SECONDS})


class _Tasks(dict[str, Task[Any, Any, Any]]):
    """The tasks that are known, by name; for any other name one that waits, which is what workers ask for by `get`."""

    def get(self, name: str, default: Any = None) -> Any:
        return super().get(name, default or self._unknown)

    async def _wait(self, context: JobContext, **_: Any) -> None:
        log.warning("job_unknown", task=context.job.task_name, job=context.job.id, mend="End workers of before.")
        raise JobUnknown

    @property
    def _unknown(self) -> Task[Any, Any, Any]:
        return Task(self._wait, blueprint=JOBS, name=UNKNOWN, queue=UNKNOWN, pass_context=True, retry=_Again())


JOBS.tasks = _Tasks(JOBS.tasks)

RESCUE = """
    UPDATE procrastinate_jobs AS job
    SET status = 'todo', worker_id = NULL, abort_requested = false, attempts = attempts + 1
    WHERE job.status = 'doing' AND NOT (
        EXISTS (SELECT FROM procrastinate_workers AS worker
                WHERE worker.id = job.worker_id
                  AND worker.last_heartbeat > now() - make_interval(secs => %(stale)s))
        AND EXISTS (SELECT FROM procrastinate_events AS event
                    WHERE event.job_id = job.id AND event.type = 'started'
                      AND event.at > now() - make_interval(secs => %(lost)s))
    )
"""


class JobFailed(DeskError):
    """A job failed; the log says where."""


type Recorded = Callable[[str, str], AbstractContextManager[object]]


def unrecorded(task: str, lane: str) -> AbstractContextManager[object]:  # noqa: ARG001 - a `Recorded`
    """Nobody records jobs."""
    return nullcontext()


@dataclass(frozen=True)
class JobTools:
    """What jobs work with; a task gets it by `tools_of(context)`. `parts` are what a room's own jobs need, by class.

    `recorded` is entered around each job, by its task and lane.
    """

    engine: AsyncEngine
    redis: Redis
    catalogs: Catalogs
    cities: dict[str, City]
    retentions: Retentions
    parts: Mapping[type[Any], Any] = field(default_factory=dict)
    recorded: Recorded = unrecorded

    def part[T](self, kind: type[T]) -> T | None:
        """Find a part; None where this installation has none."""
        found = self.parts.get(kind)
        assert found is None or isinstance(found, kind)
        return found


def tools_of(context: JobContext) -> JobTools:
    """Find the tools in the context of a job."""
    tools = context.additional_context["tools"]
    assert isinstance(tools, JobTools)
    return tools


def load_tasks() -> None:
    """Import the `jobs.py` of every room, so that its tasks are known, and check that their queues are served.

    Raises:
        StartError: a task has a queue that is no lane.
    """
    for room in pkgutil.iter_modules(desk.__path__):
        if room.ispkg and importlib.util.find_spec(f"desk.{room.name}.jobs"):
            importlib.import_module(f"desk.{room.name}.jobs")
    refuse_unserved({name: task.queue for name, task in JOBS.tasks.items() if task.queue != "builtin"})


def refuse_unserved(queues: dict[str, str]) -> None:
    """Refuse tasks whose queue nobody serves. `queues` maps task to queue.

    Raises:
        StartError: names the tasks.
    """
    unserved = {name: queue for name, queue in queues.items() if queue not in LANES}
    if unserved:
        raise StartError(
            f"Nobody serves the queues of these tasks: {unserved}. "
            f"Use one of {sorted(LANES)}, or add a lane in desk/store/jobs.py."
        )


async def run_jobs(
    database_url: str,
    *,
    engine: AsyncEngine,
    redis: Redis,
    catalogs: Catalogs,
    cities: dict[str, City],
    retentions: Retentions,
    parts: Mapping[type[Any], Any] | None = None,
    heartbeat_seconds: float = HEARTBEAT_SECONDS,
    stale_seconds: float = STALE_SECONDS,
    recorded: Recorded = unrecorded,
) -> None:
    """Serve all lanes until cancelled; jobs in flight then have a few seconds to end.

    It outlives any outage of the database. `database_url` is postgresql://…; procrastinate has a small pool of its own.

    Raises:
        StartError: a task has a queue that nobody serves.
    """
    load_tasks()
    tools = JobTools(engine, redis, catalogs, cities, retentions, parts or {}, recorded)
    connector = PsycopgConnector(
        conninfo=database_url,
        kwargs={"connect_timeout": database.CONNECT_SECONDS, **KEEPALIVE},
        configure=_autocommit,
        # Opening waits for nothing, and after an outage each request tries anew instead of waiting out a back-off.
        min_size=0,
        max_size=4 + 2 * len(LANES),
        timeout=2.0,
        reconnect_timeout=1.0,
    )
    with JOBS.replace_connector(connector):
        await _open(connector)
        try:
            async with asyncio.TaskGroup() as group:
                for lane, jobs_at_once in LANES.items():
                    group.create_task(_serve(lane, jobs_at_once, tools, heartbeat_seconds), name=f"lane {lane}")
                group.create_task(_rescue(connector, stale_seconds), name="rescue of jobs")
        finally:
            await connector.close_async()


async def _autocommit(connection: psycopg.AsyncConnection[Any]) -> None:
    """Each statement is its own transaction. As an argument of the pool this would end the listening connection."""
    await connection.set_autocommit(True)


async def _open(connector: PsycopgConnector) -> None:
    while True:
        try:
            await connector.open_async()
            return
        except (ConnectorException, psycopg.Error, PoolTimeout) as exc:
            log.warning("jobs_wait_for_database", error=type(exc).__name__)
            await connector.close_async()
            await asyncio.sleep(PAUSE_SECONDS)


async def _until_armed(engine: AsyncEngine) -> None:
    """Wait until something may be sent from this store."""
    if await warn_unless_armed(engine):
        return
    while True:
        async with single_statements(engine) as connection:
            if await is_armed(connection):
                return
        await asyncio.sleep(ARMED_SECONDS)


async def _serve(lane: str, jobs_at_once: int, tools: JobTools, heartbeat_seconds: float) -> None:
    while True:
        try:
            await _until_armed(tools.engine)
            await JOBS.run_worker_async(
                queues=[lane],
                name=lane,
                concurrency=jobs_at_once,
                fetch_job_polling_interval=POLL_SECONDS,
                update_heartbeat_interval=heartbeat_seconds,
                install_signal_handlers=False,
                delete_jobs="successful",
                shutdown_graceful_timeout=CLOSING_SECONDS,
                additional_context={"tools": tools},
                worker_middleware=[_limited],
            )
        except (ProcrastinateException, psycopg.Error, PoolTimeout, *OUTAGES) as exc:
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                raise asyncio.CancelledError from exc
            log.warning("lane_ended", lane=lane, error=type(exc).__name__)
        LANES_RESTARTED.labels(lane=lane).inc()
        await asyncio.sleep(PAUSE_SECONDS)


async def _limited(proceed: Callable[[], Awaitable[Any]], context: JobContext, _worker: Worker) -> Any:
    """Bound the time of a job; what it fails with is logged here, since procrastinate would log messages with values.

    Raises:
        JobFailed: the job failed in any way.
        JobUnknown: it waits for a worker of a later release.
    """
    job = context.job
    with tools_of(context).recorded(job.task_name, job.queue):
        try:
            async with asyncio.timeout(JOB_SECONDS):
                return await proceed()
        except JobUnknown:
            raise
        except Exception as exc:  # noqa: BLE001 - the worker loop of jobs
            log.error("job_failed", task=job.task_name, job=job.id, trace=trace_of(exc))
            raise JobFailed(type(exc).__name__) from None


async def _rescue(connector: PsycopgConnector, stale_seconds: float) -> None:
    """Put back, all the time, the jobs of workers that are gone: one atomic statement, never two steps."""
    while True:
        try:
            async with connector.pool.connection() as connection:
                rescued = (await connection.execute(RESCUE, {"stale": stale_seconds, "lost": LOST_SECONDS})).rowcount
            if rescued:
                RESCUED.inc(rescued)
                log.warning("jobs_rescued", jobs=rescued)
        except (psycopg.Error, PoolTimeout) as exc:
            log.warning("rescue_failed", error=type(exc).__name__)
        await asyncio.sleep(stale_seconds / 4)
