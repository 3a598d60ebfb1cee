"""Which model answers: small files in the data directory, two of who wants, one of who runs the bots.

`release.json` says which model is to answer, and `trial.json` which one is to answer some, by whoever trains;
`answering.json` which one does, and what became of the last release, by whoever runs the bots. Each has one writer. A
start with the same files takes the model that answered; a start with other files is a deployment, and takes theirs, but
for a model that was trained beside and waits for its release.
"""

import os
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from desk.app.model import MODELS, fingerprint, trained
from desk.contract.errors import StartError

RELEASE, TRIAL, ANSWERING = "release.json", "trial.json", "answering.json"
JOBS = "jobs"
"""Of the models' folder the part of those that were trained beside another."""
ENDING = ".tar.gz"


class Choice(BaseModel):
    """A model, chosen.

    Attributes:
        model: its fingerprint.
        files: fingerprint of the files when it was chosen.
        release: which release it is of, or which was the last before; empty: there was none.
        trial: the trial that stands beside it, or was the last that could not be started; empty: there was none.
        refused: the model of that release or trial, where it could not be started.
        why: the reason, for people.
    """

    model_config = ConfigDict(frozen=True)

    model: str
    files: str
    release: str = ""
    trial: str = ""
    refused: str = ""
    why: str = ""


def read(data_dir: Path, name: str) -> Choice | None:
    """What a file says; None: there is none. A broken one says nothing: all in it can be made again."""
    try:
        return Choice.model_validate_json((data_dir / name).read_bytes())
    except (FileNotFoundError, ValidationError):
        return None


def write(data_dir: Path, name: str, choice: Choice) -> None:
    """Write a file, whole or not at all."""
    fresh = data_dir / f"{name}.new"
    with fresh.open("w", encoding="utf-8") as file:
        file.write(choice.model_dump_json(indent=1))
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(data_dir / name)


def path_of(models: Path, model: str) -> Path | None:
    """Where a model lies; None: it is not kept."""
    there = (models / f"{model}{ENDING}", models / JOBS / f"{model}{ENDING}")
    return next((path for path in there if path.is_file()), None)


def kept_in(folder: Path) -> list[Path]:
    """The models of a folder that are whole."""
    return [path for path in folder.glob(f"*{ENDING}") if not path.name.startswith("unfinished-")]


def kept(models: Path) -> list[str]:
    """The fingerprints of all models that lie there."""
    return [path.name.removesuffix(ENDING) for path in (*kept_in(models), *kept_in(models / JOBS))]


@dataclass(frozen=True, slots=True)
class Start:
    """What a start begins with: a model's file, or None where that of these files is still to be trained."""

    path: Path | None
    choice: Choice


def at_start(root: Path, data_dir: Path, name: str) -> Start:
    """The model that a start takes.

    Args:
        root: the folder with the files that a model is made of.
        data_dir: the folder with the models and both files.
        name: which of both says what was chosen: where nobody runs the bots but they themselves, the release.

    Raises:
        StartError, ConfigurationError: as `fingerprint`.
    """
    models, files = data_dir / MODELS, fingerprint(root)
    own, before = trained(root, models), read(data_dir, name)
    at = None if before is None else path_of(models, before.model)
    if before is not None and at is not None:
        waits = own is None and path_of(models, files) is not None
        if before.files == files or waits:
            return Start(at, before)
    wanted = read(data_dir, RELEASE)
    path = own or path_of(models, files)
    model = files if path is None else path.name.removesuffix(ENDING)
    return Start(path, Choice(model=model, files=files, release=wanted.release if wanted else ""))


def on_trial(data_dir: Path) -> Start:
    """The model on trial, for a bot that answers some.

    Raises:
        StartError: none is tried, or its file is not kept.
    """
    tried = read(data_dir, TRIAL)
    at = None if tried is None or not tried.model else path_of(data_dir / MODELS, tried.model)
    if tried is None or at is None:
        raise StartError("No model answers some residents here. Have one do so: desk model canary NUMBER")
    return Start(at, tried)
