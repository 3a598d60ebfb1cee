"""What tests of the store stand on: real PostgreSQL and Valkey, started once, and a database for each test."""

import asyncio
import gc
from collections.abc import AsyncIterator, Generator, Iterator
from itertools import count
from pathlib import Path

import pytest
import pytest_asyncio
from _pytest.nodeid import coerce_node_id
from babel.messages.mofile import read_mo, write_mo
from fixtures.by_turns import cut
from fixtures.clusters import copied
from fixtures.databases import Databases
from fixtures.house import House, Mortal, Nursery, house_at
from fixtures.patience import HANG_SECONDS
from fixtures.patient_loop import PatientLoops
from hypothesis import HealthCheck, settings
from redis.asyncio import Redis

from desk.store import database
from desk.texts.catalogs import Catalogs
from tools.engines.postgres import Postgres
from tools.engines.valkey import Valkey

ROOT = Path(__file__).parents[1]
ECHO = ("test.echo", "{text}")

# Machines are shared: how long an example takes, or to make one, says nothing of what is tested.
settings.register_profile("shared", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("shared")
# They stand still now and then: that is nobody's slowness.
asyncio.set_event_loop_policy(PatientLoops())
database.CONNECT_SECONDS = int(HANG_SECONDS)

_valkey_numbers = count()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> Generator[None]:
    """Have pytest 9.2 know the groups that xdist 3.8 puts behind ids: it keeps ids elsewhere, and groups fell apart."""
    cut(config, items)
    yield
    for item in items:
        if hasattr(item, "_nodeid"):
            item._id = coerce_node_id(item._nodeid)


def pytest_collection_finish() -> None:
    """Let the collector of garbage leave out what was imported and collected, which stays to the end."""
    gc.collect()
    gc.freeze()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def postgres(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Postgres]:
    """A PostgreSQL of the tests' own."""
    async with await copied(tmp_path_factory.mktemp("postgres") / "engine") as server:
        yield server


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def databases(postgres: Postgres) -> AsyncIterator[Databases]:
    """Databases of the newest shape, lent to one test at a time."""
    databases = Databases(postgres)
    await databases.prepare()
    yield databases
    databases.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def valkey(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Valkey]:
    """A Valkey of the tests' own."""
    async with Valkey(tmp_path_factory.mktemp("valkey")) as server:
        yield server


@pytest.fixture(scope="session")
def catalogs_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The product's catalogs as they are compiled, with one more text that says any text: `test.echo`."""
    folder = tmp_path_factory.mktemp("catalogs") / "locales"
    Catalogs(ROOT / "locales")  # fails where they are not compiled as they stand
    for compiled in (ROOT / "locales").glob("*/LC_MESSAGES/*.mo"):
        target = folder / compiled.relative_to(ROOT / "locales")
        target.parent.mkdir(parents=True)
        with compiled.open("rb") as read, target.open("wb") as written:
            catalog = read_mo(read)
            catalog.add(*ECHO)
            write_mo(written, catalog)
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
    async with (
        await copied(tmp_path / "postgres") as postgres,
        Valkey(tmp_path / "valkey") as valkey,
        house_at(postgres.url, valkey.url, catalogs_folder, nursery) as house,
    ):
        yield Mortal(house, postgres, valkey)
