"""Finds known names in a whole sentence, in any script and spacing."""

import re
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass

from actions.transit.naming import spelt

MAX_NAME = 60
_WORD = re.compile(r"[a-z0-9]+|[^\W_]")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence for comparing, spelt as names are: without spaces and signs, which only part words.

    `starts` are the places where a name may begin (a Chinese character, the first letter of a Latin word), `ends`
    where one may end. `words` are the Latin words, by the place where they end.
    """

    text: str
    starts: frozenset[int]
    ends: frozenset[int]
    words: dict[int, str]

    @staticmethod
    def read(text: str) -> "Sentence":
        """Read what was typed."""
        letters, starts, ends, words = "", set(), set(), {}
        for match in _WORD.finditer(spelt(text)):
            starts.add(len(letters))
            letters += match[0]
            ends.add(len(letters))
            words[len(letters)] = match[0]
        return Sentence(letters, frozenset(starts), frozenset(ends), words)

    def spans(self, names: Container[str]) -> Iterator[tuple[int, int]]:
        """Give where names stand (start, end), the longest first at each place, without overlaps."""
        place = 0
        while place < len(self.text):
            end = 0
            if place in self.starts:
                last = min(len(self.text), place + MAX_NAME)
                stops = (e for e in range(last, place, -1) if e in self.ends and self.text[place:e] in names)
                end = next(stops, 0)
            if end:
                yield place, end
            place = max(end, place + 1)

    def spaced(self, without: Sequence[tuple[int, int]] = ()) -> str:
        """Write the sentence out again, with spaces between Latin words and nothing but a comma for some spans."""
        written = ""
        for place, sign in enumerate(self.text):
            if any(start <= place < end for start, end in without):
                written += "," if not written.endswith(",") else ""
                continue
            apart = place in self.starts and sign.isascii() and written[-1:].isascii()
            written += f" {sign}" if apart else sign
        return written

    def follows(self, place: int, words: frozenset[str]) -> bool:
        """Whether one of some Latin words or Chinese endings stands right before a place."""
        return self.words.get(place) in words or any(self.text[:place].endswith(w) for w in words if not w.isascii())
