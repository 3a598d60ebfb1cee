"""Finding things by what people call them: words in any of the languages, with slips of the pen, and ways to ask.

What can be found is known by phrases: its title, and how residents ask for it. A search is compared with each by the
pieces that both have, the rarer the weightier: pairs of Chinese characters in Simplified form, threes of letters. So a
letter too many, or a character too few, still finds; and “ticket for speeding” finds the fines, since somebody asks so.
"""

import math
import re
import unicodedata
from array import array
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from desk.texts.scripts import converter

LONGEST = 100
"""Characters of a search that are looked at."""
ENOUGH = 0.34
"""How alike a search and a phrase must be, 0 to 1: below it the search means something else."""
NEAR = 0.7
"""Of the likeness of the best one: what is less alike than that share of it is not shown."""

_RUN = re.compile("[a-z0-9]+|[\u3400-\u9fff\U00020000-\U0003ffff]+")


@dataclass(frozen=True, slots=True)
class Phrase:
    """How something is called. `weight` is 1 for its title, less for what is said of it."""

    of: str
    text: str
    weight: float = 1.0


class Index:
    """Finds keys by phrases.

    Args:
        phrases: of all that can be found; a key may have many.
    """

    def __init__(self, phrases: Iterable[Phrase]) -> None:
        self._phrases: list[tuple[str, float]] = []
        postings: defaultdict[str, array[int]] = defaultdict(lambda: array("L"))
        pieces_of: list[frozenset[str]] = []
        for phrase in phrases:
            pieces = frozenset(_pieces(phrase.text))
            for piece in pieces:
                postings[piece].append(len(self._phrases))
            self._phrases.append((phrase.of, phrase.weight))
            pieces_of.append(pieces)
        self._postings = dict(postings)
        self._rare = {piece: math.log(1 + len(pieces_of) / len(found)) for piece, found in postings.items()}
        self._unknown = math.log(1 + len(pieces_of))
        self._weights = array("d", (sum(self._rare[piece] for piece in pieces) for pieces in pieces_of))

    def find(self, written: str, among: Collection[str], most: int) -> list[str]:
        """The keys among some that a search may mean, the likeliest first, at most `most`."""
        wanted = _pieces(written[:LONGEST])
        whole = sum(self._rare.get(piece, self._unknown) for piece in wanted)
        if not whole:
            return []
        alike: defaultdict[int, float] = defaultdict(float)
        for piece in wanted:
            for place in self._postings.get(piece, ()):
                alike[place] += self._rare[piece]
        best: dict[str, float] = {}
        for place, common in alike.items():
            key, weight = self._phrases[place]
            if key in among:
                best[key] = max(best.get(key, 0.0), weight * _likeness(common, whole, self._weights[place]))
        enough = max(ENOUGH, NEAR * max(best.values(), default=0.0))
        found = sorted((-score, key) for key, score in best.items() if score >= enough)
        return [key for _, key in found[:most]]


def _likeness(common: float, wanted: float, phrase: float) -> float:
    """How alike two are, 0 to 1: what is wanted counts more than what a long phrase says besides."""
    return math.sqrt((common / wanted) ** 1.5 * (common / phrase) ** 0.5)


def best_of(written: str, texts: Mapping[str, Iterable[str]], most: int) -> list[str]:
    """The keys of a few texts that a search may mean, the likeliest first."""
    index = Index(Phrase(key, one) for key, several in texts.items() for one in several)
    return index.find(written, texts.keys(), most)


@lru_cache(maxsize=4096)
def _pieces(text: str) -> frozenset[str]:
    """The pieces of a text by which it is compared."""
    plain = str(converter("t2s").convert(unicodedata.normalize("NFKC", text).casefold()))
    found: set[str] = set()
    for run in _RUN.findall(plain):
        if run[0].isascii():
            edged = f" {run} "
            found |= {edged[at : at + 3] for at in range(len(edged) - 2)}
        else:
            found |= {run[at : at + 2] for at in range(len(run) - 1)} or {run}
    return frozenset(found)
