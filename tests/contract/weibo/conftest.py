"""A pretend Weibo for each test."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from fixtures.weibo import World, weibo_of_own


@pytest.fixture
async def weibo(tmp_path: Path) -> AsyncIterator[World]:
    async with weibo_of_own(tmp_path) as world:
        yield world
