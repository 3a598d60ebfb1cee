"""The stock side: the pipeline that `rasa init` writes, with its default epochs; models are kept by fingerprint."""

import json
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import yaml

from bench.environment import STOCK_RASA
from bench.nlu.ours import ONE_THREAD, processor_seconds, run
from bench.rasa_init import RasaProject, initial_config
from bench.sample import TrainingLine

ONE_CORE = {**STOCK_RASA, **ONE_THREAD, "TF_INTRA_OP_PARALLELISM_THREADS": "1", "TF_INTER_OP_PARALLELISM_THREADS": "1"}
_TRAINED = "trained.json"


def project(lines: Iterable[TrainingLine], python: Path) -> RasaProject:
    """Write the files of a project that only understands: the same pipeline, without stories."""
    by_intent: dict[str, list[str]] = {}
    for line in lines:
        by_intent.setdefault(line.intent, []).append(line.marked)
    intents = sorted(by_intent)
    nlu = [
        {"intent": intent, "examples": "".join(f"- {marked}\n" for marked in by_intent[intent])} for intent in intents
    ]
    entities = sorted({entity for line in lines for entity, _ in line.entities()})
    files = {
        "config.yml": initial_config(python),
        "domain.yml": {"version": "3.1", "intents": intents, "entities": entities},
        "nlu.yml": {"version": "3.1", "nlu": nlu},
    }
    return RasaProject(
        {
            name: text if isinstance(text, str) else yaml.safe_dump(text, allow_unicode=True, sort_keys=False)
            for name, text in files.items()
        }
    )


def marked(texts: Sequence[tuple[str, str]]) -> list[TrainingLine]:
    """Lines of a public set as Rasa reads them: none has marks, and a bracket would be one."""
    return [TrainingLine(label, text.replace("[", "(").replace("]", ")")) for text, label in texts]


def guesses(
    lines: list[TrainingLine], texts: Sequence[str], python: Path, root: Path, cache: Path
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """What the stock pipeline understands of texts after learning lines, and what it cost.

    Raises:
        StartError: training or understanding failed; the message has the end of what it said.
    """
    made = project(lines, python)
    folder = (cache / f"rasa-nlu-{made.fingerprint}").absolute()
    model = folder / "models" / "model.tar.gz"
    if not model.exists():
        _train(made, folder, python)
    cost = json.loads((folder / _TRAINED).read_text(encoding="utf-8"))
    program = (str(python), "-m", "bot.understand", "--neural", "--model", str(model))
    said = run(program, "".join(f"{json.dumps(text)}\n" for text in texts), root, ONE_CORE)
    *parses, spent = said.splitlines()
    told = json.loads(spent)
    return [json.loads(parse) for parse in parses], {
        **cost,
        "sentences_per_second": round(len(texts) / told["seconds"], 1),
        "memory_mb": round(told["memory_bytes"] / 1e6),
    }


def _train(made: RasaProject, folder: Path, python: Path) -> None:
    for name, text in made.files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    program = (str(python), "-m", "rasa", "train", "nlu", "--nlu", "nlu.yml", "--domain", "domain.yml")
    before, began = processor_seconds(), time.monotonic()
    run((*program, "--out", "models", "--fixed-model-name", "model"), "", folder, ONE_CORE)
    cost = {
        "training_seconds": round(processor_seconds() - before, 1),
        "training_wall_seconds": round(time.monotonic() - began, 1),
    }
    (folder / _TRAINED).write_text(json.dumps(cost), encoding="utf-8")
