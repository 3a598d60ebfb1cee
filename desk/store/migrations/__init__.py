"""Migrations: the shape of the database, up and down. May not know what the rooms do with it.

Alembic, run from here and not from a command line of its own: `desk run`, `desk migrate` and the tests call `upgrade`.

Roles of two releases work on one database while one replaces the other. So a migration names its phase: `pre`, which
roles of the release before do not notice, or `post`, which only those of its own release bear. In the chain of a
release all of `post` stand last. How far back roles may be stands in the database (`alembic_version.serves_from`): a
role of a release before reads there whether it may go on.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from io import StringIO
from itertools import takewhile
from pathlib import Path
from typing import Any

import psycopg
from alembic import command
from alembic.config import Config
from alembic.script import Script, ScriptDirectory
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from desk.contract.errors import StartError
from desk.store.database import sqlalchemy_url

# Any number, the same in every process: two that migrate at once take turns.
MIGRATION_LOCK = 4711_2026
LOCK_TRIES = 12
TURN_SECONDS = 0.2
TRY_LOCK = text("SELECT pg_try_advisory_lock(:key)")

BEFORE_PHASES = "0077"
"""Migrations until this one name no phase: only roles of that shape, or a later one, bear them."""

SHAPE = text("""
    SELECT version_num, to_jsonb(alembic_version) ->> 'serves_from' AS serves_from FROM alembic_version
""")
MADE = text("SELECT to_regclass('alembic_version') IS NOT NULL")
SERVES_FROM = text("UPDATE alembic_version SET serves_from = :revision")

NEWER = (
    "The database is at {found}, which this release does not know, and which roles of this release do not bear."
    " Run a later release, or restore the backup of before (docs/how-to/upgrade.md)."
)


class Phase(StrEnum):
    """When a migration runs: while roles of the release before work, or when they are gone."""

    PRE = "pre"
    POST = "post"


@dataclass(frozen=True, slots=True)
class Shape:
    """Which revision a database is at (None: it was never made), and from which on roles bear it."""

    found: str | None = None
    serves_from: str | None = None


@dataclass(frozen=True)
class Chain:
    """The migrations of a release, in a folder as this one.

    One waits `lock_seconds` for a table: behind it everybody else waits for that table, too. After a pause it tries
    again.
    """

    folder: Path
    lock_seconds: float = 5.0
    pause_seconds: float = 5.0

    @cached_property
    def script(self) -> ScriptDirectory:
        return ScriptDirectory(str(self.folder))

    @cached_property
    def revisions(self) -> list[str]:
        """All, the oldest first."""
        return [one.revision for one in reversed(list(self.script.walk_revisions()))]

    def phase(self, revision: str) -> Phase:
        """When a migration runs.

        Raises:
            ValueError: it names none.
        """
        if revision <= BEFORE_PHASES:
            return Phase.POST
        found: Script = self.script.get_revision(revision)
        return Phase(getattr(found.module, "phase", f"no phase in {revision}"))

    @cached_property
    def newest(self) -> str:
        """What `upgrade` brings a database to."""
        return self.revisions[-1]

    @cached_property
    def last_pre(self) -> str:
        """What it brings a database to while roles of the release before work. All are run that stand before it: those
        of `post` among them are of earlier releases."""
        post = takewhile(lambda one: one > BEFORE_PHASES and self.phase(one) is Phase.POST, reversed(self.revisions))
        return self.revisions[-1 - len(list(post))]

    def serves_from(self, revision: str) -> str:
        """The oldest shape whose roles bear this one."""
        older = self.revisions[: self.revisions.index(revision) + 1]
        return next(one for one in reversed(older) if self.phase(one) is Phase.POST)

    def missing(self, shape: Shape, *, pre_only: bool = False) -> list[str]:
        """What `upgrade` would run, the oldest first.

        Raises:
            StartError: the database is of a later release, which roles of this one do not bear.
        """
        until = self.revisions.index(self.last_pre if pre_only else self.newest) + 1
        if shape.found is None:
            return self.revisions[:until]
        if shape.found in self.revisions:
            return self.revisions[self.revisions.index(shape.found) + 1 : until]
        if shape.serves_from in self.revisions:
            return []
        raise StartError(NEWER.format(found=shape.found))

    def upgrade(self, database_url: str, *, pre_only: bool = False) -> None:
        """Bring a database to the newest shape, or only as far as roles of the release before bear it.

        Raises:
            sqlalchemy.exc.OperationalError: the database cannot be reached, or a table was in use for a minute.
            StartError: it is of a later release, which roles of this one do not bear.
        """
        with self._locked(database_url) as connection:
            self._run(connection, self.missing(_shape(connection), pre_only=True), self.last_pre)
            if pre_only:
                return
            if missing := self.missing(_shape(connection)):
                _say(connection, self.newest)  # first: who does not bear it ends its work
                self._run(connection, missing, self.newest)

    def downgrade(self, database_url: str, revision: str) -> None:
        """Take a database back to a revision; `base` removes everything."""
        with self._locked(database_url) as connection:
            command.downgrade(self._config({"connection": connection}), revision)
            connection.commit()
            if found := _shape(connection).found:
                _say(connection, self.serves_from(found))

    def _run(self, connection: Connection, missing: list[str], until: str) -> None:
        if not missing:
            return
        connection.commit()
        for left in reversed(range(LOCK_TRIES)):
            try:
                command.upgrade(self._config({"connection": connection}), until)
                break
            except OperationalError as exc:
                connection.rollback()
                if not left or not isinstance(exc.orig, psycopg.errors.LockNotAvailable):
                    raise
                time.sleep(self.pause_seconds)
        _say(connection, self.serves_from(until))

    @property
    def _waits(self) -> str:
        """For how long a statement waits for a table, as PostgreSQL writes it."""
        return f"{self.lock_seconds * 1000:.0f}ms"

    def statements(self, revision: str) -> str:
        """What a migration would run, as SQL, on no database."""
        written = StringIO()
        written.write(f"SET lock_timeout = '{self._waits}';\n\n")
        config = self._config({"dialect_name": "postgresql", "literal_binds": True})
        config.output_buffer = written
        before = self.script.get_revision(revision).down_revision or "base"
        command.upgrade(config, f"{before}:{revision}", sql=True)
        return written.getvalue()

    def _config(self, connected: Mapping[str, Any]) -> Config:
        config = Config()
        config.set_main_option("script_location", str(self.folder).replace("%", "%%"))
        config.set_main_option("path_separator", "os")
        config.attributes["connected"] = connected
        return config

    @contextmanager
    def _locked(self, database_url: str) -> Iterator[Connection]:
        with _connected(database_url) as connection:
            # Asked for again and again: an index that is built beside others waits for every statement that goes on.
            while not connection.execute(
                text("SELECT pg_try_advisory_lock(:key)"), {"key": MIGRATION_LOCK}
            ).scalar_one():
                connection.commit()
                time.sleep(TURN_SECONDS)
            connection.execute(text("SELECT set_config('lock_timeout', :waits, false)"), {"waits": self._waits})
            connection.commit()
            yield connection
            connection.commit()


OURS = Chain(Path(__file__).parent)


def upgrade(database_url: str, *, pre_only: bool = False) -> None:
    """Bring the database to the newest shape, or only as far as roles of the release before bear it.

    Safe to call from several processes at once, when nothing is to do, and beside roles at work: a migration waits five
    seconds for a table, and then lets others by before it tries again.

    Raises:
        sqlalchemy.exc.OperationalError: the database cannot be reached, or a table was in use for a minute.
        StartError: it is of a later release, which roles of this one do not bear.
    """
    OURS.upgrade(database_url, pre_only=pre_only)


def downgrade(database_url: str, revision: str = "base") -> None:
    """Take the database back to a revision; `base` removes everything.

    Raises:
        sqlalchemy.exc.OperationalError: the database cannot be reached.
    """
    OURS.downgrade(database_url, revision)


def pending(database_url: str, *, pre_only: bool = False) -> list[str]:
    """List the revisions that `upgrade` would run, oldest first; empty when the database is current.

    Raises:
        sqlalchemy.exc.OperationalError: the database cannot be reached.
        StartError: it is of a later release, which roles of this one do not bear.
    """
    with _connected(database_url) as connection:
        return OURS.missing(_shape(connection), pre_only=pre_only)


def _shape(connection: Connection) -> Shape:
    if not connection.execute(MADE).scalar_one():
        return Shape()
    return shape_of(connection.execute(SHAPE).all())


def shape_of(rows: Sequence[Any]) -> Shape:
    """Read what `SHAPE` answers: one row at most."""
    return Shape(*rows[0]) if rows else Shape()


def _say(connection: Connection, serves_from: str) -> None:
    """Write from where on the shape is borne; older shapes have no place for that."""
    if serves_from >= BEFORE_PHASES:
        connection.execute(SERVES_FROM, {"revision": serves_from})
    connection.commit()


@contextmanager
def _connected(database_url: str) -> Iterator[Connection]:
    engine = create_engine(sqlalchemy_url(database_url), poolclass=NullPool, connect_args={"connect_timeout": 5})
    with engine.connect() as connection:
        yield connection
