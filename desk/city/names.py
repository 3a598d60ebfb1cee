"""What a model is given besides lines: names of city files and of cities' systems (`cities/names/`, which a command
writes), and the entities that services ask for.

The trainer reads the same (`bot/known_names.py`, `bot/importer.py`); a change of any of them makes another model, one
of hours or fees does not.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import Field, StrictInt, TypeAdapter

from desk.city.places import faults
from desk.city.yaml_files import NotYaml, read_yaml
from desk.contract.errors import ConfigurationError

FOLDER = "names"
_HEAD = "# What the systems of this city call their stops, lines and offices. Written by `desk nlu names`.\n"
_NAMED = ("districts", "agencies")
type _Name = Annotated[str, Field(strict=True, min_length=1)] | StrictInt  # a line is called 28
_FILE = TypeAdapter(dict[Annotated[str, Field(strict=True, min_length=1)], list[_Name]])


def write_names(cities: Path, city: str, names: Mapping[str, Sequence[str]]) -> None:
    """Write a city's names, by entity, in one step; a city without names gets no file."""
    path = cities / FOLDER / f"{city}.yml"
    if not names:
        path.unlink(missing_ok=True)
        return
    path.parent.mkdir(exist_ok=True)
    fresh = path.with_suffix(".new")
    fresh.write_text(_HEAD + yaml.safe_dump(dict(names), allow_unicode=True, width=120), encoding="utf-8")
    fresh.replace(path)


def check_names(path: Path) -> None:
    """Look whether a file of names can be read: the trainer would find out later, in the middle of its work.

    Raises:
        ConfigurationError: it is no YAML, or not lists of names by entity.
    """
    try:
        _FILE.validate_python(read_yaml(path))
    except ValueError as exc:
        raise ConfigurationError(f"{faults(path, exc)}. Mend the file: an entity, and a list of its names.") from exc


def given(cities: Path) -> Iterator[tuple[str, bytes]]:
    """Give (file, what of it names something) for each file of names, in a stable order.

    Raises:
        ConfigurationError: a file is no YAML.
    """
    for path in sorted(cities.glob("*.yml")):
        city = _read(path, cities.parent)
        named = [city.get("names"), *([thing.get("names") for thing in city.get(part) or []] for part in _NAMED)]
        yield path.name, json.dumps(named, ensure_ascii=False, sort_keys=True).encode()
    for path in (cities / "shared" / "topics.yml", *sorted((cities / FOLDER).glob("*.yml"))):
        if path.exists():
            yield path.relative_to(cities).as_posix(), path.read_bytes()


def declared(nlu: Path) -> Iterator[tuple[str, bytes]]:
    """Give (file, the entities of its fields) for each service's declaration, in a stable order.

    Raises:
        ConfigurationError: a file is no YAML.
    """
    for path in sorted(nlu.glob("*/service.yml")):
        fields = _read(path, nlu.parent).get("fields") or []
        entities = sorted(str(field["entity"]) for field in fields if isinstance(field, dict) and "entity" in field)
        yield path.relative_to(nlu).as_posix(), json.dumps(entities).encode()


def _read(path: Path, root: Path) -> dict[str, Any]:
    try:
        read = read_yaml(path)
    except NotYaml as exc:
        raise ConfigurationError(f"{path.relative_to(root)} is no YAML: {exc}") from exc
    return read if isinstance(read, dict) else {}
