"""The web and the till over a store, for tests of the chat API, the pages and payments."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import web_app
from fixtures.house import House
from fixtures.payments import PayHouse, paying_at
from fixtures.web import Caller, Site, serving

from sandbox.alipay.identity import ensure_keys


@pytest.fixture(autouse=True)
def applications_are_let_go() -> Iterator[None]:
    """aiohttp keeps handlers in a cache, and with each a test's whole application: some 20 MB."""
    yield
    web_app._cached_build_middleware.cache_clear()


@pytest_asyncio.fixture
async def site(house: House) -> AsyncIterator[Site]:
    """A running server."""
    async with serving(house) as site:
        yield site


@pytest_asyncio.fixture
async def caller(site: Site) -> Caller:
    """A resident with a session."""
    return await site.open()


@pytest.fixture(scope="session")
def pay_keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Keys of the pretend Alipay, made once."""
    return ensure_keys(tmp_path_factory.mktemp("pay-keys"))


@pytest_asyncio.fixture
async def paying(house: House, tmp_path: Path, pay_keys: Path) -> AsyncIterator[PayHouse]:
    """The house with a till and the pretend Alipay."""
    async with paying_at(house, tmp_path, pay_keys) as paying:
        yield paying
