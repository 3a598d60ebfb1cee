"""Which category a sentence is about: by the words that the agency gives for its categories, and by likeness.

May not know any one category. Place names are taken out first, so that a street called after a park is no park.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from actions.kinds.report.agency import Sort
from values.writing import has_han
from values.writing import plain as spelled

SURE = ((1.6, 1.25), (1.0, 2.5))
"""A category is meant if it scores so much, and so many times the next."""
LIKELY = 0.45
"""From here on a category is offered as a guess."""
GUESSES = 4
ALIKE = 1.2
"""What likeness alone can score."""
LATIN_LETTER = 0.4
"""A Latin letter says less than a Chinese character, which counts 1."""


@dataclass(frozen=True, slots=True)
class Inferred:
    """The category that is meant, if one surely is; else those that may be, the likeliest first."""

    sort: Sort | None
    guesses: tuple[Sort, ...] = ()


def inferred(text: str, sorts: Sequence[Sort], places: Iterable[str] = ()) -> Inferred:
    """Say what a sentence is about."""
    scores = scored(text, sorts, places)
    ranked = sorted((one for one in scores if one[0] > 0), key=lambda one: -one[0])
    if not ranked:
        return Inferred(None)
    best, second = ranked[0][0], ranked[1][0] if len(ranked) > 1 else 0.0
    if any(best >= least and best >= times * second for least, times in SURE):
        return Inferred(ranked[0][1])
    return Inferred(None, tuple(sort for score, sort in ranked[:GUESSES] if score >= max(LIKELY, best / 3)))


def scored(text: str, sorts: Sequence[Sort], places: Iterable[str] = ()) -> list[tuple[float, Sort]]:
    """Score every category: its words in the sentence, by their length, and how alike name and sentence are."""
    plain = spelled(text)
    for place in places:
        plain = plain.replace(spelled(place), " ")
    common = Counter(gram for sort in sorts for gram in _grams(_profile(sort)))
    said = _grams(plain)
    return [(_words(plain, sort) + _alike(said, sort, common, len(sorts)), sort) for sort in sorts]


def _words(plain: str, sort: Sort) -> float:
    """What the words of a category that stand in the sentence weigh; one within another counts once."""
    left, weight = plain, 0.0
    for word in sorted({spelled(word) for word in (*sort.words, sort.names.zh_Hans, sort.names.en)}, key=len)[::-1]:
        pattern = re.escape(word) if has_han(word) else rf"\b{_joined(word)}(?:e?s)?\b"
        left, found = re.subn(pattern, " ", left)
        if found:
            weight += sum(1.0 if has_han(char) else LATIN_LETTER for char in word if char.isalnum())
    return weight


def _joined(word: str) -> str:
    """A Latin word of several parts as people write it: street light, street-light, streetlight."""
    return r"[\s-]?".join(map(re.escape, word.split()))


def _alike(said: Counter[str], sort: Sort, common: Counter[str], total: int) -> float:
    """How much of the name and words the sentence shares, rare pairs of characters counting more."""
    own = _grams(_profile(sort))
    shared = sum(math.log(1 + total / common[gram]) for gram in own if gram in said)
    return ALIKE * shared / (shared + 6.0) if shared else 0.0


def _profile(sort: Sort) -> str:
    return spelled(" ".join((sort.names.zh_Hans, sort.names.en, *sort.words)))


def _grams(plain: str) -> Counter[str]:
    """Pairs of Chinese characters and whole Latin words without their plural."""
    pairs = Counter(pair for run in re.findall(r"[㐀-鿿]+", plain) for pair in map("".join, pairwise(run)))
    return pairs + Counter(word.removesuffix("s") for word in re.findall(r"[a-z]{4,}", plain))
