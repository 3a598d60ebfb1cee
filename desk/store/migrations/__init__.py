"""Migrations: the shape of the database, up and down. May not know what the rooms do with it.

Alembic, run from here and not from a command line of its own: `desk run`, `desk serve` and the tests call `upgrade`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.pool import NullPool

from desk.store.database import sqlalchemy_url

# Any number, the same in every process: two that migrate at once take turns.
MIGRATION_LOCK = 4711_2026


def upgrade(database_url: str) -> None:
    """Bring the database to the newest shape. Safe to call from several processes at once, and when nothing is to do.

    Raises:
        sqlalchemy.exc.OperationalError: the database cannot be reached.
    """
    with _locked(database_url) as connection:
        command.upgrade(_config(connection), "head")


def downgrade(database_url: str, revision: str = "base") -> None:
    """Take the database back to a revision; `base` removes everything.

    Raises:
        sqlalchemy.exc.OperationalError: the database cannot be reached.
    """
    with _locked(database_url) as connection:
        command.downgrade(_config(connection), revision)


def pending(database_url: str) -> list[str]:
    """List the revisions that `upgrade` would run, oldest first; empty when the database is current.

    Raises:
        sqlalchemy.exc.OperationalError: the database cannot be reached.
    """
    with _connected(database_url) as connection:
        script = ScriptDirectory.from_config(_config(connection))
        current = MigrationContext.configure(connection).get_current_heads()
        newer = script.iterate_revisions("heads", current or "base")
        return [revision.revision for revision in reversed(list(newer)) if revision.revision not in current]


@cache
def newest() -> str:
    """The revision that `upgrade` brings a database to."""
    found = ScriptDirectory(str(Path(__file__).parent)).get_current_head()
    if found is None:
        raise RuntimeError("The migrations have no head.")
    return found


@contextmanager
def _connected(database_url: str) -> Iterator[Connection]:
    engine = create_engine(sqlalchemy_url(database_url), poolclass=NullPool, connect_args={"connect_timeout": 5})
    with engine.connect() as connection:
        yield connection


@contextmanager
def _locked(database_url: str) -> Iterator[Connection]:
    with _connected(database_url) as connection:
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": MIGRATION_LOCK})
        connection.commit()
        yield connection
        connection.commit()


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config
