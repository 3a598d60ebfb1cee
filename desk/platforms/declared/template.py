"""Texts with places for values, as declarations write them: `Bearer {token}`; `{{` is a brace."""

from collections.abc import Collection, Iterator, Mapping
from string import Formatter
from typing import Any


def names_in(value: Any) -> Iterator[str]:
    """The names of all places in the texts of a JSON value.

    Raises:
        ValueError: a place is none.
    """
    if isinstance(value, str):
        for _, name, spec, conversion in Formatter().parse(value):
            if name is None:
                continue
            if not name.isidentifier() or spec or conversion:
                raise ValueError(f"{{{name}}} must be a plain name; write {{{{ for a brace")
            yield name
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from names_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from names_in(inner)


def insist(value: Any, known: Collection[str]) -> None:
    """Refuse a template that names what there is not.

    Raises:
        ValueError: it does.
    """
    if unknown := sorted(set(names_in(value)) - set(known)):
        raise ValueError(f"there is no {unknown[0]!r} to put there; there are {', '.join(sorted(known))}")


def joined(template: str, given: Mapping[str, bytes]) -> bytes:
    """The bytes of a text with all places filled in; what is put there is looked at no further."""
    found = bytearray()
    for literal, name, _, _ in Formatter().parse(template):
        found += literal.encode()
        if name is not None:
            found += given[name]
    return bytes(found)


def filled(value: Any, given: Mapping[str, str]) -> Any:
    """The value with all places filled in; keys stay as they are."""
    if isinstance(value, str):
        return value.format_map(given)
    if isinstance(value, Mapping):
        return {key: filled(inner, given) for key, inner in value.items()}
    return [filled(inner, given) for inner in value] if isinstance(value, list) else value
