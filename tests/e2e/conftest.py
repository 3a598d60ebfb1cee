"""A browser of its own for every test, and one running product for the ring."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from fixtures.browser import chromium_browser
from fixtures.product import Product, running
from playwright.async_api import Browser


@pytest_asyncio.fixture
async def browser() -> AsyncIterator[Browser]:
    """A browser that talks to this machine only."""
    async with chromium_browser() as browser:
        yield browser


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def product(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Product]:
    """The product, started once."""
    async with running(tmp_path_factory.mktemp("product") / "城市 data") as product:
        yield product
