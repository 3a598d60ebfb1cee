"""The stock peer: what `rasa init` makes, with our intents and our one action in place of its small talk.

Pipeline and policies are the untouched `config.yml` of Rasa's own initial project, so epochs are the defaults. The
domain has our intents, entities and slots; each intent has a rule that calls the action, as ours have, and there are
three stories, as `rasa init` has, so that its learned policy takes part.
"""

import asyncio
import hashlib
import os
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from bench.environment import STOCK_RASA, without_limits
from bench.sample import TrainingLine, choose, read_lines
from desk.contract.errors import StartError
from tools.supervisor.process import Command, Process

ACTION = "action_answer"
FALLBACKS = ("nlu_fallback", "out_of_scope")
RASAS_OWN = ("restart",)  # Rasa wipes the conversation on this intent itself, and refuses any other rule for it
STORIES = (
    ("greet", "traffic_fines", "inform", "inform", "thanks"),
    ("next_bus", "inform", "correct", "goodbye"),
    ("list_services", "next_bus", "affirm", "traffic_fines", "deny"),
)
TRAINING_SECONDS = 1800.0


@dataclass(frozen=True)
class RasaProject:
    """The files of a Rasa project by their relative paths, and the name that they make together."""

    files: Mapping[str, str]

    @property
    def fingerprint(self) -> str:
        """16 hexadecimal digits over all files."""
        digest = hashlib.sha256()
        for name, text in sorted(self.files.items()):
            digest.update(f"{name}\0{len(text)}\0{text}".encode())
        return digest.hexdigest()[:16]


@dataclass(frozen=True)
class Trained:
    """A trained model, its sample's size, and how long training took now; None if it was trained before."""

    model: Path
    lines: int
    intents: int
    seconds: float | None


def initial_config(python: Path) -> str:
    """The `config.yml` that `rasa init` of this environment writes.

    Raises:
        StartError: Rasa is not installed there.
    """
    for path in python.parent.parent.glob("lib/python3*/site-packages/rasa/cli/initial_project/config.yml"):
        return path.read_text(encoding="utf-8")
    raise StartError(f"There is no Rasa beside {python}. Set it up with: make setup-stock")


def project(lines: Iterable[TrainingLine], config: str, slots: Mapping[str, Any]) -> RasaProject:
    """Write the project's files.

    Args:
        lines: what it is trained on.
        config: pipeline and policies.
        slots: the slots that the actions server writes, as in domain.yml.
    """
    lines = list(lines)
    intents = sorted({line.intent for line in lines} | set(FALLBACKS))
    domain = {
        "version": "3.1",
        "intents": intents,
        "entities": _entities(lines),
        "slots": dict(slots),
        "actions": [ACTION],
        "session_config": {"session_expiration_time": 60, "carry_over_slots_to_new_session": True},
    }
    nlu = [
        {"intent": intent, "examples": "".join(f"- {line.marked}\n" for line in lines if line.intent == intent)}
        for intent in intents
        if any(line.intent == intent for line in lines)
    ]
    rules = [
        {"rule": f"{intent} is answered", "steps": _steps([intent])} for intent in intents if intent not in RASAS_OWN
    ]
    stories = [
        {"story": f"story {number}", "steps": _steps([intent for intent in story if intent in intents])}
        for number, story in enumerate(STORIES, start=1)
    ]
    return RasaProject(
        {
            "config.yml": config,
            "domain.yml": _yaml(domain),
            "data/nlu.yml": _yaml({"version": "3.1", "nlu": nlu}),
            "data/rules.yml": _yaml({"version": "3.1", "rules": rules}),
            "data/stories.yml": _yaml({"version": "3.1", "stories": stories}),
        }
    )


async def trained(root: Path, python: Path, cache: Path) -> Trained:
    """The stock peer's model: from `cache`, else trained now (a minute or two).

    Raises:
        StartError: training failed; the message has the end of what it said.
    """
    lines = choose(read_lines(root / "nlu"))
    slots = yaml.safe_load((root / "domain.yml").read_text(encoding="utf-8"))["slots"]
    made = project(lines, initial_config(python), slots)
    folder = cache / f"rasa-init-{made.fingerprint}"
    model = folder / "models" / "model.tar.gz"
    intents = len({line.intent for line in lines})
    if model.exists():
        return Trained(model, len(lines), intents, None)
    for name, text in made.files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    began = time.monotonic()
    await _train(folder, python, model)
    return Trained(model, len(lines), intents, time.monotonic() - began)


async def _train(folder: Path, python: Path, model: Path) -> None:
    unfinished = folder / "unfinished"
    arguments = ("-m", "rasa", "train", "--out", str(unfinished), "--fixed-model-name", "model")
    program = (*without_limits(os.environ), str(python), *arguments)
    process = await Process.start(
        Command(program=program, folder=folder, log=folder / "train.log", environment=STOCK_RASA)
    )
    try:
        async with asyncio.timeout(TRAINING_SECONDS):
            code = await process.wait()
    except TimeoutError as exc:
        raise StartError(
            f"Training the stock peer took more than {TRAINING_SECONDS:.0f} s. Look into {process.command.log}."
        ) from exc
    finally:
        await process.stop()
    if code != 0 or not (unfinished / "model.tar.gz").exists():
        raise StartError(f"Training the stock peer failed. Look into {process.command.log}.\n{process.said(1500)}")
    model.parent.mkdir(exist_ok=True)
    (unfinished / "model.tar.gz").replace(model)


def _steps(intents: list[str]) -> list[dict[str, str]]:
    return [step for intent in intents for step in ({"intent": intent}, {"action": ACTION})]


def _entities(lines: list[TrainingLine]) -> list[Any]:
    roles: dict[str, set[str]] = {}
    for line in lines:
        for entity, role in line.entities():
            roles.setdefault(entity, set()).update([role] if role else [])
    return [{name: {"roles": sorted(roles[name])}} if roles[name] else name for name in sorted(roles)]


class _Dumper(yaml.SafeDumper):
    """Writes lists of examples as blocks, as Rasa wants them."""


def _block(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _block)


def _yaml(document: Any) -> str:
    return yaml.dump(document, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=1_000_000)
