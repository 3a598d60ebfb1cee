"""A keeper: starts one role, watches it, and starts it again when it ends, or lives and answers nothing."""

import asyncio
from collections.abc import Callable
from time import monotonic

from desk.contract.errors import StartError
from tools.supervisor.backoff import Backoff
from tools.supervisor.process import Process, waited_seconds
from tools.supervisor.role import Role, await_ready, explain

LOOK_SECONDS = 2.5
MOST_UNANSWERED = 2.5
"""So many looks in a row, each as far as the role and who looks were not waiting for a processor. On a machine that has
processors to give it is the third: with two seconds for each answer a frozen role is known to be so after 14 s at most.
On one that is far too busy what works slowly is left to work: to begin anew would cost it more."""


class Look:
    """A moment: the time, and how long a process, and this one, had waited for a processor until then."""

    def __init__(self, process: Process) -> None:
        self._at = monotonic()
        self._waited = process.waited_seconds + waited_seconds("self")

    def share_since(self, before: "Look") -> float:
        """Which part of the time since a look the two were not waiting for a processor: 0 to 1."""
        waited = max(0.0, self._waited - before._waited)  # threads that have ended took theirs with them
        return max(0.0, 1.0 - waited / max(self._at - before._at, 1e-9))


class Keeper:
    """Keeps one role running.

    `started(name, pid)` is told of each start, `noticed(name, text)` what a person should know of its ends.
    """

    def __init__(
        self,
        role: Role,
        *,
        started: Callable[[str, int], None],
        noticed: Callable[[str, str], None],
        backoff: Backoff | None = None,
        look_seconds: float = LOOK_SECONDS,
    ) -> None:
        self.role = role
        self.ready = asyncio.Event()
        self._started = started
        self._noticed = noticed
        self._backoff = backoff or Backoff()
        self._look_seconds = look_seconds
        self._process: Process | None = None

    async def start(self) -> None:
        """Start it for the first time, and wait until it is ready. Raises StartError: then nothing of it is left."""
        await self.role.prepare()
        await self._launch()

    async def keep(self) -> None:
        """Start it again each time it ends, until cancelled. Call after `start`."""
        while True:
            process = self._running()
            since = monotonic()
            why = await self._ended(process)
            self.ready.clear()
            delay = self._backoff.after(monotonic() - since)
            self._noticed(self.role.name, f"{why.rstrip()}\nIt is started again in {delay:.1f} s.")
            await asyncio.sleep(delay)
            try:
                await self.role.prepare()
                await self._launch()
            except (StartError, OSError) as exc:
                self._noticed(self.role.name, str(exc))
            else:
                self._noticed(self.role.name, f"{self.role.name} is back.")

    async def _ended(self, process: Process) -> str:
        """Wait until it has ended, and end it when it is frozen; answers why."""
        ending, freezing = asyncio.create_task(process.wait()), asyncio.create_task(self._frozen(process))
        try:
            await asyncio.wait((ending, freezing), return_when=asyncio.FIRST_COMPLETED)
            if not ending.done():
                process.kill()
                await ending
                return f"{self.role.name} was frozen: it lived and answered nothing, and was ended"
            code = ending.result()
            return explain(self.role, process) if code > 0 else f"{self.role.name} was ended by signal {-code}"
        finally:
            freezing.cancel()
            ending.cancel()
            await asyncio.gather(freezing, ending, return_exceptions=True)

    async def _frozen(self, process: Process) -> None:
        """Wait until it has answered none of some looks in a row. Meanwhile its log is kept short."""
        unanswered, look = 0.0, Look(process)
        while unanswered < MOST_UNANSWERED:
            await asyncio.sleep(self._look_seconds)
            await asyncio.to_thread(process.trim_log)
            lives = not process.is_stopped and await self.role.is_alive()
            before, look = look, Look(process)
            unanswered = 0.0 if lives else unanswered + look.share_since(before)

    async def stop(self) -> None:
        """End it; cancel `keep` before."""
        if self._process is not None:
            await self._process.stop()

    def _running(self) -> Process:
        if self._process is None:
            raise StartError(f"{self.role.name} was not started.")
        return self._process

    async def _launch(self) -> None:
        self._process = await Process.start(self.role.command())
        self._started(self.role.name, self._process.pid)
        try:
            await await_ready(self.role, self._process)
        except StartError:
            await self._process.stop()
            raise
        self.ready.set()
