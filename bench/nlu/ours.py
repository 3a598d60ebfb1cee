"""Our side: the heads on a public set, and the whole pipeline on our own lines."""

import json
import os
import resource
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.environment import without_settings
from bench.nlu.public_sets import FOREIGN, PublicSet
from desk.contract.errors import StartError

SECONDS = 1800.0
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


def train(python: Path, root: Path, cache: Path) -> tuple[Path, dict[str, float]]:
    """Train on all our lines, and say where the model is and what that cost.

    Raises:
        StartError: it failed; the message has the end of what it said.
    """
    model = (cache / "ours.tar.gz").absolute()
    before, began = processor_seconds(), time.monotonic()
    run((str(python), "-m", "bot.train", "--out", str(model)), "", root, ONE_THREAD)
    wall = time.monotonic() - began
    return model, {"training_seconds": round(processor_seconds() - before, 1), "training_wall_seconds": round(wall, 1)}


def processor_seconds() -> float:
    """Processor time of the programs that this one ran and waited for."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def on_set(public: PublicSet, python: Path, root: Path) -> dict[str, Any]:
    """Fit our heads on a set and ask them; the figures of it.

    Raises:
        StartError: it failed; the message has the end of what it said.
    """
    job: dict[str, Any] = {
        "train": public.train,
        "test": [text for text, _ in public.test],
        "heads": public.heads,
    }
    if public.foreign_bar is not None:
        job |= {"valid": public.valid, "foreign": FOREIGN, "refused": public.refused}
    said = run((str(python), "-m", "bot.classify"), json.dumps(job), root, ONE_THREAD)
    answer = json.loads(said)
    return {
        **shares(public.test, [label for label, _ in answer["guesses"]]),
        "training_seconds": round(answer["training_seconds"], 1),
        "sentences_per_second": round(len(public.test) / answer["seconds"], 1),
        "memory_mb": round(answer["memory_bytes"] / 1e6),
    }


def shares(meant: Sequence[tuple[str, str]], guessed: Sequence[str]) -> dict[str, float | None]:
    """How many lines in scope are right, and how many foreign ones are refused; of all, and of none None."""
    right: dict[bool, list[bool]] = {True: [], False: []}
    for (_, label), guess in zip(meant, guessed, strict=True):
        right[label == FOREIGN].append(label == guess)
    return {
        "accuracy": round(sum(right[False]) / len(right[False]), 4),
        "foreign_refused": round(sum(right[True]) / len(right[True]), 4) if right[True] else None,
    }


def run(program: Sequence[str], said: str, folder: Path, environment: Mapping[str, str]) -> str:
    """Let a program of the bot's Python read `said`; what it writes.

    Raises:
        StartError: it failed; the message has the end of what it said.
    """
    command = [*without_settings(os.environ), *program]
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            input=said,
            capture_output=True,
            text=True,
            check=True,
            timeout=SECONDS,
            env={**os.environ, **environment},
        )
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as exc:
        raise StartError(f"{' '.join(program)} failed.\n{str(exc.stderr or exc)[-1500:]}") from exc
    return done.stdout
