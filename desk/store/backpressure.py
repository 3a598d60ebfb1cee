"""Residents first: in a process what nobody has asked for gives way to what somebody waits for.

Both share an event loop, a processor and a disk that commits one after the other. So whoever has many things to do
that nobody waits for asks before each few of them, and goes on when no resident waits, or after a quarter of a second:
however many residents write, it never stands still. Who waits at another process of the same store counts, too: its
processor may be ours, and its database is.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

GIVE_WAY_SECONDS = 0.25
LINGER_SECONDS = 0.03  # a reply that was just written is about to be sent
ASK_AGAIN_SECONDS = 0.015


async def nobody() -> bool:
    """Nobody waits anywhere else: this process is the only one."""
    return False


class Backpressure:
    """Who waits. One is shared by all that answers and all that tells in a process.

    Args:
        elsewhere: whether a resident waits at any process; it raises nothing.
    """

    def __init__(self, elsewhere: Callable[[], Awaitable[bool]] = nobody) -> None:
        self._elsewhere = elsewhere
        self._waiting = 0
        self._last = 0.0
        self._nobody = asyncio.Event()
        self._nobody.set()

    @contextmanager
    def resident(self) -> Iterator[None]:
        """A resident waits while the block lasts."""
        self._waiting += 1
        self._nobody.clear()
        try:
            yield
        finally:
            self._waiting -= 1
            if not self._waiting:
                self._last = asyncio.get_running_loop().time()
                self._nobody.set()

    @property
    def is_quiet(self) -> bool:
        """Whether nobody waits in this process, nor has just been answered."""
        return not self._waiting and asyncio.get_running_loop().time() >= self._last + LINGER_SECONDS

    async def give_way(self) -> None:
        """Wait until no resident waits, a quarter of a second at most."""
        loop = asyncio.get_running_loop()
        until = loop.time() + GIVE_WAY_SECONDS
        while (now := loop.time()) < until:
            if self._waiting:
                try:
                    async with asyncio.timeout_at(until):
                        await self._nobody.wait()
                except TimeoutError:
                    return
            elif now < self._last + LINGER_SECONDS:
                await asyncio.sleep(self._last + LINGER_SECONDS - now)
            elif await self._elsewhere():
                self._last = loop.time()
                await asyncio.sleep(ASK_AGAIN_SECONDS)
            else:
                return
