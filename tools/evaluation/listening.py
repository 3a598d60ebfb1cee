"""What the bot tells the actions server of messages in their situation: the bot runs, and a listener takes that place.

So an evaluation hears just what the dialogue hears, and nobody understands anything twice.
"""

import asyncio
import json
import os
import secrets
import tempfile
from collections.abc import AsyncIterator, Collection, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from desk.app.bot_process import Place, command_line, environment
from desk.city.files import City
from desk.contract.errors import StartError
from desk.http.peers import ask, guard, signer, verifier
from desk.http.sockets import LOOPBACK, free_port
from desk.store.keys import Keys
from roles.mac import BOT_TO_ACTIONS, DESK_TO_BOT, Signer
from tools.supervisor.process import Command, Process

START_SECONDS, TURN_SECONDS = 300.0, 60.0
NOT_YET = 503


@dataclass(frozen=True, slots=True)
class Message:
    """A message, the city it is written in, and the situation; None: nothing is known of one."""

    text: str
    city: str
    situation: dict[str, Any] | None


class Listener:
    """In the place of the actions server: keeps what it is told, and answers nothing."""

    def __init__(self) -> None:
        self.told: dict[str, dict[str, Any]] = {}

    async def hear(self, request: web.Request) -> web.Response:
        call = await request.json()
        self.told[call["sender_id"]] = call
        return web.json_response({"events": [], "responses": []})


@dataclass(frozen=True, slots=True)
class Trained:
    """A bot to be started: its model, its Python, the project's root, and the cities whose keys it may not know.

    `nice` is how far it stands back behind other processes, 0 to 19.
    """

    model: Path
    python: Path
    root: Path
    cities: Collection[City]
    nice: int = 0


class Ear:
    """A bot that reads messages and answers none: what it would tell the actions server of each."""

    def __init__(self, listener: Listener, http: aiohttp.ClientSession, by: Signer, url: str) -> None:
        self._listener, self._http, self._by, self._url = listener, http, by, url
        self._asked = 0

    async def hear(self, message: Message) -> dict[str, Any] | None:
        """The action call that comes of a message, read on as if it were no emergency; None: it comes to nothing."""
        number = str(self._asked)
        self._asked += 1
        await ask(self._http, self._by, self._url, "/turn", json.dumps(_turn(number, message)).encode())
        return self._listener.told.pop(number, None)


@asynccontextmanager
async def hearing(trained: Trained) -> AsyncIterator[Ear]:
    """A bot of its own, with a listener in the place of the actions server, while the block lasts.

    Raises:
        StartError: the bot does not come up.
    """
    listener, keys = Listener(), Keys(secrets.token_hex(32))
    lets_in = guard({}, verifier(keys, BOT_TO_ACTIONS))
    application = web.Application(client_max_size=2**24, middlewares=[lets_in])
    application.router.add_post("/webhook", listener.hear)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    try:
        port = free_port()
        await web.TCPSite(runner, LOOPBACK, port).start()
        with _log() as log:
            async with _bot(trained, f"http://{LOOPBACK}:{port}", keys, log) as url:
                by, limits = signer(keys, DESK_TO_BOT), aiohttp.ClientTimeout(total=TURN_SECONDS)
                async with aiohttp.ClientSession(timeout=limits) as http:
                    yield Ear(listener, http, by, url)
    finally:
        await runner.cleanup()


async def listen(messages: Sequence[Message], trained: Trained) -> list[dict[str, Any]]:
    """The action call that comes of each message. One that is heard as an emergency is read on as if it were none.

    Raises:
        StartError: the bot does not come up, or one of the messages comes to nothing.
    """
    async with hearing(trained) as ear:
        told = [await ear.hear(message) for message in messages]
    found = [call for call in told if call is not None]
    if len(found) < len(messages):
        raise StartError(f"The bot told nothing of {len(messages) - len(found)} of {len(messages)} messages.")
    return found


def _turn(number: str, message: Message) -> dict[str, Any]:
    context = {
        "city": message.city,
        "locale": "zh_Hans",
        "channel": "webchat",
        "now": datetime.now(UTC).isoformat(),
        "situation": message.situation,
    }
    said = {"id": number, "kind": "text", "text": message.text, "harmless": True}
    return {"conversation": number, "message": said, "state": None, "context": context}


@contextmanager
def _log() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="citydesk-evaluation-") as folder:
        yield Path(folder) / "bot.log"


@asynccontextmanager
async def _bot(trained: Trained, actions_url: str, keys: Keys, log: Path) -> AsyncIterator[str]:
    """The bot, once it answers; gives its address."""
    at, monitored_at = Place(LOOPBACK, free_port()), Place(LOOPBACK, free_port())
    process = await Process.start(
        Command(
            program=command_line(trained.python, trained.model, actions_url, at=at, monitored_at=monitored_at),
            folder=trained.root,
            log=log,
            environment=environment(os.environ, keys, trained.cities),
            whole=True,
        )
    )
    if trained.nice:
        os.setpriority(os.PRIO_PROCESS, process.pid, trained.nice)
    url = f"http://{LOOPBACK}:{at.port}"
    try:
        async with asyncio.timeout(START_SECONDS), aiohttp.ClientSession() as http:
            while not await _is_ready(http, signer(keys, DESK_TO_BOT), url):
                if process.exit_code is not None:
                    raise StartError(f"The bot did not start.\n{process.said(1500)}")
                await asyncio.sleep(0.2)
        yield url
    except TimeoutError as exc:
        raise StartError(f"The bot was not ready after {START_SECONDS:.0f} s.\n{process.said(1500)}") from exc
    finally:
        await process.stop()


async def _is_ready(http: aiohttp.ClientSession, by: Signer, url: str) -> bool:
    try:
        status, _ = await ask(http, by, url, "/health")
    except aiohttp.ClientError:
        return False
    return status != NOT_YET
