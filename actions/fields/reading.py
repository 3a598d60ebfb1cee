"""The result of reading one value, and what a kind of field can do."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from pydantic import JsonValue

from desk.cities import City, Names


@dataclass(frozen=True, slots=True)
class Accepted:
    """A value in its one form. `remark` is the key of what the resident is told about it (only a part was taken)."""

    value: str
    remark: str | None = None


@dataclass(frozen=True, slots=True)
class Rejected:
    """No value. `reason` is the key of a text that says why, with `args`; `guesses` are values that may be meant."""

    reason: str
    args: dict[str, JsonValue] = field(default_factory=dict)
    guesses: tuple[str, ...] = ()


type Reading = Accepted | Rejected


@dataclass(frozen=True, slots=True)
class Option:
    """One of the things that a resident can choose. `also` are further words that mean it."""

    value: str
    names: Names
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What a kind of field may know of a turn: the city, its local time (aware), and what there is to choose from."""

    now: datetime | None = None
    city: City | None = None
    options: Sequence[Option] = ()


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


SEPARATORS = str.maketrans("", "", " \t\r\n\u3000·•・‧∙.。,，、-–—_/\\:：'\"“”‘’()（）[]【】#*")


def compact(written: str) -> str:
    """Put a code into capital ASCII letters and digits without the marks that people set between them."""
    return unicodedata.normalize("NFKC", written).translate(SEPARATORS).upper()
