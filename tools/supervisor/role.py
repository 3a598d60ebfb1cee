"""A role: what the supervisor must know of a child. Its start waits until the role says that it is ready."""

import asyncio
from contextlib import AsyncExitStack
from typing import Protocol

from desk.contract.errors import StartError
from tools.supervisor.process import Command, Process

READY_POLL_SECONDS = 0.03  # nothing announces readiness across all of these programs: it is asked for


class Role(Protocol):
    """A child that can be started, and started again."""

    @property
    def name(self) -> str: ...

    @property
    def start_seconds(self) -> float:
        """How long it may take until it is ready."""
        ...

    async def prepare(self) -> None:
        """Make what the program needs on disk; does nothing the second time. Raises StartError."""
        ...

    def command(self) -> Command: ...

    async def is_ready(self) -> bool: ...

    async def is_alive(self) -> bool:
        """Whether it answers anything at all, within two seconds: that it cannot work just now, too."""
        ...

    def mend(self, said: str) -> str | None:
        """What to do, judged by what a dead child wrote to its log; None when it does not tell."""
        ...


async def start(role: Role) -> Process:
    """Prepare and start a role, and wait until it is ready.

    Raises:
        StartError: it ended, or was not ready in time. The message has the mend, or the end of its log.
    """
    await role.prepare()
    process = await Process.start(role.command())
    async with AsyncExitStack() as unless_ready:
        unless_ready.push_async_callback(process.stop)
        await await_ready(role, process)
        unless_ready.pop_all()
    return process


async def await_ready(role: Role, process: Process) -> None:
    """Wait until the role is ready.

    Raises:
        StartError: the process ended before, or time is up.
    """
    try:
        async with asyncio.timeout(role.start_seconds):
            while process.exit_code is None:
                if await role.is_ready():
                    return
                await asyncio.sleep(READY_POLL_SECONDS)
    except TimeoutError as exc:
        raise StartError(
            f"{role.name} was not ready after {role.start_seconds:.0f} s. "
            f"Look into {process.command.log}.\n{process.said(1200)}"
        ) from exc
    raise StartError(explain(role, process))


def explain(role: Role, process: Process) -> str:
    """Why a process ended, in words that say what to do."""
    said = process.said()
    mend = role.mend(said)
    if mend is not None:
        return mend
    return f"{role.name} ended with code {process.exit_code}. Look into {process.command.log}.\n{said[-1200:]}"
