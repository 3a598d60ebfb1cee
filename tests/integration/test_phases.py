"""Two releases on one database: what migrations of a later one leave to roles of the one before. Real PostgreSQL."""

import asyncio
import shutil
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import psycopg
import pytest
from fixtures.patience import HANG_SECONDS
from pydantic import SecretStr

from desk.app.health import Store
from desk.app.runtime import Runtime
from desk.app.settings import Settings
from desk.contract.errors import StartError
from desk.store import migrations
from desk.store.database import create_engine
from desk.store.migrations import OURS, Chain, Phase
from desk.web.health import Faulty

MIGRATION = '''"""{about}"""
from alembic import op

revision = "{revision}"
down_revision = "{before}"
phase = "{phase}"


def upgrade() -> None:
    op.execute("{up}")


def downgrade() -> None:
    op.execute("{down}")
'''
NEXT, AFTER_NEXT = "8001", "8002"


@dataclass(frozen=True)
class Written:
    """A migration of a later release."""

    revision: str
    phase: Phase
    up: str
    down: str = "SELECT 1"


WIDENED = Written(
    NEXT, Phase.PRE, "ALTER TABLE agencies ADD COLUMN later text", "ALTER TABLE agencies DROP COLUMN later"
)
NARROWED = Written(AFTER_NEXT, Phase.POST, "CREATE TABLE gone ()", "DROP TABLE gone")
AND_AGAIN = Written("8003", Phase.PRE, "CREATE TABLE further ()", "DROP TABLE further")


def later(folder: Path, *written: Written) -> Chain:
    """A release after this one: our migrations, and these."""
    chain = folder / f"after-{len(written)}"
    shutil.copytree(OURS.folder, chain, ignore=shutil.ignore_patterns("__pycache__"))
    before = OURS.newest
    for one in written:
        path = chain / "versions" / f"{one.revision}_later.py"
        path.write_text(
            MIGRATION.format(
                about="Later.", revision=one.revision, before=before, phase=one.phase, up=one.up, down=one.down
            ),
            encoding="utf-8",
        )
        before = one.revision
    return Chain(chain)


def at(database_url: str) -> tuple[str, str]:
    """The shape that a database has, and the oldest that bears it."""
    with psycopg.connect(database_url) as connection:
        row = connection.execute("SELECT version_num, serves_from FROM alembic_version").fetchone()
    assert row is not None
    return row[0], row[1]


@asynccontextmanager
async def looking(database_url: str, folder: Path, chain: Chain = OURS) -> AsyncIterator[Store]:
    """What looks for `/readyz` and `desk doctor`."""
    settings = Settings(_env_file=None, database_url=SecretStr(database_url))  # type: ignore[call-arg]
    engine = create_engine(database_url, pool_size=1)
    try:
        yield Store(engine, Runtime(settings, folder, folder, {}), chain=chain)
    finally:
        await engine.dispose()


def test_every_migration_names_its_phase_and_post_stands_last() -> None:
    """Since the first that could; else one of `post` would run while roles of the release before work."""
    phases = [OURS.phase(one) for one in OURS.revisions]
    assert OURS.missing(migrations.Shape(OURS.last_pre)) == OURS.revisions[OURS.revisions.index(OURS.last_pre) + 1 :]
    assert set(phases) <= set(Phase)


def test_a_migration_without_a_phase_is_refused(tmp_path: Path) -> None:
    """It says which."""
    chain = later(tmp_path, WIDENED)
    path = next(chain.folder.glob(f"versions/{NEXT}*"))
    path.write_text(path.read_text("utf-8").replace('phase = "pre"', ""), encoding="utf-8")
    with pytest.raises(ValueError, match=f"no phase in {NEXT}"):
        Chain(chain.folder).phase(NEXT)


def test_before_roles_are_gone_what_they_would_notice_waits(database_url: str, tmp_path: Path) -> None:
    """Roles of this release bear what was added, and are told so until the rest runs."""
    release = later(tmp_path, WIDENED, NARROWED)
    release.upgrade(database_url, pre_only=True)
    release.upgrade(database_url, pre_only=True)
    assert at(database_url) == (NEXT, OURS.serves_from(OURS.newest))
    release.upgrade(database_url)
    assert at(database_url) == (AFTER_NEXT, AFTER_NEXT)


def test_what_waited_runs_before_the_next_release(database_url: str, tmp_path: Path) -> None:
    """By then no role of the release before that one is left: nobody needs to remember it."""
    later(tmp_path, WIDENED, NARROWED).upgrade(database_url, pre_only=True)
    later(tmp_path, WIDENED, NARROWED, AND_AGAIN).upgrade(database_url, pre_only=True)
    assert at(database_url) == ("8003", AFTER_NEXT)


def test_a_release_goes_back_where_its_schema_is_borne(database_url: str, tmp_path: Path) -> None:
    """Its `desk migrate` does nothing, and does not fail; with what is not borne it is refused, and says so."""
    release = later(tmp_path, WIDENED, NARROWED)
    release.upgrade(database_url, pre_only=True)
    migrations.upgrade(database_url)
    assert (at(database_url)[0], migrations.pending(database_url)) == (NEXT, [])
    release.upgrade(database_url)
    with pytest.raises(StartError, match=f"at {AFTER_NEXT}, which this release does not know"):
        migrations.upgrade(database_url)


def test_who_goes_down_says_who_bears_it(database_url: str, tmp_path: Path) -> None:
    """As after any migration."""
    release = later(tmp_path, WIDENED, NARROWED)
    release.upgrade(database_url)
    release.downgrade(database_url, NEXT)
    assert at(database_url) == (NEXT, OURS.serves_from(OURS.newest))


async def test_roles_of_before_are_ready_until_they_are_not_borne(database_url: str, tmp_path: Path) -> None:
    """And say what they see."""
    release = later(tmp_path, WIDENED, NARROWED)
    async with looking(database_url, tmp_path) as store:
        assert await store.schema() == f"at {OURS.newest}"
        await asyncio.to_thread(release.upgrade, database_url, pre_only=True)
        assert await store.schema() == f"at {NEXT}, of a later release"
        await asyncio.to_thread(release.upgrade, database_url)
        with pytest.raises(Faulty, match="restore the backup"):
            await store.schema()


async def test_roles_of_the_later_release_are_ready_before_the_rest_ran(database_url: str, tmp_path: Path) -> None:
    """They work while the rest waits, and say that it does; before the first phase they are not."""
    release = later(tmp_path, WIDENED, NARROWED)
    async with looking(database_url, tmp_path, release) as store:
        with pytest.raises(Faulty, match=f"wants {NEXT}"):
            await store.schema()
        await asyncio.to_thread(release.upgrade, database_url, pre_only=True)
        assert await store.schema() == f"at {NEXT}; 1 wait until no role of the release before works: desk migrate"


def test_a_migration_lets_others_by(database_url: str, tmp_path: Path) -> None:
    """While a long transaction has the table it waits for a moment only, and tries again: nobody queues behind it."""
    release = replace(later(tmp_path, WIDENED), lock_seconds=0.2, pause_seconds=0.2)
    with psycopg.connect(database_url) as long, psycopg.connect(database_url, autocommit=True) as other:
        long.execute("LOCK TABLE agencies IN ACCESS SHARE MODE")
        migrating = threading.Thread(target=release.upgrade, args=(database_url,))
        migrating.start()
        other.execute("SET lock_timeout = '10s'")
        for _ in range(20):
            other.execute("SELECT count(*) FROM agencies")
        assert migrating.is_alive()
        long.commit()
        migrating.join(HANG_SECONDS)
    assert at(database_url)[0] == NEXT
