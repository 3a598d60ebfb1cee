"""One running product for the ring, and a session loop that all its tests share."""

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest
import pytest_asyncio
from fixtures.product import Product, running
from product.talk import Talk

TIMETABLES = ("hangzhou", "shenzhen", "ningbo", "guangzhou", "shanghai", "qingdao")
"""Cities whose buses are asked about; their timetables are read for a while after a start on a busy machine."""
READ_SECONDS = 900  # a guard against a hang


SPREAD = "test_conversations.py"
"""Whose tests go to whichever worker is free, each by itself: nine in ten of the ring. Other files stay together."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run every test here on the loop of the session, where the product's client lives."""
    for item in items:
        if "tests/product/" in item.path.as_posix():
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)
            if item.path.name != SPREAD:
                item.add_marker(pytest.mark.xdist_group(item.path.name))


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def product(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Product]:
    """The product, started once."""
    async with running(tmp_path_factory.mktemp("product") / "城市 desk") as product:
        await until_buses_are_known(product, TIMETABLES)
        yield product


async def until_buses_are_known(product: Product, cities: Sequence[str]) -> None:
    """Wait until the timetables of cities are read."""
    async with asyncio.timeout(READ_SECONDS):
        for city in cities:
            while not await _knows_its_buses(product, city):
                await asyncio.sleep(0.5)


async def _knows_its_buses(product: Product, city: str) -> bool:
    """Whether the next bus in a city is asked for a stop, rather than its system said to be away."""
    talk = Talk(await product.site.open(city=city), {})
    await talk.begin()
    return bool((await talk.turn({"say": "下一班车"}))[-1]["asks_for"] == "stop")
