"""Attacks on a whole desk over its public API."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import web_app
from fixtures.attacking import Street, street
from fixtures.house import House
from fixtures.visiting import Hall, hall_at

from sandbox.alipay.identity import ensure_keys


@pytest.fixture(autouse=True)
def applications_are_let_go() -> Iterator[None]:
    """aiohttp keeps handlers in a cache, and with each a test's whole application."""
    yield
    web_app._cached_build_middleware.cache_clear()


@pytest.fixture(scope="session")
def pay_keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Keys of the pretend Alipay, made once."""
    return ensure_keys(tmp_path_factory.mktemp("pay-keys"))


@pytest_asyncio.fixture
async def there(house: House, tmp_path: Path, pay_keys: Path) -> AsyncIterator[Street]:
    """The desk that is attacked."""
    async with street(house, tmp_path, pay_keys) as opened:
        yield opened


@pytest_asyncio.fixture
async def hall(house: House, tmp_path: Path, pay_keys: Path) -> AsyncIterator[Hall]:
    """Where residents look at their own matters."""
    async with hall_at(house, tmp_path, pay_keys) as hall:
        yield hall
