"""One browser, one loop and one running product for the ring."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from fixtures.browser import chromium_browser
from fixtures.house import House, Nursery, house_at
from fixtures.product import Product, running
from playwright.async_api import Browser

from desk.http.sockets import free_port


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run every test here on the loop of the session, where the browser lives; all that need the product together."""
    for item in items:
        if "tests/e2e/" in item.path.as_posix():
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)
            needs_product = isinstance(item, pytest.Function) and "product" in item.fixturenames
            item.add_marker(pytest.mark.xdist_group("product" if needs_product else item.path.name))


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """A browser that talks to this machine only; whoever sits down at it has a context of their own."""
    async with chromium_browser() as browser:
        yield browser


@pytest_asyncio.fixture(loop_scope="session")
async def house(database_url: str, redis_url: str, catalogs_folder: Path, nursery: Nursery) -> AsyncIterator[House]:
    """A store with the agencies and accounts of the city files, on the browser's loop."""
    async with house_at(database_url, redis_url, catalogs_folder, nursery, is_furnished=True) as house:
        yield house


@pytest.fixture(scope="session")
def town_hall_port() -> int:
    """Where a town hall's site is served, whose pages may hold the chat."""
    return free_port()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def product(tmp_path_factory: pytest.TempPathFactory, town_hall_port: int) -> AsyncIterator[Product]:
    """The product, started once."""
    listed = {"DESK_CHAT_ORIGINS": f"http://127.0.0.1:{town_hall_port}"}
    async with running(tmp_path_factory.mktemp("product") / "城市 data", **listed) as product:
        yield product
