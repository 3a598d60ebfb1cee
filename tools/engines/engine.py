"""What both engines share: a server process that is started, answers, and ends with this one."""

from types import TracebackType
from typing import Self

from desk.contract.errors import StartError
from tools.supervisor.process import Process
from tools.supervisor.role import Role, start


class Engine(Role):
    """`async with Engine(…) as engine`: started and answering inside, stopped afterwards.

    Raises StartError with the mend when it cannot start.
    """

    title: str
    """Its name as people write it."""
    _process: Process | None = None

    @property
    def pid(self) -> int:
        """Process id of the started server."""
        return self._started().pid

    async def is_alive(self) -> bool:
        """Whether it answers. An engine is not ended for being slow: that it is stopped is seen otherwise."""
        return True

    async def start(self) -> None:
        """Start and wait until it answers. Raises StartError."""
        self._process = await start(self)

    async def stop(self) -> None:
        """Stop it; what was committed is on disk then."""
        await self._started().stop()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    def _started(self) -> Process:
        if self._process is None:
            raise StartError(f"This {self.title} was not started.")
        return self._process
