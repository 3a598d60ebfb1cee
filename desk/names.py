"""The names that a model is given: of city files, and of cities' systems (`cities/names/`, which a command writes).

The trainer reads the same (`bot/known_names.py`); a change of any of them makes another model, one of hours does not.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from desk.errors import ConfigurationError

FOLDER = "names"
_HEAD = "# What the systems of this city call their stops, lines and offices. Written by `desk nlu names`.\n"
_NAMED = ("districts", "agencies")


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


def given(cities: Path) -> Iterator[tuple[str, bytes]]:
    """Give (file, what of it names something) for each file of names, in a stable order.

    Raises:
        ConfigurationError: a file is no YAML.
    """
    for path in sorted(cities.glob("*.yml")):
        city = _read(path)
        named = [city.get("names"), *([thing.get("names") for thing in city.get(part) or []] for part in _NAMED)]
        yield path.name, json.dumps(named, ensure_ascii=False, sort_keys=True).encode()
    for path in (cities / "shared" / "topics.yml", *sorted((cities / FOLDER).glob("*.yml"))):
        if path.exists():
            yield path.relative_to(cities).as_posix(), path.read_bytes()


def _read(path: Path) -> dict[str, Any]:
    try:
        read = yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader)
    except yaml.YAMLError as exc:
        raise ConfigurationError(f"cities/{path.name} is no YAML: {exc}") from exc
    return read if isinstance(read, dict) else {}
