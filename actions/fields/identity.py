"""Who somebody is: the number of a resident identity card, or of another document that an agency takes in its place.

A value is the card's number as it is, another one with its document before it: `passport:E12345678`.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pydantic import JsonValue

from actions.fields.codes import Code
from actions.fields.correction import Correction
from actions.fields.reading import Circumstances
from values.definition import Accepted, Reading, Rejected, ValueType
from values.finding import find_asked
from values.types import passport
from values.writing import compact

SHOWN = 4
OF_A_DOCUMENT = re.compile(r"(?=.*\d)[A-Za-z0-9]{7,10}")
"""So long are numbers of passports and permits, of many countries digits alone; a card has 15 or 18."""


@dataclass(frozen=True, slots=True)
class Document:
    """A document by the form of its number. `told`: the form alone tells it in a sentence."""

    number: re.Pattern[str]
    told: bool

    def read(self, written: str) -> str | None:
        """The number; None where it is none."""
        code = compact(written)
        return code if self.number.fullmatch(code) else None

    def find(self, normal: str) -> list[str]:
        """What in a text (NFKC) is such a number, as it is written."""
        if not self.told:
            return []
        codes = re.findall(r"(?<![A-Za-z0-9])[A-Za-z]\d{8,10}(?![A-Za-z0-9])", normal)
        return [one for one in codes if self.read(one)]


@dataclass(frozen=True, slots=True)
class Passport(Document):
    """One of any country; a Chinese one has the form of such."""

    def read(self, written: str) -> str | None:
        read = passport.read(written)
        return read.value if isinstance(read, Accepted) else None

    def find(self, normal: str) -> list[str]:
        return list(find_asked(passport.TYPE, normal, None))


DOCUMENTS: Mapping[str, Document] = {
    "hk_macau_permit": Document(re.compile(r"[HM]\d{8}(?:\d{2})?"), told=True),
    "taiwan_permit": Document(re.compile(r"\d{8}"), told=False),
    "passport": Passport(re.compile(r"[A-Z0-9]{8,10}"), told=True),
}
"""Permits of residents of Hong Kong, Macau (H or M, eight digits, two more on old ones) and Taiwan (eight digits) to
travel to the mainland (Exit and Entry Administration, the permits' own notes); passports. The first that reads counts.
"""


def is_told_by_its_question(text: str) -> bool:
    """Whether digits alone are as many as some documents have, and are one only where a document is asked for."""
    number = compact(text)
    return number.isdigit() and OF_A_DOCUMENT.fullmatch(number) is not None


class Identity(Code):
    """`id_number`: the card's number, or that of another document that the agency takes (`Circumstances.documents`)."""

    def __init__(self, value_type: ValueType, at: Circumstances) -> None:
        super().__init__(value_type, at)
        self.documents = tuple(at.documents)

    def read(self, written: str) -> Reading:
        document, number = parted(written)
        if document is not None:
            return Accepted(written) if DOCUMENTS[document].read(number) == number else Rejected("identity.wrong_form")
        card = super().read(written)
        if isinstance(card, Accepted):
            return card
        other = next(((name, code) for name, one in DOCUMENTS.items() if (code := one.read(written))), None)
        if other is not None and other[0] in self.documents:
            return Accepted(f"{other[0]}:{other[1]}")
        if other is not None and DOCUMENTS[other[0]].told:
            return Rejected("identity.not_taken")
        number = compact(written)
        if self.documents and (number[:1].isalpha() or OF_A_DOCUMENT.fullmatch(number)):
            return Rejected("identity.wrong_form")
        return Rejected("identity.not_taken") if OF_A_DOCUMENT.fullmatch(number) else card

    def find(self, text: str) -> Sequence[str]:
        found = list(super().find(text))
        normal = unicodedata.normalize("NFKC", text)
        others = (number for name in self.documents for number in DOCUMENTS[name].find(normal))
        return [*found, *(one for one in dict.fromkeys(others) if not any(one in card for card in found))]

    def attempts(self, text: str) -> bool:
        return super().attempts(text) or any(one.read(text) is not None for one in DOCUMENTS.values())

    def shown(self, value: str) -> JsonValue:
        document, number = parted(value)
        return super().shown(value) if document is None else f"{'*' * (len(number) - SHOWN)}{number[-SHOWN:]}"

    def corrected(self, value: str, said: Correction) -> str | None:
        document, number = parted(value)
        mended = super().corrected(number, said)
        return mended if mended is None or document is None else f"{document}:{mended}"


def parted(value: str) -> tuple[str | None, str]:
    """The document of a value, None for the resident identity card, and its number."""
    document, colon, number = value.partition(":")
    return (document, number) if colon and document in DOCUMENTS else (None, value)
