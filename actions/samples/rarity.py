"""How rare words are in what people ask: a word that few questions hold says what a text is about."""

import math
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache

from actions.phrases import plain
from actions.samples.likeness import RUNS, is_han, stem

_KEPT = 4096


@lru_cache(_KEPT)
def words(text: str) -> frozenset[str]:
    """The words of a text; of Chinese each two characters side by side, in Simplified form."""
    found: set[str] = set()
    for run in RUNS.findall(plain(text)):
        found |= {run[at : at + 2] for at in range(len(run) - 1)} if is_han(run) else {stem(run)}
    return frozenset(found)


class Rarity:
    """Weighs words by how few of some texts hold them, from 0 (all) to 1 (none); without texts each weighs 1."""

    def __init__(self, texts: Iterable[str] = ()) -> None:
        every = [words(one) for one in texts]
        self._often = Counter(word for one in every for word in one)
        self._rarest = math.log(1 + len(every))

    def shared(self, one: frozenset[str], other: frozenset[str]) -> float:
        """What words have in common: the sum of how rare they are."""
        return sum(map(self._weight, one & other))

    def _weight(self, word: str) -> float:
        return 1 - math.log(1 + self._often[word]) / self._rarest if self._rarest else 1.0
