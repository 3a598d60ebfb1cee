"""Statements of the ways that every turn takes, given to the driver itself.

They go through the same connection, pool and transaction as all others (`desk.store.database`), and their errors are
SQLAlchemy's. What is left out is SQLAlchemy's own way to the driver: a switch of greenlets for each step of a
statement, and a round trip for BEGIN (docs/decisions/0058-loop-and-driver.md).
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import cache
from typing import Any

import psycopg
from psycopg.rows import namedtuple_row
from sqlalchemy import TextClause
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from desk.store.database import committing_each, driver_of

type Rows = Sequence[Any]
"""Named tuples: columns by name, as of SQLAlchemy's rows."""

_DIALECT = PGDialect_psycopg()  # type: ignore[no-untyped-call] # SQLAlchemy gives its dialects no types


async def ask(connection: AsyncConnection, statement: TextClause, values: Mapping[str, object]) -> Rows:
    """Ask for the rows of one statement, which is a constant of its module.

    Raises:
        sqlalchemy.exc.DBAPIError: as of SQLAlchemy's `execute`.
    """
    driver = driver_of(connection)
    try:
        cursor = await driver.cursor(row_factory=namedtuple_row).execute(_written(statement), values)
        return await cursor.fetchall()
    except psycopg.Error as exc:
        raise await _known(connection, exc) from exc


@asynccontextmanager
async def begun(
    engine: AsyncEngine, statement: TextClause, values: Mapping[str, object]
) -> AsyncIterator[tuple[AsyncConnection, Rows]]:
    """Open a transaction whose first statement goes with its BEGIN, in one round trip; with the rows that it found.

    It is planned anew each time: for a short one. The transaction is committed at the end, and rolled back on any
    error. Pipeline mode would take more statements along, but psycopg ends it with a Flush after the Sync, after which
    PostgreSQL no longer counts the seconds of `idle_in_transaction_session_timeout`, by which a frozen worker is cut.

    Raises:
        sqlalchemy.exc.DBAPIError: as of SQLAlchemy's `execute`.
    """
    async with engine.connect() as connection, committing_each(connection), connection.begin():
        yield connection, await _begin(connection, statement, values)


async def _begin(connection: AsyncConnection, statement: TextClause, values: Mapping[str, object]) -> Rows:
    cursor = psycopg.AsyncClientCursor(driver_of(connection), row_factory=namedtuple_row)
    try:
        await cursor.execute(f"BEGIN; {_written(statement)}", values)
        cursor.nextset()
        return await cursor.fetchall()
    except psycopg.Error as exc:
        raise await _known(connection, exc) from exc


@cache
def _written(statement: TextClause) -> str:
    """A statement as the driver takes it: `%(name)s` for `:name`."""
    return str(statement.compile(dialect=_DIALECT))


async def _known(connection: AsyncConnection, error: psycopg.Error) -> Exception:
    """The driver's error as SQLAlchemy raises it; a connection that is lost goes back to no pool."""
    driver = driver_of(connection)
    lost = driver.closed or driver.broken
    if lost:
        await connection.invalidate(error)
    return DBAPIError.instance(
        None, None, error, psycopg.Error, hide_parameters=True, connection_invalidated=lost, dialect=_DIALECT
    )
