"""One file of data laid over another of the same name: what an operator says otherwise than the product.

Mappings are laid over each other by key, and lists of things that have a `slug` by it; every other value, and every
other list, takes the place of the one below. `without` at the top names what is taken away, as `services.refund` or
`agencies.weather`.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

from desk.city.places import MADE_OF, faults, place
from desk.city.yaml_files import NotYaml, read_yaml
from desk.contract.errors import ConfigurationError

WITHOUT = "without"
PRETEND = "sandbox:"


def layered(over: Path, below: Path | None, folder: Path) -> str | None:
    """The text of a file of the folder of one's own, laid over the product's; None: it may stand as it is.

    Args:
        over: the file of one's own.
        below: the product's of that name; None: it has none.
        folder: the folder of one's own; paths in its city files are within it.

    Raises:
        ConfigurationError: one is no YAML or no mapping, an address is none, or `without` names what there is not.
    """
    own = _read(over)
    gone = own.pop(WITHOUT, [])
    try:
        local = _with_paths(own, folder)
    except ValueError as exc:
        raise ConfigurationError(f"{place(over, ['services'])}: an address is none: {exc}. Mend the file.") from exc
    if below is None:
        if gone:
            raise ConfigurationError(f"{place(over, [WITHOUT])}: there is nothing below to be without.")
        return None if local == own else _written(local, [over])
    merged = overlaid(_read(below), local)
    for name in gone if isinstance(gone, list) else [gone]:
        if not isinstance(name, str) or not _taken(merged, name.split(".")):
            raise ConfigurationError(f"{place(over, [WITHOUT])}: there is no {name!r} to be without.")
    return _written(merged, [over, below])


def overlaid(below: Any, over: Any) -> Any:
    """One value laid over another; neither is changed."""
    if isinstance(below, dict) and isinstance(over, dict):
        return below | {key: overlaid(below[key], value) if key in below else value for key, value in over.items()}
    if below and over and _has_slugs(below) and _has_slugs(over):
        named = {one["slug"]: one for one in below}
        for one in over:
            named[one["slug"]] = overlaid(named.get(one["slug"]), one)
        return list(named.values())
    return over


def _read(path: Path) -> dict[str, Any]:
    try:
        read = read_yaml(path)
    except NotYaml as exc:
        raise ConfigurationError(f"{faults(path, exc)}. Mend the file.") from exc
    if not isinstance(read, dict):
        raise ConfigurationError(f"{path}:1: it is no mapping of names to values. Mend the file.")
    return read


def _written(said: dict[str, Any], made_of: Sequence[Path]) -> str:
    names = json.dumps([str(path) for path in made_of], ensure_ascii=False)
    return f"{MADE_OF}{names}\n{yaml.safe_dump(said, allow_unicode=True, sort_keys=False, width=120)}"


def _has_slugs(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, dict) and isinstance(one.get("slug"), str) for one in value)


def _taken(said: Any, way: Sequence[str]) -> bool:
    """Take something away; answers whether it was there."""
    *around, last = way
    for step in around:
        said = _step(said, step)
    if isinstance(said, dict) and last in said:
        del said[last]
        return True
    if isinstance(said, list) and (found := _step(said, last)) is not None:
        said.remove(found)
        return True
    return False


def _step(said: Any, name: str) -> Any:
    if isinstance(said, dict):
        return said.get(name)
    if _has_slugs(said):
        return next((one for one in said if one["slug"] == name), None)
    return None


def _with_paths(said: dict[str, Any], folder: Path) -> dict[str, Any]:
    """The same, with the files that addresses of a city file name as whole paths: they lie in this folder."""
    services = said.get("services")
    if not isinstance(services, dict):
        return said
    changed = {}
    for name, service in services.items():
        endpoints = service.get("endpoints") if isinstance(service, dict) else None
        if isinstance(endpoints, dict):
            changed[name] = service | {"endpoints": {one: _whole(at, folder) for one, at in endpoints.items()}}
    return said | {"services": services | changed}


def _whole(address: Any, folder: Path) -> Any:
    is_file = isinstance(address, str) and not address.startswith(PRETEND) and not urlsplit(address).scheme
    return str((folder / address).resolve()) if is_file else address
