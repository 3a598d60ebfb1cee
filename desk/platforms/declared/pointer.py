"""Values in JSON found, and put, by pointer (RFC 6901)."""

import re
from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import Field

type Pointer = Annotated[str, Field(pattern=r"^(/([^~/]|~[01])*)*$", max_length=200)]
"""The way to a value: `/message/from/id`; empty: the whole."""


PLACE = re.compile(r"0|[1-9][0-9]{0,5}")


class Missing(LookupError):
    """There is nothing at a pointer."""


def steps(pointer: str) -> list[str]:
    """The names and numbers on the way."""
    return [one.replace("~1", "/").replace("~0", "~") for one in pointer.split("/")[1:]]


def at(document: Any, pointer: str) -> Any:
    """Find a value.

    Raises:
        Missing: there is none.
    """
    for step in steps(pointer):
        if isinstance(document, dict) and step in document:
            document = document[step]
        elif isinstance(document, list) and PLACE.fullmatch(step) and int(step) < len(document):
            document = document[int(step)]
        else:
            raise Missing(pointer)
    return document


def put(document: dict[str, Any], pointer: str, value: Any) -> dict[str, Any]:
    """The same object with a value at a pointer of names; objects on the way are made."""
    first, *rest = steps(pointer)
    inner = document.get(first)
    return document | {first: _put_into(inner if isinstance(inner, dict) else {}, rest, value)}


def _put_into(document: dict[str, Any], way: Sequence[str], value: Any) -> Any:
    if not way:
        return value
    first, *rest = way
    inner = document.get(first)
    return document | {first: _put_into(inner if isinstance(inner, dict) else {}, rest, value)}
