"""What stands before several serves: each connection goes to one that is ready, by turns. For benches alone."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import aiohttp

from desk.http.sockets import LOOPBACK

LOOK_SECONDS = 0.5
ASK_SECONDS = 2.0
CHUNK = 65_536


@dataclass
class _Server:
    port: int
    health: str
    ready: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass
class Balancer:
    """Asks each server for `/readyz/intake`, as a load balancer does; where none is ready it refuses connections."""

    port: int
    _servers: list[_Server] = field(default_factory=list)
    _turns: int = 0
    refused: int = 0

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    def add(self, port: int, health_port: int) -> None:
        """Send residents there as soon as it is ready."""
        self._servers.append(_Server(port, f"http://{LOOPBACK}:{health_port}/readyz/intake"))

    def remove(self, port: int) -> None:
        """Send nobody new there; who is there stays until the server ends."""
        self._servers = [one for one in self._servers if one.port != port]

    async def ready(self, port: int) -> None:
        """Wait until residents are sent there."""
        await next(one for one in self._servers if one.port == port).ready.wait()

    @asynccontextmanager
    async def balancing(self) -> AsyncIterator[None]:
        """Take connections while the block lasts."""
        server = await asyncio.start_server(self._connected, LOOPBACK, self.port)
        limits = aiohttp.ClientTimeout(total=ASK_SECONDS)
        async with aiohttp.ClientSession(timeout=limits, trust_env=False) as http:
            looking = asyncio.create_task(self._look(http), name="balancer looks")
            try:
                yield
            finally:
                looking.cancel()
                await asyncio.gather(looking, return_exceptions=True)
                server.close()

    async def _look(self, http: aiohttp.ClientSession) -> None:
        while True:
            for server in self._servers:
                if await _takes(http, server.health):
                    server.ready.set()
                else:
                    server.ready.clear()
            await asyncio.sleep(LOOK_SECONDS)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ready = [one for one in self._servers if one.ready.is_set()]
        self._turns += 1
        for place in range(len(ready)):
            server = ready[(self._turns + place) % len(ready)]
            try:
                there, to_there = await asyncio.open_connection(LOOPBACK, server.port)
            except OSError:
                continue
            await asyncio.gather(_pass(reader, to_there), _pass(there, writer))
            return
        self.refused += 1
        writer.close()


async def _takes(http: aiohttp.ClientSession, health: str) -> bool:
    """Whether a server can take messages in."""
    try:
        async with http.get(health) as answer:
            return answer.status == 200
    except (aiohttp.ClientError, TimeoutError, OSError):
        return False


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Pass on what comes, until one side has ended."""
    with suppress(OSError):
        while data := await reader.read(CHUNK):
            writer.write(data)
            await writer.drain()
    writer.close()
