"""How likely a word of Latin letters is one of English, or a name in it, as residents write them."""

import json
import math
import re
from collections import Counter
from itertools import chain
from pathlib import Path
from typing import Dict, Iterable, Mapping, Tuple

WORD = re.compile("[a-z]+")
_EDGE = "^"
_LETTERS = 27
_LENGTH = 3
_FILE = "latin_words.json"


class LatinWords:
    """Words by how often they are written, and triples of letters for words that nobody has written yet."""

    def __init__(self, words: Mapping[str, int], letters: Mapping[str, int]) -> None:
        self._words, self._letters = dict(words), dict(letters)
        self._total, self._types = sum(words.values()), len(words)
        pairs: Counter = Counter()
        for triple, count in letters.items():
            pairs[triple[:2]] += count
        self._pairs: Dict[str, int] = dict(pairs)

    @classmethod
    def fit(cls, lines: Iterable[str]) -> "LatinWords":
        """Learns from lines in lower case."""
        words = Counter(chain.from_iterable(map(WORD.findall, lines)))
        letters: Counter = Counter()
        for word in words:
            letters.update(_triples(word))
        return cls(words, letters)

    def knows(self, word: str) -> bool:
        """Whether somebody has written it."""
        return word in self._words

    def likely(self, word: str) -> float:
        """Gives the log probability of a word."""
        new = math.log(self._types) + self._spelling(word)
        written = self._words.get(word, 0)
        return (math.log(written + math.exp(new)) if written else new) - math.log(self._total + self._types)

    def _spelling(self, word: str) -> float:
        return sum(
            math.log((self._letters.get(triple, 0) + 0.1) / (self._pairs.get(triple[:2], 0) + 0.1 * _LETTERS))
            for triple in _triples(word)
        )

    def save(self, folder: Path) -> None:
        """Writes it into a model's folder."""
        (folder / _FILE).write_text(json.dumps([self._words, self._letters]), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> "LatinWords":
        """Reads it from a model's folder."""
        return cls(*json.loads((folder / _FILE).read_text(encoding="utf-8")))


def _triples(word: str) -> Tuple[str, ...]:
    written = f"{_EDGE}{_EDGE}{word}{_EDGE}"
    return tuple(written[place : place + _LENGTH] for place in range(len(written) - _LENGTH + 1))
