"""Our training lines as a stock Rasa assistant reads them, and the fixed sample of them that it is trained on."""

import re
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from random import Random

import yaml

SAMPLE_LINES = 240  # a thousand would train for a quarter of an hour
LONGEST_WORDS = 8  # between spaces: the longest line decides how long every training step takes
SEED = 36_21
NOT_LINES = {"service.yml", "facts.yml", "rules.yml", "domain.yml"}  # as bot/importer.py
SPAN = re.compile(r"\[[^\]]+\](?:\((?P<entity>[a-z_0-9]+)\)|(?P<object>\{[^}]+\}))")


@dataclass(frozen=True, order=True)
class TrainingLine:
    """One annotated line, as it stands in a training file."""

    intent: str
    marked: str

    def said(self) -> str:
        """The line without marks."""
        return SPAN.sub(lambda span: span[0][1 : span[0].index("]")], self.marked)

    def entities(self) -> list[tuple[str, str | None]]:
        """Names and roles of the values that are marked in it."""
        found: list[tuple[str, str | None]] = []
        for span in SPAN.finditer(self.marked):
            said = yaml.safe_load(span["object"]) if span["object"] else {"entity": span["entity"]}
            found.append((said["entity"], said.get("role")))
        return found


def read_lines(nlu: Path) -> list[TrainingLine]:
    """Read every training line below `nlu/`, sorted."""
    lines: set[TrainingLine] = set()
    for path in nlu.glob("*/*.yml"):
        if path.name in NOT_LINES:
            continue
        for block in yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]:
            examples = block["examples"].splitlines() if "intent" in block else []
            lines |= {TrainingLine(block["intent"], line[2:].strip()) for line in examples if line.startswith("- ")}
    return sorted(lines)


def choose(lines: list[TrainingLine], limit: int = SAMPLE_LINES) -> list[TrainingLine]:
    """Choose at most `limit` short lines: each intent gets its share, and at least two of its lines. Always the same.

    Raises:
        ValueError: the limit cannot hold two lines of each intent.
    """
    by_intent: dict[str, list[TrainingLine]] = defaultdict(list)
    short = [line for line in sorted(lines) if len(line.said().split()) <= LONGEST_WORDS]
    for line in short:
        by_intent[line.intent].append(line)
    if limit < 2 * len(by_intent):
        raise ValueError(f"{limit} lines cannot cover {len(by_intent)} intents")
    share = min(1.0, (limit - 2 * len(by_intent)) / len(short)) if short else 0.0
    chosen: list[TrainingLine] = []
    for intent, own in sorted(by_intent.items()):
        Random(f"{SEED} {intent}").shuffle(own)
        chosen += own[: min(len(own), 2 + int(share * len(own)))]
    return sorted(chosen)
