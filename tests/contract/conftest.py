"""The pretend city as a process of its own, started once, from a clean beginning for each module and test that asks."""

import urllib.request
from collections.abc import AsyncIterator, Iterator
from typing import Any

import aiohttp
import pytest
from fixtures.sandbox_process import SandboxProcess

from actions.backends.http import open_session


@pytest.fixture(scope="session")
def running_sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    with SandboxProcess(tmp_path_factory.mktemp("sandbox")) as process:
        yield process


@pytest.fixture(scope="module")
def sandbox(running_sandbox: SandboxProcess) -> SandboxProcess:
    """As at the beginning, whatever a module before did there."""
    fresh = urllib.request.Request(f"{running_sandbox.url}/_sandbox/reset", b"{}", method="POST")
    with urllib.request.urlopen(fresh, timeout=10) as response:
        assert response.status == 200
    return running_sandbox


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with open_session() as opened:
        yield opened


@pytest.fixture
async def control(session: aiohttp.ClientSession, sandbox: SandboxProcess) -> Any:
    """Steers the sandbox, which is as at the beginning."""

    async def steer(method: str, path: str, body: object = None) -> Any:
        async with session.request(method, f"{sandbox.url}/_sandbox/{path}", json=body) as response:
            assert response.status < 300, await response.text()
            return await response.json()

    await steer("POST", "reset", {})
    return steer


@pytest.fixture
async def facts(control: Any) -> dict[str, str]:
    """What may be asked of the pretend Hangzhou."""
    found: dict[str, str] = await control("GET", "facts/hangzhou")
    return found
