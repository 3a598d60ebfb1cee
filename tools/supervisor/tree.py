"""The tree of children: started as soon as what they need is there, stopped in the reverse order, in stages."""

import asyncio
import os
from collections.abc import Callable, Mapping
from pathlib import Path

from desk.contract.errors import StartError
from desk.store.running import Child, RunState, read_state
from tools.supervisor.keeper import LOOK_SECONDS, Keeper
from tools.supervisor.role import Role
from tools.supervisor.state import born, end_orphans, write_state


class Tree:
    """All children of one supervisor. Records them in `run.json`, so that the next start finds orphans."""

    def __init__(
        self, data_dir: Path, noticed: Callable[[str, str], None], *, look_seconds: float = LOOK_SECONDS
    ) -> None:
        self._look_seconds = look_seconds
        self._data_dir = data_dir
        self._noticed = noticed
        self._stages: dict[int, list[Keeper]] = {}
        self._keeping: dict[str, asyncio.Task[None]] = {}
        before = read_state(data_dir)
        self.orphans = end_orphans(before)
        self._state = RunState(pid=os.getpid(), ports=before.ports)
        write_state(data_dir, self._state)

    @property
    def kept_ports(self) -> Mapping[str, int]:
        """The ports of the last run, by role."""
        return self._state.ports

    def announce(self, *, ports: Mapping[str, int], urls: Mapping[str, str]) -> None:
        """Write where the roles are. Other commands read it."""
        self._change(RunState(pid=os.getpid(), ports=ports, urls=urls, children=self._state.children))

    async def start(self, role: Role, *, stage: int, group: asyncio.TaskGroup) -> None:
        """Start a role, wait until it is ready, then keep it running in `group`. Stages stop from the highest down.

        Raises:
            StartError: it cannot start.
        """
        keeper = Keeper(role, started=self._record, noticed=self._noticed, look_seconds=self._look_seconds)
        self._stages.setdefault(stage, []).append(keeper)
        try:
            await keeper.start()
        except StartError:
            self._forget(role.name)
            raise
        self._keeping[role.name] = group.create_task(keeper.keep(), name=f"keep {role.name}")

    async def end(self, name: str) -> None:
        """Stop one child, and keep it no more; it has its time to finish what it is at."""
        task = self._keeping.pop(name)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        for keeper in [one for kept in self._stages.values() for one in kept if one.role.name == name]:
            await keeper.stop()
        self._forget(name)

    async def stop(self) -> None:
        """Stop every child, in order, and say so in `run.json`."""
        for task in self._keeping.values():
            task.cancel()
        await asyncio.gather(*self._keeping.values(), return_exceptions=True)
        for stage in sorted(self._stages, reverse=True):
            await asyncio.gather(*(keeper.stop() for keeper in self._stages[stage]))
        self._change(RunState(ports=self._state.ports))

    def _forget(self, name: str) -> None:
        for stage, kept in self._stages.items():
            self._stages[stage] = [one for one in kept if one.role.name != name]
        children = {other: child for other, child in self._state.children.items() if other != name}
        self._change(self._state.model_copy(update={"children": children}))

    def _record(self, name: str, pid: int) -> None:
        children = {**self._state.children, name: Child(pid=pid, born=born(pid) or "gone")}
        self._change(self._state.model_copy(update={"children": children}))

    def _change(self, state: RunState) -> None:
        self._state = state
        try:
            write_state(self._data_dir, state)
        except OSError as exc:
            raise StartError(f"{self._data_dir}/run.json cannot be written ({exc.strerror}).") from exc
