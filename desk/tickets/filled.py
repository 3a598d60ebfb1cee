"""What a resident filled in so far, as staff may see it: masked as everything else that residents write."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from pydantic import JsonValue

from desk.contract.progress import SKIPPED, Begun, begun_in
from desk.texts.masking import NONE, masked_body
from values.types.place import point_of

type Mask = Callable[[JsonValue], JsonValue]
SECRET = frozenset({"one_time_code"})
"""What is nobody's to read but the one's who was sent it: hidden from whoever reveals, too."""
HIDDEN = "****"
PLACE = "[location]"


@dataclass(frozen=True, slots=True)
class Value:
    """A value by its field; None where the resident need not give it and does not. `names`: as its agency calls it."""

    field: str
    value: JsonValue
    names: Mapping[str, JsonValue] | None = None


@dataclass(frozen=True, slots=True)
class Filled:
    """A service that was begun, with what was given so far; `asks` is the field that is asked for now."""

    service: str
    values: Sequence[Value]
    asks: str | None


def filled_in(
    state: Mapping[str, Any] | None, *, masks: bool, published: frozenset[str] = NONE
) -> tuple[Filled, ...] | None:
    """The services that a resident has begun, the one in front first. None: it cannot be read.

    `published` are telephones that are not masked.
    """
    mask = partial(masked_body, published=published) if masks else None
    begun = begun_in(state)
    return None if begun is None else tuple(_filled(one, mask) for one in begun)


def _filled(begun: Begun, mask: Mask | None) -> Filled:
    values = tuple(Value(name, _seen(name, value, mask), begun.names_of(name)) for name, value in begun.values.items())
    asked = begun.question
    return Filled(begun.service, values, None if asked is None else asked.field or asked.asks_for)


def _seen(name: str, value: JsonValue, mask: Mask | None) -> JsonValue:
    if value == SKIPPED:
        return None
    if name in SECRET:
        return HIDDEN
    if mask is None:
        return value
    return PLACE if isinstance(value, str) and point_of(value) is not None else mask(value)
