"""The bot's model: which one belongs to the files as they are, and where it is kept.

A model is kept as `<models>/<fingerprint>.tar.gz`. The fingerprint covers words, pipeline, and the names and entities
that the model is given (`desk/city/names.py`): the same never train twice, and a change of hours in a city file, or of
a fee in a service's, trains nothing.
"""

import hashlib
import subprocess
from collections.abc import Iterator
from pathlib import Path

from desk.city.names import declared, given
from desk.contract.errors import StartError

INPUTS = ("config.yml", "domain.yml", "bot/uv.lock")
MODELS = "models"
"""Folder of the models in the data directory."""
WIDER = "wider"
"""In a root of some of the cities: the one of all, whose model serves these too (`desk/app/layering.py`)."""
GIT_SECONDS = 10.0
NOT_READ = ("service.yml", "kind.yml", "meanwhile.yml")


def inputs(root: Path) -> Iterator[Path]:
    """The files that decide whether a model is made anew, in a stable order."""
    yield from (root / name for name in INPUTS)
    yield from (path for path in sorted((root / "nlu").rglob("*.yml")) if _is_read(path))
    yield from sorted((root / "nlu").glob("*.json"))
    yield from (path for path in sorted((root / "nlu").rglob("*.jsonl")) if _is_read(path))
    yield from sorted((root / "guides").glob("*.yml"))
    for kind in ("*.json", "*.npz"):
        yield from sorted((root / "bot" / "components").rglob(kind))
    for folder in ("bot", "values"):
        for kind in ("*.py", "*.yml"):
            yield from (path for path in sorted((root / folder).rglob(kind)) if ".venv" not in path.parts)


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
    """The model for the files as they are, if it was trained before; where some cities are served, else that of all."""
    own = models / f"{fingerprint(root)}.tar.gz"
    if own.exists():
        return own
    wider = models / f"{fingerprint(root / WIDER)}.tar.gz" if (root / WIDER).is_dir() else own
    return wider if wider.exists() else None


def revision(root: Path) -> str:
    """The commit of the files, with `-dirty` where tracked ones were changed since; empty: they are in no checkout."""
    asked = ("git", "-C", str(root), "describe", "--always", "--dirty", "--exclude=*", "--abbrev=12")
    try:
        said = subprocess.run(asked, capture_output=True, text=True, timeout=GIT_SECONDS, check=True)
    except (OSError, subprocess.SubprocessError):
        return ""
    return said.stdout.strip()
