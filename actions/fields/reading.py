"""The result of reading one value, and what a kind of field can do."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from pydantic import JsonValue


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


class FieldKind(Protocol):
    """One kind of field; the name by which `service.yml` asks for it is its key in `FIELD_KINDS`."""

    def read(self, written: str) -> Reading:
        """Read what is meant to be a value."""

    def find(self, text: str) -> Sequence[str]:
        """Find what is unmistakably such a value in a sentence, in the order of the text."""

    def attempts(self, text: str) -> bool:
        """Whether a whole text tries to be such a value, perhaps wrongly."""


SEPARATORS = str.maketrans("", "", " \t\r\n\u3000·•・‧∙.。,，、-–—_/\\:：'\"“”‘’()（）[]【】#*")


def compact(written: str) -> str:
    """Put a code into capital ASCII letters and digits without the marks that people set between them."""
    return unicodedata.normalize("NFKC", written).translate(SEPARATORS).upper()
