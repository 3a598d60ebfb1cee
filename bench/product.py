"""Our side: the whole product as `desk run` starts it, in a data directory of its own, through its public chat API."""

import asyncio
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.environment import without_settings
from bench.lines import Script
from bench.load import Talk
from bench.memory import resident_mb
from desk.contract.errors import StartError
from desk.http.sockets import reserved_port
from desk.sealing.vault import Vault, of_data_dir
from desk.store.keys import Keys
from desk.store.keys import load as load_keys
from desk.store.running import RunState, read_state
from desk.tickets.notices import WITHDRAW
from desk.web.client import ChatClient, Conversation
from tools.supervisor.process import Command, Process

START_SECONDS = 240.0
LOCALE = "zh_Hans"
NAME = "Citydesk"
PYTHON = sys.executable
LIMITS = (  # one address plays all residents, and one resident may say a thousand lines in a minute
    "DESK_NEW_SESSIONS_PER_SECOND=1000000",
    "DESK_MESSAGES_PER_MINUTE=1000000",
)


@dataclass
class Tally:
    """What our side did: turns that were answered, and how many of them the bot and its action answered."""

    turns: int = 0
    by_action: int = 0
    handed_over: int = 0
    services: Counter[str] = field(default_factory=Counter)

    def count(self, event: Mapping[str, Any]) -> None:
        """Count a `turn_done`. `nlu` is filled where the bot was asked, and the bot always asks the action."""
        self.turns += 1
        self.by_action += event["nlu"] is not None
        self.handed_over += bool(event["handed_over"])
        self.services[str(event["service"])] += 1


class Product:
    """The running product; `name` is what it is called in tables."""

    def __init__(self, url: str, data_dir: Path, name: str) -> None:
        self.url = url
        self.data_dir = data_dir
        self.name = name
        self.tally = Tally()

    @property
    def state(self) -> RunState:
        """What runs where."""
        return read_state(self.data_dir)

    async def prepare(self, script: Script) -> Callable[[], AbstractAsyncContextManager[Talk]]:
        """Open a session. Its stream is opened when the conversation begins, as a page does."""
        client = ChatClient(self.url)
        await client.open(script.city, LOCALE)

        @asynccontextmanager
        async def begin() -> AsyncIterator[Talk]:
            async with client, asyncio.TaskGroup() as group:
                talk = _ChatTalk(client, self.tally)
                listening = group.create_task(talk.conversation.listen())
                yield talk
                listening.cancel()

        return begin

    def memory_mb(self) -> float | None:
        """Memory of all processes but the pretend city, which stands for systems of others."""
        state = self.state
        return resident_mb(child.pid for name, child in state.children.items() if name != "sandbox")

    def pid(self, role: str) -> int:
        """The process of a role."""
        return self.state.children[role].pid


class _ChatTalk:
    def __init__(self, client: ChatClient, tally: Tally) -> None:
        self.conversation = Conversation(client, self._hear)
        self._tally = tally
        self._handed_over = False

    async def say(self, line: str) -> bool:
        """Completed when the stream has brought the message's `turn_done`."""
        await self.conversation.say({"text": line})
        return True

    async def rest(self) -> None:
        """Two lines in a row that were not understood open a ticket; withdraw it, or no action would answer again."""
        if self._handed_over:
            await self.conversation.say({"payload": WITHDRAW})

    def _hear(self, event: Mapping[str, Any]) -> None:
        if event["type"] == "turn_done":
            self._handed_over = bool(event["handed_over"])
            self._tally.count(event)


@asynccontextmanager
async def running(
    root: Path,
    data_dir: Path,
    models: Path,
    *,
    name: str = NAME,
    python: str = PYTHON,
    workers: int = 1,
    settings: Sequence[str] = (),
) -> AsyncIterator[Product]:
    """Run the product of a root while the block lasts, on free ports. `models` has the trained model.

    `settings` are further ones, as DESK_NAME=value.

    Raises:
        StartError: it does not come up.
    """
    await asyncio.to_thread(_share_models, data_dir, models)
    with reserved_port() as port:
        arguments = ["-m", "desk", "run", "--port", str(port), "--data-dir", str(data_dir)]
        arguments += ["--workers", str(workers)]
        process = await Process.start(
            Command(
                program=(*without_settings(os.environ), *LIMITS, *settings, python, *arguments),
                folder=root,
                log=data_dir / "run.log",
                stop_seconds=40.0,
            )
        )
        product = Product(f"http://127.0.0.1:{port}", data_dir, name)
        try:
            await _ready(process)
            yield product
        finally:
            await process.stop()


@asynccontextmanager
async def started(
    root: Path, models: Path, *, name: str = NAME, python: str = PYTHON, workers: int = 1
) -> AsyncIterator[Product]:
    """The same in a folder that is gone afterwards.

    Raises:
        StartError: it does not come up.
    """
    with tempfile.TemporaryDirectory(prefix="citydesk-bench-", ignore_cleanup_errors=True) as folder:
        data_dir = Path(folder) / "citydesk"
        async with running(root, data_dir, models, name=name, python=python, workers=workers) as product:
            yield product


def secrets_of(data_dir: Path) -> tuple[Keys, Vault]:
    """What a running product seals with.

    Raises:
        ConfigurationError: there is nothing in its data directory.
    """
    keys = load_keys(data_dir, None)
    return keys, of_data_dir(data_dir, keys)


def _share_models(data_dir: Path, models: Path) -> None:
    data_dir.mkdir(parents=True, exist_ok=True)
    (data_dir / "models").symlink_to(models, target_is_directory=True)


async def _ready(process: Process) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.exit_code is None:
        if "Citydesk is ready" in process.said(100_000):
            return
        await asyncio.sleep(0.2)
    raise StartError(f"Citydesk did not start for the bench:\n{process.said()}")
