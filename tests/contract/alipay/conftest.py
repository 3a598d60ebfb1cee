"""A merchant for each test; keys are made once."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from fixtures.alipay import Merchant, merchant_of_own

from sandbox.alipay.identity import ensure_keys


@pytest.fixture(scope="session")
def alipay_keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of four PEM files."""
    return ensure_keys(tmp_path_factory.mktemp("keys"))


@pytest.fixture
async def merchant(tmp_path: Path, alipay_keys: Path) -> AsyncIterator[Merchant]:
    async with merchant_of_own(tmp_path, alipay_keys) as merchant:
        yield merchant
