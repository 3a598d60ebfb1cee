"""What a sentence says that another value should be: what is meant, and what is not ("it's 65, not 56")."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from actions.phrases import normalised, phrases

type _Sort = Literal["lead", "meant", "refused", "further"]
_SIGNS = " \t“”\"'「」『』:：…~～"
CLAUSE = re.compile(r"[，,。;；!！?？\n]|\.(?!\w)")
"""Where a clause ends."""


@dataclass(frozen=True, slots=True)
class Correction:
    """A sentence in pieces, as they are written (NFKC).

    `lead` is what stands before both: often what is corrected ("the last two digits"). `about` is what a value is
    corrected to where nothing is refused, too ("the last four are 7788").
    """

    text: str
    lead: str
    meant: tuple[str, ...]
    refused: tuple[str, ...]

    @property
    def told(self) -> tuple[str, ...]:
        """What is meant, in its own words ("a cover is open", and not "a cover" and "open")."""
        if len(self.meant) < 2:
            return self.meant
        start, end = self.text.find(self.meant[0]), self.text.rfind(self.meant[-1]) + len(self.meant[-1])
        whole = self.text[start:end] if 0 <= start < end else ""
        return (whole,) if whole and not any(one in whole for one in self.refused) else self.meant

    def says(self, group: str) -> bool:
        """Whether the sentence has one of a group of phrases."""
        return phrases(group).within(normalised(self.text))


def correction(text: str) -> Correction:
    """Take a sentence to pieces: at the words that mean and refuse something, and where clauses end."""
    normal = unicodedata.normalize("NFKC", text)
    pieces = [(sort, piece.strip(_SIGNS)) for sort, piece in _pieces(normal)]
    refuses = any(sort == "refused" and piece for sort, piece in pieces)
    means = any(sort == "meant" and piece for sort, piece in pieces)
    sorts = ("meant",) if means or not refuses else ("meant", "further")
    return Correction(
        normal,
        next((piece for sort, piece in pieces if sort == "lead"), ""),
        tuple(piece for sort, piece in pieces if sort in sorts and piece),
        tuple(piece for sort, piece in pieces if sort == "refused" and piece),
    )


def _pieces(normal: str) -> Iterator[tuple[_Sort, str]]:
    """Pieces in the order of the text; `further` is a clause in which nothing says what it is."""
    said = normalised(normal)
    marks: list[tuple[int, int, _Sort]] = [(*found.span(), "refused") for found in phrases("but_not").every(said)]
    for found in phrases("but_this").every(said):
        if not any(start < found.end() and found.start() < end for start, end, _ in marks):
            marks.append((*found.span(), "meant"))
    for found in CLAUSE.finditer(said):
        if not any(start < found.end() and found.start() < end for start, end, _ in marks):
            marks.append((*found.span(), "further"))
    sort: _Sort = "lead"
    at = 0
    for start, end, following in sorted(marks):
        yield sort, normal[at:start]
        sort = "lead" if sort == "lead" and following == "further" else following
        at = end
    yield sort, normal[at:]
