"""The peers' actions server: as the product's, but answering anybody's Rasa (`desk actions --for-rasa`).

The product's own lets in its own bot alone.
"""

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from aiohttp import ClientError, ClientSession

from bench.environment import without_settings
from desk.contract.errors import StartError
from desk.http.sockets import LOOPBACK, free_port
from tools.supervisor.process import Command, Process

START_SECONDS = 60.0


@dataclass(frozen=True)
class RasaActions:
    """A running one."""

    url: str
    pid: int


@asynccontextmanager
async def answering(root: Path, data_dir: Path) -> AsyncIterator[RasaActions]:
    """Run it beside the product of a data directory while the block lasts.

    Raises:
        StartError: it does not come up.
    """
    port, health_port = free_port(), free_port()
    settings = (f"DESK_DATA_DIR={data_dir}", f"DESK_ACTIONS_PORT={port}", f"DESK_METRICS_PORT={health_port}")
    program = (*without_settings(os.environ), *settings, sys.executable, "-m", "desk", "actions", "--for-rasa")
    process = await Process.start(Command(program=program, folder=root, log=data_dir / "logs" / "rasa_actions.log"))
    try:
        await _ready(process, f"http://{LOOPBACK}:{health_port}/health")
        yield RasaActions(f"http://{LOOPBACK}:{port}", process.pid)
    finally:
        await process.stop()


async def _ready(process: Process, health: str) -> None:
    until = time.monotonic() + START_SECONDS
    async with ClientSession() as http:
        while time.monotonic() < until and process.exit_code is None:
            try:
                async with http.get(health) as answer:
                    if answer.status == 200:
                        return
            except ClientError:
                pass
            await asyncio.sleep(0.1)
    raise StartError(f"The actions server of the peers did not start:\n{process.said()}")
