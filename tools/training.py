"""Training the bot's model, for the files as they are."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

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
    command = Command(program=(str(python), "-m", "bot.train", "--out", str(unfinished)), folder=root, log=log)
    with log.open("wb") as errors:
        child = await asyncio.create_subprocess_exec(
            *command.launched(),
            cwd=root,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=errors,
            start_new_session=True,
        )
        try:
            async with asyncio.timeout(TRAINING_SECONDS):
                async for percent, what in _progress_lines(child):
                    progress(percent, what)
                code = await child.wait()
        except TimeoutError as exc:
            raise StartError(f"Training took more than {TRAINING_SECONDS / 60:.0f} minutes. Look into {log}.") from exc
        finally:
            if child.returncode is None:
                child.kill()
                await child.wait()
    return _keep(unfinished, model, log, succeeded=code == 0)


async def _progress_lines(child: asyncio.subprocess.Process) -> AsyncIterator[tuple[int, str]]:
    """The lines `progress <0-100> <what>` that the trainer prints; all else is passed over."""
    if child.stdout is None:
        return
    async for line in child.stdout:
        words = line.decode("utf-8", "replace").strip().split(" ", 2)
        if len(words) == 3 and words[0] == "progress" and words[1].isdigit():
            yield int(words[1]), words[2]


def _make_place(root: Path, models: Path, log: Path) -> Path:
    """Where the model will stand."""
    models.mkdir(parents=True, exist_ok=True)
    log.parent.mkdir(parents=True, exist_ok=True)
    require_room(models)
    return models / f"{fingerprint(root)}.tar.gz"


def _keep(unfinished: Path, model: Path, log: Path, *, succeeded: bool) -> Path:
    """Put a trained model into its place."""
    if not succeeded or not unfinished.exists():
        said = log.read_text(encoding="utf-8", errors="replace")
        mend = FULL.format(folder=model.parent) if "No space left on device" in said else f"Look into {log}."
        raise StartError(f"Training the model failed. {mend}\n{said[-1500:]}")
    unfinished.replace(model)
    _forget_old(model.parent, keep=model)
    return model


def _forget_old(models: Path, *, keep: Path) -> None:
    others = sorted((path for path in models.glob("*.tar.gz") if path != keep), key=lambda path: path.stat().st_mtime)
    for path in others[: -(KEPT_MODELS - 1)]:
        path.unlink()
