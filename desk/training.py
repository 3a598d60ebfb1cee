"""The bot's model: when it must be trained, and training it. May not know how; that is the bot's matter.

A model is kept as `<models>/<fingerprint>.tar.gz`. The fingerprint covers words, pipeline, and the names and entities
that the model is given (`desk/names.py`): the same never train twice, and a change of hours in a city file, or of a fee
in a service's, trains nothing.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

from desk.engines.disk import FULL, require_room
from desk.errors import StartError
from desk.names import declared, given
from desk.supervisor.process import Command

INPUTS = ("config.yml", "domain.yml", "bot/uv.lock")
NOT_READ = ("service.yml", "kind.yml", "meanwhile.yml")
KEPT_MODELS = 3
TRAINING_SECONDS = 1800.0

type Progress = Callable[[int, str], None]
"""Told of percent done, and of what is being done."""


def inputs(root: Path) -> Iterator[Path]:
    """The files that decide whether a model is made anew, in a stable order."""
    yield from (root / name for name in INPUTS)
    yield from (path for path in sorted((root / "nlu").rglob("*.yml")) if _is_read(path))
    yield from sorted((root / "nlu").glob("*.json"))
    yield from (path for path in sorted((root / "nlu").rglob("*.jsonl")) if _is_read(path))
    yield from sorted((root / "guides").glob("*.yml"))
    for kind in ("*.json", "*.npz"):
        yield from sorted((root / "bot" / "components").glob(kind))
    for folder in ("bot", "values"):
        yield from (path for path in sorted((root / folder).rglob("*.py")) if ".venv" not in path.parts)


def _is_read(path: Path) -> bool:
    """Whether the model is made of all that a file in `nlu/` says; of a declaration it hears the entities."""
    return "tests" not in path.parts and path.name not in NOT_READ


def fingerprint(root: Path) -> str:
    """The name of the model that the files under `root` make: 16 hexadecimal digits.

    Raises:
        StartError: a file that every model needs is missing.
        ConfigurationError: a city file or a service's is no YAML.
    """
    digest = hashlib.sha256()
    for path in inputs(root):
        try:
            content = path.read_bytes()
        except FileNotFoundError as exc:
            raise StartError(f"{path} is missing. Is {root} the folder with config.yml? Set DESK_ROOT_DIR.") from exc
        digest.update(f"{path.relative_to(root).as_posix()}\0{len(content)}\0".encode())
        digest.update(content)
    for folder, all_given in (("cities", given), ("nlu", declared)):
        for name, said in all_given(root / folder):
            digest.update(f"{folder}/{name}\0{len(said)}\0".encode())
            digest.update(said)
    return digest.hexdigest()[:16]


def bot_python(root: Path, chosen: Path | None) -> Path:
    """The interpreter of the bot's environment.

    Raises:
        StartError: it is not set up.
    """
    python = chosen or root / "bot" / ".venv" / "bin" / "python"
    if not python.exists():
        raise StartError(f"The bot's environment is missing ({python}). Set it up with: make setup")
    return python.absolute()  # not resolved: the link decides which environment it is


def trained(root: Path, models: Path) -> Path | None:
    """The model for the files as they are, if it was trained before."""
    model = models / f"{fingerprint(root)}.tar.gz"
    return model if model.exists() else None


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
