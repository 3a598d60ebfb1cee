"""Training the bot's model, for the files as they are."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from desk.app.choice import ANSWERING, JOBS, RELEASE, TRIAL, kept_in, read
from desk.app.model import fingerprint
from desk.contract.errors import StartError
from desk.store.disk import FULL, require_room
from tools.supervisor.process import Command

KEPT_MODELS = 3
TRAINING_SECONDS = 1800.0

type Progress = Callable[[int, str], None]
"""Told of percent done, and of what is being done."""


async def train(root: Path, models: Path, python: Path, log: Path, progress: Progress) -> Path:
    """Train the model for the files as they are, and answer its path.

    Raises:
        StartError: training failed; the message has the end of what it said.
    """
    model = _make_place(root, models, log)
    unfinished = models / f"unfinished-{model.name}"
    command = Command(program=trainer_of(python, unfinished), folder=root, log=log)
    code = await run(command, progress)
    return _keep(unfinished, model, log, succeeded=code == 0)


def _make_place(root: Path, models: Path, log: Path) -> Path:
    """Where the model will stand."""
    models.mkdir(parents=True, exist_ok=True)
    log.parent.mkdir(parents=True, exist_ok=True)
    log.unlink(missing_ok=True)
    require_room(models)
    return models / f"{fingerprint(root)}.tar.gz"


def _keep(unfinished: Path, model: Path, log: Path, *, succeeded: bool) -> Path:
    """Put a trained model into its place."""
    if not succeeded or not unfinished.exists():
        said = log.read_text(encoding="utf-8", errors="replace")
        mend = FULL.format(folder=model.parent) if "No space left on device" in said else f"Look into {log}."
        raise StartError(f"Training the model failed. {mend}\n{said[-1500:]}")
    unfinished.replace(model)
    forget_old(model.parent, keep=model)
    return model


def trainer_of(python: Path, out: Path) -> tuple[str, ...]:
    """The program that trains a model."""
    return (str(python), "-m", "bot.train", "--out", str(out))


async def run(command: Command, progress: Progress, *, nice: int = 0) -> int:
    """Run a program that prints `progress <0-100> <what>` lines, and answer its exit code.

    Cancelling kills it and its session.

    Args:
        command: its log is what it writes to stderr.
        progress: told of each such line; all else that it prints is passed over.
        nice: how far it stands back behind other processes, 0 to 19.

    Raises:
        StartError: it took more than half an hour.
    """
    async with _started(command, nice) as child:
        async for percent, what in _progress_lines(child):
            progress(percent, what)
        return await child.wait()


async def told_by(command: Command, *, nice: int = 0) -> tuple[int, bytes]:
    """Run a program as `run` does; answer its exit code and what it printed."""
    async with _started(command, nice) as child:
        printed, _ = await child.communicate()
        return await child.wait(), printed


@asynccontextmanager
async def _started(command: Command, nice: int) -> AsyncIterator[asyncio.subprocess.Process]:
    with command.log.open("ab") as errors:
        child = await asyncio.create_subprocess_exec(
            *command.launched(),
            cwd=command.folder,
            env=dict(command.environment) if command.whole else {**os.environ, **command.environment},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=errors,
            start_new_session=True,
        )
        try:
            if nice:
                os.setpriority(os.PRIO_PROCESS, child.pid, nice)
            async with asyncio.timeout(TRAINING_SECONDS):
                yield child
        except TimeoutError as exc:
            minutes = f"{TRAINING_SECONDS / 60:.0f}"
            raise StartError(f"Training took more than {minutes} minutes. Look into {command.log}.") from exc
        finally:
            if child.returncode is None:
                with suppress(ProcessLookupError):
                    os.killpg(child.pid, signal.SIGKILL)
                await child.wait()


async def _progress_lines(child: asyncio.subprocess.Process) -> AsyncIterator[tuple[int, str]]:
    if child.stdout is None:
        return
    async for line in child.stdout:
        words = line.decode("utf-8", "replace").strip().split(" ", 2)
        if len(words) == 3 and words[0] == "progress" and words[1].isdigit():
            yield int(words[1]), words[2]


def without_settings(environ: Mapping[str, str], **given: str) -> dict[str, str]:
    """An environment for who trains: this one with one thread each, and of our settings and secrets those given."""
    own = {name: value for name, value in environ.items() if not name.startswith("DESK_")}
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    return {**own, **threads, **given}


def forget_old(folder: Path, *, keep: Path, most: int = KEPT_MODELS) -> None:
    """Delete the oldest models of a folder until `most` are there; never `keep`, nor one that answers or is to."""
    data_dir = folder.parent.parent if folder.name == JOBS else folder.parent
    choices = (read(data_dir, name) for name in (ANSWERING, RELEASE, TRIAL))
    spared = {keep.stem, *(f"{one.model}.tar" for one in choices if one is not None)}
    others = sorted((path for path in kept_in(folder) if path.stem not in spared), key=lambda one: one.stat().st_mtime)
    for path in others[: max(0, len(kept_in(folder)) - most)]:
        path.unlink()
