"""The types of value there are: each module in `types/` has one, as `TYPE`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType

from values import types
from values.definition import ValueType


@lru_cache(maxsize=1)
def value_types() -> Mapping[str, ValueType]:
    """Every type by its name.

    Raises:
        TypeError: see `types_in`.
    """
    return types_in(types)


def types_in(package: ModuleType) -> Mapping[str, ValueType]:
    """The types of a package by their names, one of each module.

    Raises:
        TypeError: a file has no type, or another name than its type, or two patterns or masks have one rank.
    """
    found: dict[str, ValueType] = {}
    for module in sorted(iter_modules(package.__path__), key=lambda one: one.name):
        value_type = getattr(import_module(f"{package.__name__}.{module.name}"), "TYPE", None)
        if not isinstance(value_type, ValueType) or value_type.name != module.name:
            raise TypeError(f"{package.__name__}.{module.name} has no TYPE = ValueType({module.name!r}, …).")
        found[value_type.name] = value_type
    _ranked_once("patterns", [pattern.rank for one in found.values() for pattern in one.patterns])
    _ranked_once("masks", [one.mask.rank for one in found.values() if one.mask is not None])
    _ranked_once("open forms", [one.open.rank for one in found.values() if one.open is not None])
    return found


def _ranked_once(what: str, ranks: list[int]) -> None:
    twice = sorted({rank for rank in ranks if ranks.count(rank) > 1})
    if twice:
        raise TypeError(f"Two {what} have the rank {', '.join(map(str, twice))}; give each its own.")
