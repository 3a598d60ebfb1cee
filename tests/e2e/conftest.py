"""A browser of its own for every test, and one running product for the ring."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from fixtures.browser import chromium_browser
from fixtures.product import Product, running
from playwright.async_api import Browser

from desk.http.sockets import free_port


@pytest_asyncio.fixture
async def browser() -> AsyncIterator[Browser]:
    """A browser that talks to this machine only."""
    async with chromium_browser() as browser:
        yield browser


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
