"""The web over a store, for tests of the chat API and the pages."""

from collections.abc import AsyncIterator

import pytest_asyncio
from fixtures.house import House
from fixtures.web import Caller, Site, serving


@pytest_asyncio.fixture
async def site(house: House) -> AsyncIterator[Site]:
    """A running server."""
    async with serving(house) as site:
        yield site


@pytest_asyncio.fixture
async def caller(site: Site) -> Caller:
    """A resident with a session."""
    return await site.open()
