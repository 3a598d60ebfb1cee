"""Lines of training in `nlu/<folder>/`, checked without the model: what it could not learn from, or not as it is meant.

Their form is Rasa's (`nlu/README.md`); a language a file, `mixed.yml` for sentences that mix them.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from desk.city.yaml_files import NotYaml, read_yaml
from desk.contract.errors import ConfigurationError

NO_LINES = frozenset({"service", "facts", "rules", "domain"})
OF_NO_FIELD = frozenset({"amount", "bus_line", "city", "district", "language", "ordinal", "reference", "stop", "topic"})
"""Entities that may be marked and that no field of a service asks for."""
_MARK = re.compile(r'\[([^\]]+)\](?:\((\w+)\)|\{"entity": "(\w+)"(?:, "role": "\w+")?\})')
_SIGNS = re.compile(r"[\s,.?!，。？！、~～…]+")


class _Block(BaseModel):
    model_config = ConfigDict(extra="ignore")

    intent: str
    examples: str


class _File(BaseModel):
    model_config = ConfigDict(extra="ignore")

    nlu: list[_Block]


@dataclass(frozen=True, slots=True)
class Line:
    """A line: where it stands, what it means, its text without marks, and the marked entities."""

    file: str
    intent: str
    text: str
    entities: tuple[str, ...]


def load_lines(folder: Path) -> list[Line]:
    """Read all lines of `nlu/`.

    Raises:
        ConfigurationError: a file is no YAML, or not of this form; it says where.
    """
    paths = sorted(path for path in folder.glob("*/*.yml") if path.stem not in NO_LINES)
    return [line for path in paths for line in _lines(folder, path)]


def _lines(folder: Path, path: Path) -> Iterator[Line]:
    where = f"nlu/{path.relative_to(folder)}"
    try:
        blocks = _File.model_validate(read_yaml(path)).nlu
    except NotYaml as exc:
        raise ConfigurationError(f"{where} is no YAML: {exc}.") from exc
    except ValidationError as exc:
        at = ".".join(map(str, exc.errors()[0]["loc"]))
        raise ConfigurationError(f"{where}: {at} is not as nlu/README.md describes it.") from exc
    for block in blocks:
        for written in block.examples.splitlines():
            if not written.startswith("- "):
                raise ConfigurationError(f"{where}: {block.intent}: a line begins with “- ”, and not as {written!r}.")
            entities = tuple(mark[2] or mark[3] for mark in _MARK.finditer(written))
            yield Line(where, block.intent, _MARK.sub(r"\1", written[2:]), entities)


def line_problems(lines: Iterable[Line], asked: Iterable[str]) -> Iterator[str]:
    """Say what is wrong. `asked`: the entities of services' fields."""
    known = OF_NO_FIELD | set(asked)
    first: dict[str, Line] = {}
    for line in lines:
        before = first.setdefault(_SIGNS.sub("", line.text.casefold()), line)
        if before.intent != line.intent:
            yield f"{line.file}: {line.text!r} means {line.intent}, and {before.intent} in {before.file}"
        for unknown in sorted(set(line.entities) - known):
            yield f"{line.file}: {line.text!r} marks {unknown!r}, for which no service asks"
        if "[" in line.text or "]" in line.text:
            yield f"{line.file}: {line.text!r} has a bracket that marks nothing"
