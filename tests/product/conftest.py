"""One running product for the ring, and a session loop that all its tests share."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from fixtures.product import Product, running


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run every test here on the loop of the session, where the product's client lives."""
    for item in items:
        if "tests/product/" in item.path.as_posix():
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def product(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Product]:
    """The product, started once."""
    async with running(tmp_path_factory.mktemp("product") / "城市 desk") as product:
        yield product
