"""What a kind of field can do, and what it may know of a turn."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from pydantic import JsonValue

from actions.fields.correction import Correction
from desk.city.files import City, Names
from values.definition import Reading


@dataclass(frozen=True, slots=True)
class Option:
    """One of the things that a resident can choose. `also` are further words that mean it."""

    value: str
    names: Names
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What a kind of field may know of a turn: the city, its local time (aware), what there is to choose from, and
    by which documents beside the resident identity card somebody may be known.
    """

    now: datetime | None = None
    city: City | None = None
    options: Sequence[Option] = ()
    documents: Sequence[str] = ()


class FieldKind(Protocol):
    """One kind of field; the name by which `service.yml` asks for it is its key in `FIELD_KINDS`."""

    def read(self, written: str) -> Reading:
        """Read what is meant to be a value."""

    def find(self, text: str) -> Sequence[str]:
        """Find what is unmistakably such a value in a sentence (NFKC), in the order of the text, as it is written."""

    def attempts(self, text: str) -> bool:
        """Whether a whole text tries to be such a value, perhaps wrongly."""

    def shown(self, value: str) -> JsonValue:
        """A value in its one form as an argument of texts for the resident: named, formatted, masked where due."""

    def corrected(self, value: str, said: Correction) -> str | None:
        """The value with a part of it put right in words; None where they say nothing of it, or not clearly what."""
