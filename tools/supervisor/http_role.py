"""A role that is one of our own programs and answers a `GET` when it is ready."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp

from desk.http.sockets import LOOPBACK
from tools.supervisor.process import LOG_LIMIT_BYTES, Command

MENDS = (  # (what a program writes before it ends, what to do)
    ("address already in use", "Port {port} is taken. End the program that has it, or choose another port."),
    ("Address already in use", "Port {port} is taken. End the program that has it, or choose another port."),
    ("No space left on device", "The disk is full: {log} needs room. Free at least 500 MB."),
)


@dataclass(frozen=True)
class HttpRole:
    """`program` with `environment` (which may be the `whole` of it), in `folder`, listening at `port`.

    Ready when `http://127.0.0.1:<health_port><health>` answers 200; without a health port it is the port itself. Alive
    while `<alive>` answers anything: for that it asks nobody else. Asked to end it is killed after `stop_seconds`.
    """

    name: str
    program: tuple[str, ...]
    port: int
    folder: Path
    log: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    health: str = "/health"
    alive: str = "/health"
    start_seconds: float = 180.0
    health_port: int | None = None
    whole: bool = False
    log_limit_bytes: int = LOG_LIMIT_BYTES
    stop_seconds: float = 6.0

    async def prepare(self) -> None:
        """Does nothing: such a program makes what it needs itself."""

    def command(self) -> Command:
        return Command(
            program=self.program,
            folder=self.folder,
            log=self.log,
            environment=self.environment,
            whole=self.whole,
            log_limit_bytes=self.log_limit_bytes,
            stop_seconds=self.stop_seconds,
        )

    async def is_ready(self) -> bool:
        return await self._status(self.health) == 200

    async def is_alive(self) -> bool:
        return await self._status(self.alive) is not None

    async def _status(self, path: str) -> int | None:
        """What it answers; None: nothing."""
        timeout = aiohttp.ClientTimeout(total=2)
        try:
            async with (
                aiohttp.ClientSession(timeout=timeout, trust_env=False) as session,
                session.get(f"http://{LOOPBACK}:{self.health_port or self.port}{path}") as response,
            ):
                return response.status
        except (aiohttp.ClientError, TimeoutError):
            return None

    def mend(self, said: str) -> str | None:
        for sign, mend in MENDS:
            if sign in said:
                return f"{self.name} cannot start. " + mend.format(port=self.port, log=self.log)
        return None


def own_program(*arguments: str) -> tuple[str, ...]:
    """The command line of one of the product's own commands."""
    return (sys.executable, "-m", "desk", *arguments)
