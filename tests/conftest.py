"""What tests of the store stand on: real PostgreSQL and Valkey, started once, and a database for each test."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from itertools import count
from pathlib import Path

import pytest
import pytest_asyncio
from fixtures.databases import Databases
from fixtures.house import MORE_DATABASES, OLD_ROWS, House, Mortal, Nursery, house_at
from fixtures.patience import HANG_SECONDS
from fixtures.patient_loop import PatientLoops
from hypothesis import HealthCheck, settings
from redis.asyncio import Redis

from desk.store import database
from desk.store.migrations import upgrade
from desk.texts.catalogs import Catalogs, compile_catalogs
from tools.engines.postgres import Postgres
from tools.engines.valkey import Valkey

ROOT = Path(__file__).parents[1]
HASTY = {"fsync": "off", "full_page_writes": "off", "scram_iterations": "1"}
"""Nothing in it must survive a power cut, and nobody guesses its password: each connection is 3 ms cheaper."""
ECHO = '\nmsgid "test.echo"\nmsgstr "{text}"\n'

# Machines are shared: how long an example takes, or to make one, says nothing of what is tested.
settings.register_profile("shared", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("shared")
# They stand still now and then: that is nobody's slowness.
asyncio.set_event_loop_policy(PatientLoops())
database.CONNECT_SECONDS = int(HANG_SECONDS)

_valkey_numbers = count()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def postgres(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Postgres]:
    """A PostgreSQL of the tests' own."""
    folder = tmp_path_factory.mktemp("postgres")
    async with Postgres(folder, settings=HASTY, grants=(MORE_DATABASES, OLD_ROWS)) as server:
        yield server


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def databases(postgres: Postgres) -> Databases:
    """Databases of the newest shape, lent to one test at a time."""
    databases = Databases(postgres)
    await databases.prepare()
    return databases


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def valkey(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Valkey]:
    """A Valkey of the tests' own."""
    async with Valkey(tmp_path_factory.mktemp("valkey")) as server:
        yield server


@pytest.fixture(scope="session")
def catalogs_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The product's catalogs, compiled, with one more text that says any text: `test.echo`."""
    folder = tmp_path_factory.mktemp("catalogs") / "locales"
    shutil.copytree(ROOT / "locales", folder, ignore=shutil.ignore_patterns("*.mo"))
    for source in folder.glob("*/LC_MESSAGES/common.po"):
        with source.open("a", encoding="utf-8") as catalog:
            catalog.write(ECHO)
    compile_catalogs(folder)
    return folder


@pytest.fixture(scope="session")
def catalogs(catalogs_folder: Path) -> Catalogs:
    """The product's texts; one that cannot be said whole fails its test."""
    return Catalogs(catalogs_folder, strict=True)


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    """Where worker processes come from."""
    nursery = Nursery()
    yield nursery
    nursery.close()


@pytest.fixture
def database_url(databases: Databases) -> Iterator[str]:
    """An empty database of the newest shape, for one test, with the agencies and accounts of the city files."""
    with databases.lent() as url:
        yield url


@pytest_asyncio.fixture
async def redis_url(valkey: Valkey) -> str:
    """An empty numbered database of Valkey."""
    url = f"{valkey.url.rsplit('/', 1)[0]}/{next(_valkey_numbers) % 15}"
    async with Redis.from_url(url) as client:
        await client.flushdb()
    return url


@pytest_asyncio.fixture
async def house(database_url: str, redis_url: str, catalogs_folder: Path, nursery: Nursery) -> AsyncIterator[House]:
    """A store with the agencies and accounts of the city files."""
    async with house_at(database_url, redis_url, catalogs_folder, nursery, is_furnished=True) as house:
        yield house


@pytest_asyncio.fixture
async def mortal(tmp_path: Path, catalogs_folder: Path, nursery: Nursery) -> AsyncIterator[Mortal]:
    """A house on engines of its own. The machine is not killed, only processes: nothing need reach the disk."""
    async with Postgres(tmp_path / "postgres", settings=HASTY) as postgres, Valkey(tmp_path / "valkey") as valkey:
        upgrade(postgres.url)
        async with house_at(postgres.url, valkey.url, catalogs_folder, nursery) as house:
            yield Mortal(house, postgres, valkey)
