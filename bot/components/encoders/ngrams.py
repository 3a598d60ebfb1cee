"""A sentence as weighted n-grams: characters for Chinese and for misspelt words, words for English.

Sure values stand as one sign each (a plate is a plate), other digits only by their number.
"""

import json
import math
import re
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import Any, Dict, Iterable, List, Sequence, Tuple

import numpy as np
from scipy.sparse import csr_matrix

from bot.components.entities.spans import Span

CACHED_SENTENCES = 256
"""A message and its parts are each counted for five spaces."""
LONGEST = 4  # characters
RAREST = 2  # lines an n-gram must be in
_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?|[a-z]*\d[a-z\d]*|<\w+>|[\u3400-\u9fff]|[^\s\w]")
_DIGIT = re.compile(r"\d")


def template(normalised: str, values: Iterable[Span]) -> str:
    """Gives the sentence with its sure values as signs: any fines on ab12345 now → any fines on <plate> now."""
    parts, done = [], 0
    for value in values:
        if value.sure:
            parts += [normalised[done : value.start], f"<{value.entity}>"]
            done = value.end
    return "".join([*parts, normalised[done:]])


def terms(sentence: str) -> Counter:
    """Counts the n-grams of a template."""
    words = [f"#{len(word)}" if _DIGIT.search(word) else word for word in _WORD.findall(sentence)]
    counted = Counter(f"w {word}" for word in words)
    counted.update(f"w {first} {second}" for first, second in zip(["^", *words], [*words, "$"], strict=True))
    characters = "^" + _DIGIT.sub("0", " ".join(sentence.split())) + "$"
    for length in range(2, LONGEST + 1):
        counted.update(characters[start : start + length] for start in range(len(characters) - length + 1))
    return counted


_terms = lru_cache(CACHED_SENTENCES)(terms)


@dataclass(frozen=True)
class NgramSpace:
    """The n-grams known from training, and how telling each is (inverse document frequency)."""

    places: Dict[str, int]
    weights: np.ndarray

    @classmethod
    def fit(cls, sentences: Sequence[str], rarest: int = RAREST) -> Tuple["NgramSpace", csr_matrix]:
        """Learns the n-grams of training sentences; gives the vectors of these too, a row each.

        Args:
            sentences: as `template` gives them.
            rarest: lines that an n-gram must be in.
        """
        counted = [terms(sentence) for sentence in sentences]
        lines = Counter(chain.from_iterable(counted))
        known = sorted(term for term, count in lines.items() if count >= rarest)
        weights = [1.0 + math.log((1 + len(sentences)) / (1 + lines[term])) for term in known]
        space = cls({term: place for place, term in enumerate(known)}, np.array(weights, dtype=np.float32))
        return space, space._matrix(counted)

    def vector(self, sentence: str) -> Tuple[np.ndarray, np.ndarray]:
        """Gives the places and the weights, of length one together, of a sentence's known n-grams."""
        return self._vector(_terms(sentence))

    def _vector(self, counted: Counter) -> Tuple[np.ndarray, np.ndarray]:
        found = list(map(self.places.get, counted))
        places = np.array([place for place in found if place is not None], dtype=np.int32)
        counts = [count for place, count in zip(found, counted.values(), strict=True) if place is not None]
        values = (1.0 + np.log(np.array(counts, np.float64))) * self.weights[places]
        length = np.sqrt((values**2).sum())
        return places, (values / length if length else values).astype(np.float32)

    def _matrix(self, counted: Sequence[Counter]) -> csr_matrix:
        rows: List[Tuple[np.ndarray, np.ndarray]] = [self._vector(terms_of_line) for terms_of_line in counted]
        ends = np.cumsum([0, *(len(places) for places, _ in rows)])
        places = np.concatenate([np.zeros(0, np.int32), *(places for places, _ in rows)])
        values = np.concatenate([np.zeros(0, np.float32), *(values for _, values in rows)])
        return csr_matrix((values, places, ends), shape=(len(rows), len(self.weights)))

    def save(self, folder: Path) -> None:
        """Writes it into a model's folder."""
        with (folder / "ngrams.json").open("w", encoding="utf-8") as file:
            json.dump(list(self.places), file, ensure_ascii=False)
        np.save(folder / "ngram_weights.npy", self.weights)

    @classmethod
    def load(cls, folder: Path) -> "NgramSpace":
        """Reads it from a model's folder."""
        with (folder / "ngrams.json").open(encoding="utf-8") as file:
            known: List[Any] = json.load(file)
        return cls({term: place for place, term in enumerate(known)}, np.load(folder / "ngram_weights.npy"))
