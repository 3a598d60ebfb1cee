"""The database: engine, connections, transactions, and which errors mean that it is away."""

import re
import select
import traceback
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import psycopg
from psycopg.pq import TransactionStatus
from sqlalchemy import event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError, DisconnectionError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

CONNECT_SECONDS = 3
# How long a transaction may stand idle: more than the bot's 8 s, so that only a frozen worker is cut off.
IDLE_IN_TRANSACTION_SECONDS = 10.0

# A server that vanished without a word is noticed within some 11 s, by either side.
KEEPALIVE = {"keepalives_idle": 5, "keepalives_interval": 2, "keepalives_count": 3, "tcp_user_timeout": 8000}
SERVER_KEEPALIVE = "-c tcp_keepalives_idle=5 -c tcp_keepalives_interval=2 -c tcp_keepalives_count=3"


# The execution option in which connections carry what seals personal data: desk.sealing.opening.
VAULT = "vault"


def sqlalchemy_url(url: str) -> str:
    """Name the driver in a postgresql:// address, as SQLAlchemy wants it."""
    return url.replace("postgresql://", "postgresql+psycopg://", 1)


def create_engine(
    url: str,
    *,
    pool_size: int,
    vault: object | None = None,
    idle_in_transaction_seconds: float = IDLE_IN_TRANSACTION_SECONDS,
    replans: bool = False,
) -> AsyncEngine:
    """Make the engine. `url` is postgresql://…; psycopg is the driver.

    `vault` (desk.sealing.vault.Vault) seals and opens personal data; without one nothing of it can be read or written.

    `replans`: each statement is planned for the tables as they are, and not once for all that follow. So should be what
    fills tables with a million rows in minutes: a plan of the time when they were small walked whole tables for each
    row, and took minutes. It costs a millisecond a statement.

    A connection whose server was killed is noticed when it is taken from the pool, at the cost of one poll of its
    socket and no question to the server (a question each time was a sixth of a turn's round trips).
    """
    idle = f"-c idle_in_transaction_session_timeout={int(idle_in_transaction_seconds * 1000)}"
    plans = " -c plan_cache_mode=force_custom_plan" if replans else ""
    engine = create_async_engine(
        sqlalchemy_url(url),
        pool_size=pool_size,
        max_overflow=4,
        pool_timeout=10,
        execution_options={VAULT: vault},
        hide_parameters=True,  # they are residents' words, and errors are logged
        connect_args={
            "connect_timeout": CONNECT_SECONDS,
            **KEEPALIVE,
            "options": f"{idle} -c lock_timeout=12s -c timezone=UTC {SERVER_KEEPALIVE}{plans}",
        },
    )

    def refuse_the_dead(connection: DBAPIConnection, _record: Any, _proxy: Any) -> None:
        """Ask a pooled connection whether it lives if the server has said something unasked: its end, as a rule."""
        driver: psycopg.AsyncConnection[Any] = connection.driver_connection
        if driver.closed:
            raise DisconnectionError("This connection is closed.")
        if driver.autocommit:  # whoever had it could not give it back in order (`committing_each`)
            raise DisconnectionError("This connection commits each statement.")
        if _readable(driver.fileno()):
            try:
                engine.dialect.do_ping(connection)
            except psycopg.Error as exc:
                raise DisconnectionError("The database ended this connection.") from exc

    event.listen(engine.sync_engine, "checkout", refuse_the_dead)
    return engine


def _readable(descriptor: int) -> bool:
    poll = select.poll()
    poll.register(descriptor, select.POLLIN | select.POLLHUP | select.POLLERR)
    return bool(poll.poll(0))


async def warm(engine: AsyncEngine, connections: int) -> None:
    """Open some connections of the pool ahead: who comes first waits for none. Not while the database is away."""
    async with AsyncExitStack() as opened:
        for _ in range(connections):
            try:
                await opened.enter_async_context(engine.connect())
            except OUTAGES:
                return


@asynccontextmanager
async def transaction(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """Open one transaction: committed at the end, rolled back on any error."""
    async with engine.begin() as connection:
        yield connection


@asynccontextmanager
async def single_statements(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """Open a connection on which each statement is its own transaction: one round trip each."""
    async with engine.connect() as connection, committing_each(connection):
        yield connection


@asynccontextmanager
async def committing_each(connection: AsyncConnection) -> AsyncIterator[None]:
    """Let each statement be its own transaction on a connection while the block lasts, unless BEGIN is sent.

    SQLAlchemy's own AUTOCOMMIT is the same, by four switches of greenlets where this costs none.
    """
    driver = driver_of(connection)
    await driver.set_autocommit(True)
    try:
        yield
    finally:
        if driver.info.transaction_status == TransactionStatus.IDLE:
            await driver.set_autocommit(False)
        elif not connection.closed:  # lost, or left in the middle of a statement: nobody else is to have it
            await connection.invalidate()


def driver_of(connection: AsyncConnection) -> psycopg.AsyncConnection[Any]:
    """The driver's own connection.

    Raises:
        DisconnectionError: it has been lost.
    """
    sync = connection.sync_connection
    driver: psycopg.AsyncConnection[Any] | None = None
    if sync is not None and not sync.invalidated:
        driver = sync.connection.driver_connection
    if driver is None:
        raise DisconnectionError("This connection is lost.")
    return driver


def trace_of(error: BaseException, frames: int = 8) -> str:
    """Where an error came from, for the log: frames without values, and without its message.

    Messages of the database and of pydantic quote what was refused: residents' words.
    """
    cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    state = getattr(cause, "sqlstate", None)
    where = "".join(traceback.format_tb(error.__traceback__)[-frames:])
    return f"{where}{type(cause).__name__}{f' (SQLSTATE {state})' if state else ''}"


CONNECTING = re.compile(
    r"(?:, port \d+|on socket \"[^\"]*\") failed: (?:FATAL:)?([^\n]+)|(failed to resolve host [^\n]+)"
)
"""How libpq and psycopg say why a connection was not made."""
OUTAGES = (DBAPIError, PoolTimeout, OSError, TimeoutError)
"""Errors among which are all those by which an outage shows; `is_outage` tells which of them are."""


def is_unreachable(error: BaseException) -> bool:
    """Tell whether an error is the database's own and means that it cannot be reached: no file, no other server."""
    lost = isinstance(error, DBAPIError) and is_outage(error)
    return lost or isinstance(error, PoolTimeout | psycopg.OperationalError)


def why_unreachable(error: BaseException) -> str:
    """Why nobody could connect, as the server or the system says it (password, name, port); else the error's name.

    Only of connecting: what is said of a statement may quote residents' words.
    """
    cause = error.orig if isinstance(error, DBAPIError) else error
    said = CONNECTING.search(str(cause)) if isinstance(cause, psycopg.OperationalError) else None
    return (said[1] or said[2]).strip() if said else type(error).__name__


def lacks_schema(error: BaseException) -> bool:
    """Tell whether an error means that the schema was not made yet: there is no such table."""
    return isinstance(getattr(error, "orig", None), psycopg.errors.UndefinedTable)


def is_outage(error: BaseException) -> bool:
    """Tell whether an error means that the database cannot be reached just now, rather than that we asked wrongly."""
    return isinstance(error, TimeoutError | PoolTimeout | OSError) or (
        isinstance(error, DBAPIError)
        and (error.connection_invalidated or isinstance(error.orig, psycopg.OperationalError))
    )
