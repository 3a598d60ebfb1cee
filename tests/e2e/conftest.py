"""A browser of its own for every test."""

from collections.abc import AsyncIterator

import pytest_asyncio
from fixtures.browser import chromium_browser
from playwright.async_api import Browser


@pytest_asyncio.fixture
async def browser() -> AsyncIterator[Browser]:
    """A browser that talks to this machine only."""
    async with chromium_browser() as browser:
        yield browser
