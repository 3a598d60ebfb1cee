"""What residents say to get a new service: checked against what is said already, and written as training lines.

How lines are written stands in nlu/README.md.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import yaml

from desk.contract.errors import ConfigurationError

LANGUAGES = ("zh_Hans", "zh_Hant", "en", "mixed")
LEAST = 3
"""So many lines in each language are a beginning; far more are needed to be understood well."""
NOT_LINES = frozenset({"service.yml", "facts.yml", "rules.yml", "domain.yml"})
MARK = re.compile(r'\[([^\]]+)\](?:\(\w+\)|\{"entity": "\w+"(?:, "role": "(?:from|to)")?\})')
OF_NO_MEANING = re.compile(r"[\s,.?!，。？！、~～…]+")


def trained_intents(nlu: Path) -> frozenset[str]:
    """All intents that have training lines."""
    return frozenset(intent for _, intent, _ in _trained(nlu))


def check_lines(nlu: Path, said: Mapping[str, Sequence[str]]) -> None:
    """Refuse too few lines, malformed ones, and those that are said already: two meanings cannot be learnt.

    Args:
        said: lines by language.

    Raises:
        ConfigurationError: one is refused; the message names it and where it stands.
    """
    known = {_key(text): where for text, _, where in _trained(nlu)} | dict(_untrained(nlu))
    new = dict[str, str]()
    for language in LANGUAGES:
        option, lines = f"--say-{OPTIONS[language]}", said.get(language, ())
        if len({_key(line) for line in lines}) < LEAST:
            raise ConfigurationError(
                f"Give {option} at least {LEAST} times, each with what one resident would type: "
                "the account understands a service by them."
            )
        for line in lines:
            text = unmarked(line)
            if not _key(text) or "\n" in line or re.search(r"[\[\]]", text):
                raise ConfigurationError(f"{option} {line!r} is no line. Marks are written [value](entity).")
            where = known.get(_key(text)) or new.get(_key(text))
            if where is not None:
                raise ConfigurationError(f"{option} {line!r} is said already: {where}. Give another line.")
            new[_key(text)] = option


OPTIONS: Mapping[str, str] = {"zh_Hans": "zh", "zh_Hant": "hant", "en": "en", "mixed": "mixed"}
"""Ends of the options that give lines, by language."""


def unmarked(line: str) -> str:
    """A line as somebody types it, without marks of entities."""
    return MARK.sub(r"\1", line)


def written(intent: str, lines: Sequence[str]) -> str:
    """The file of a language."""
    examples = "".join(f"    - {line.strip()}\n" for line in lines)
    return f'version: "3.1"\n\nnlu:\n- intent: {intent}\n  examples: |\n{examples}'


def _trained(nlu: Path) -> Iterator[tuple[str, str, str]]:
    """Text without marks, intent, file."""
    for path in sorted(nlu.glob("*/*.yml")):
        if path.name in NOT_LINES:
            continue
        for block in yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader)["nlu"]:
            for line in str(block.get("examples", "")).splitlines():
                where = f"nlu/{path.parent.name}/{path.name}"
                yield unmarked(line.removeprefix("- ")), str(block.get("intent")), where


def _untrained(nlu: Path) -> Iterator[tuple[str, str]]:
    for path in sorted([*nlu.glob("*/tests/held_out.jsonl"), *nlu.glob("*/tests/development.jsonl")]):
        for line in path.read_text(encoding="utf-8").splitlines():
            yield _key(str(json.loads(line)["text"])), f"a test of {path.parent.parent.name}"


def _key(text: str) -> str:
    """Sameness for a reader: case, spaces and punctuation make no new text."""
    return OF_NO_MEANING.sub("", text.casefold())
