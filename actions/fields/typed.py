"""A type of value (`values/types/`) as a kind of field."""

from collections.abc import Sequence
from datetime import date

from pydantic import JsonValue

from actions.fields.correction import Correction
from actions.fields.reading import Circumstances
from values.definition import Reading, ValueType
from values.finding import find_asked
from values.registry import value_types


class Typed:
    """Reads, finds and shows values of a type on the city's day."""

    def __init__(self, value_type: ValueType, at: Circumstances) -> None:
        if value_type.read is None:
            raise TypeError(f"Values of the type {value_type.name} are read by no form.")
        self._type, self._read = value_type, value_type.read
        self._today: date | None = at.now.date() if at.now is not None else None

    def read(self, written: str) -> Reading:
        return self._read(written, self._today)

    def find(self, text: str) -> Sequence[str]:
        return find_asked(self._type, text, self._today)

    def attempts(self, text: str) -> bool:
        return self._type.attempts(text)

    def shown(self, value: str) -> JsonValue:
        return self._type.shown(value)

    def corrected(self, value: str, said: Correction) -> str | None:  # noqa: ARG002 - most are given anew as a whole
        return None


def readable_types() -> dict[str, ValueType]:
    """The types that a form may ask for, by name."""
    return {name: one for name, one in value_types().items() if one.read is not None}
