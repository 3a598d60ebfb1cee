"""How much a sentence is about each of several things, by the words for them."""

import math
import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from values.writing import has_han
from values.writing import plain as spelled

ALIKE = 1.2
"""What likeness alone can score."""
LATIN_LETTER = 0.4
"""A Latin letter says less than a Chinese character, which counts 1."""


def scored(text: str, called: Sequence[Sequence[str]]) -> list[float]:
    """Score each thing: its words in the sentence, by their length, and how alike they and the sentence are.

    `called` are the words for each, its names among them.
    """
    plain = spelled(text)
    profiles = [_grams(spelled(" ".join(words))) for words in called]
    common = Counter(gram for own in profiles for gram in own)
    said = _grams(plain)
    both = zip(called, profiles, strict=True)
    return [_words(plain, words) + _alike(said, own, common, len(called)) for words, own in both]


def _words(plain: str, words: Sequence[str]) -> float:
    """What the words that stand in the sentence weigh; one within another counts once."""
    left, weight = plain, 0.0
    for word in sorted({spelled(word) for word in words}, key=len)[::-1]:
        if not all(part in left for part in ((word,) if has_han(word) else word.split())):
            continue  # before a pattern is made of each word that there is
        pattern = re.escape(word) if has_han(word) else rf"\b{_joined(word)}(?:e?s)?\b"
        left, found = re.subn(pattern, " ", left)
        if found:
            weight += sum(1.0 if has_han(char) else LATIN_LETTER for char in word if char.isalnum())
    return weight


def _joined(word: str) -> str:
    """A Latin word of several parts as people write it: street light, street-light, streetlight."""
    return r"[\s-]?".join(map(re.escape, word.split()))


def _alike(said: Counter[str], own: Counter[str], common: Counter[str], total: int) -> float:
    """How much of the words the sentence shares, rare pairs of characters counting more."""
    shared = sum(math.log(1 + total / common[gram]) for gram in own if gram in said)
    return ALIKE * shared / (shared + 6.0) if shared else 0.0


def _grams(plain: str) -> Counter[str]:
    """Pairs of Chinese characters and whole Latin words without their plural."""
    pairs = Counter(pair for run in re.findall(r"[\u3400-\u9fff]+", plain) for pair in map("".join, pairwise(run)))
    return pairs + Counter(word.removesuffix("s") for word in re.findall(r"[a-z]{4,}", plain))
