"""`run.json` in the data directory, written; the right to run on it; and children that a killed supervisor left."""

import fcntl
import os
import signal
import time
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from desk.contract.errors import StartError
from desk.store.disk import make_folder, write_secret
from desk.store.running import RunState, read_state

ORPHAN_SECONDS = 8.0


def write_state(data_dir: Path, state: RunState) -> None:
    """Write `run.json`, readable by its owner alone, whole or not at all."""
    fresh = data_dir / "run.json.new"
    write_secret(fresh, state.model_dump_json(indent=1, ensure_ascii=True))
    fresh.replace(data_dir / "run.json")


class DataDirLock:
    """The right to run on a data directory: held by one supervisor, and gone with its process."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self._file: IO[str] | None = None

    def __enter__(self) -> Self:
        """Take it.

        Raises:
            StartError: another supervisor has it, or the folder cannot be written.
        """
        make_folder(self._data_dir)
        file = (self._data_dir / "lock").open("w", encoding="ascii")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as exc:
            file.close()
            state = read_state(self._data_dir)
            where = f"process {state.pid}" + (f", {state.urls['serve']}" if "serve" in state.urls else "")
            raise StartError(
                f"Citydesk already runs on {self._data_dir} ({where}). Stop it there with Ctrl-C, "
                "or choose another folder and port: desk run --data-dir FOLDER --port 8090"
            ) from exc
        self._file = file
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()


def born(pid: int) -> str | None:
    """When a process began, in its system's own words; None when it is gone (or a zombie, which is as good)."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return _born_without_proc(pid)
    return None if fields[0] == "Z" else fields[19]  # starttime, field 22 of proc_pid_stat(5)


def _born_without_proc(pid: int) -> str | None:
    if Path("/proc/self/stat").exists():
        return None
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, PermissionError):
        return None
    return "unknown"


def end_orphans(state: RunState) -> list[str]:
    """End the children that a killed supervisor left, and answer their names. Blocks until they are gone."""
    left = {name: child for name, child in state.children.items() if born(child.pid) == child.born}
    for child in left.values():
        _signal(child.pid, signal.SIGINT)  # a fast shutdown for PostgreSQL; all others end on it too
    deadline = time.monotonic() + ORPHAN_SECONDS
    while time.monotonic() < deadline and any(born(child.pid) == child.born for child in left.values()):
        time.sleep(0.05)
    for child in left.values():
        if born(child.pid) == child.born:
            _signal(child.pid, signal.SIGKILL)
    return sorted(left)


def _signal(pid: int, number: signal.Signals) -> None:
    try:
        os.killpg(pid, number)
    except (ProcessLookupError, PermissionError):
        return
