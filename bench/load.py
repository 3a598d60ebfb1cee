"""Residents at once: each goes on when the turn before is completed. The same for every side."""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from bench.figures import Round
from bench.lines import Script

TURN_SECONDS = 60.0
"""A turn that takes longer has failed."""


class Talk(Protocol):
    """One resident's conversation."""

    async def say(self, line: str) -> bool:
        """Say a line and wait until the turn is completed; False when it was not."""

    async def rest(self) -> None:
        """Do what the next turn needs and belongs to none: nobody waits for it."""


class Side(Protocol):
    """What is measured: ours, or a peer."""

    @property
    def name(self) -> str:
        """What it is called in tables."""

    async def prepare(self, script: Script) -> Callable[[], AbstractAsyncContextManager[Talk]]:
        """Ready a conversation in the script's city, before the clock; entering what is answered begins it."""


async def talk_all(side: Side, scripts: Sequence[Script], clients: int) -> Round:
    """Let `clients` residents at once say the scripts, one conversation each until none is left.

    The clock runs from the first line to the end of the last turn; conversations are prepared before.
    """
    waiting = deque([(script, await side.prepare(script)) for script in scripts])
    latencies: list[float] = []
    failed = 0

    async def resident() -> None:
        nonlocal failed
        while waiting:
            script, begin = waiting.popleft()
            async with begin() as talk:
                for line in script.lines:
                    seconds = await timed(talk, line)
                    if seconds is None:
                        failed += 1
                    else:
                        latencies.append(seconds)
                    await talk.rest()

    began = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for _ in range(clients):
            group.create_task(resident())
    return Round(tuple(latencies), failed, time.perf_counter() - began)


async def timed(talk: Talk, line: str) -> float | None:
    """Say a line; the seconds until the turn was completed, or None when it was not."""
    began = time.perf_counter()
    try:
        async with asyncio.timeout(TURN_SECONDS):
            completed = await talk.say(line)
    except TimeoutError:
        return None
    return time.perf_counter() - began if completed else None
