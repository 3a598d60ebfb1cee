"""One child process: how it is started, and how it is ended."""

import asyncio
import contextlib
import os
import shutil
import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

LAUNCHER = Path(__file__).with_name("launch.py")
OWNER_ALONE = 0o077  # the umask of whatever runs on the data directory
LOG_LIMIT_BYTES = 20_000_000  # a longer log is moved aside, one generation


@dataclass(frozen=True)
class User:
    """Whom a child becomes. `pass_through`: it keeps the right to pass through directories closed to it."""

    uid: int
    gid: int
    pass_through: bool = False


@dataclass(frozen=True)
class Command:
    """What a child runs: an absolute program and its arguments, where, with which environment, and its log file.

    `environment` is added to this process's own, or is `whole`. `stop_signal` asks it to end; after `stop_seconds` it
    is killed. A log that is longer than `log_limit_bytes` is moved aside.
    """

    program: tuple[str, ...]
    folder: Path
    log: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    whole: bool = False
    user: User | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    stop_seconds: float = 6.0
    log_limit_bytes: int = LOG_LIMIT_BYTES

    def launched(self) -> list[str]:
        """The full command line, through the launcher."""
        options = ["--parent", str(os.getpid()), "--death-signal", str(int(self.stop_signal))]
        if self.user is not None:
            options += ["--user", f"{self.user.uid}:{self.user.gid}"]
            if self.user.pass_through:
                options.append("--pass-through")
        return [sys.executable, "-I", "-S", str(LAUNCHER), *options, "--", *self.program]


def waited_seconds(pid: int | str) -> float:
    """How long the threads of a process, or of "self", have waited for a processor while they could run, together.

    All of them: in Python one waits for another that holds the interpreter, and that one for the processor. By Linux's
    schedstat, in nanoseconds there; 0 where there is none.
    """
    return sum(map(_waited_of, Path(f"/proc/{pid}/task").glob("*/schedstat"))) / 1e9


def _waited_of(statistic: Path) -> int:
    try:
        _, waited, _ = statistic.read_text(encoding="ascii").split()
    except (OSError, ValueError):  # it has ended
        return 0
    return int(waited)


class Process:
    """A running child. It leads a session of its own, so that Ctrl-C reaches the supervisor alone."""

    def __init__(self, command: Command, child: asyncio.subprocess.Process, log_start: int) -> None:
        self.command = command
        self._child = child
        self._log_start = log_start

    @classmethod
    async def start(cls, command: Command) -> "Process":
        """Start it.

        Raises:
            OSError: no process can be made, or the log cannot be written.
        """
        command.log.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if command.log.exists() and command.log.stat().st_size > command.log_limit_bytes:
            command.log.replace(command.log.with_suffix(".log.1"))
        with command.log.open("ab") as log:
            start = log.tell()
            child = await asyncio.create_subprocess_exec(
                *command.launched(),
                cwd=command.folder,
                env=dict(command.environment) if command.whole else {**os.environ, **command.environment},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                umask=OWNER_ALONE,
            )
        return cls(command, child, start)

    @property
    def pid(self) -> int:
        return self._child.pid

    @property
    def exit_code(self) -> int | None:
        """The exit code, negative for a signal; None while it runs."""
        return self._child.returncode

    @property
    def is_stopped(self) -> bool:
        """Whether it was stopped by a signal (SIGSTOP), and goes on by another alone. Where that can be seen."""
        try:
            fields = Path(f"/proc/{self.pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2]
        except OSError:
            return False
        return fields.split()[0] == "T"

    @property
    def waited_seconds(self) -> float:
        """How long it was ready to run since it began, and had to wait for a processor."""
        return waited_seconds(self.pid)

    def said(self, limit_bytes: int = 4000) -> str:
        """The end of what this process, and not an earlier one, wrote to the log."""
        with self.command.log.open("rb") as log:
            size = log.seek(0, os.SEEK_END)
            log.seek(max(self._log_start, size - limit_bytes))
            return log.read().decode("utf-8", "replace")

    def trim_log(self) -> None:
        """Move a log that has grown too long aside while it is written to; a line of that moment may be lost.

        The child appends to the same file, which is emptied. Where the disk is full nothing is kept of it.
        """
        log = self.command.log
        if not log.exists() or log.stat().st_size <= self.command.log_limit_bytes:
            return
        aside = log.with_suffix(".log.1")
        try:
            shutil.copyfile(log, aside)
        except OSError:
            aside.unlink(missing_ok=True)
        os.truncate(log, 0)
        self._log_start = 0

    async def wait(self) -> int:
        """Wait for its end and answer the exit code."""
        return await self._child.wait()

    async def stop(self) -> int:
        """Ask it to end; after `stop_seconds` kill it and what it left in its session. Answers the exit code."""
        if self._child.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._child.send_signal(self.command.stop_signal)
            try:
                async with asyncio.timeout(self.command.stop_seconds):
                    return await self._child.wait()
            except TimeoutError:
                self.kill()
        return await self._child.wait()

    def kill(self) -> None:
        """Kill it and its session at once."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._child.pid, signal.SIGKILL)
