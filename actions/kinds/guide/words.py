"""Sentences as features of their matter: one word for all that mean the same, pairs of characters for the rest.

May not know any guide.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from actions.transit.naming import simplified

READ_CHARACTERS = 300
KNOWN_WORD, PAIR, SINGLE, WORD = 1.5, 1.0, 0.3, 1.2
"""How much a feature counts beside its rarity: a word that is declared, two characters, one character, a Latin word."""

_LATIN = re.compile(r"[a-z]+")
_SIGNS = str.maketrans("’-", "' ")
_HAN = re.compile(r"[一-鿿]+")
_ENDINGS = ("ations", "ation", "ings", "ing", "ies", "ed", "es", "s")


def plainly(text: str) -> str:
    """One spelling for comparing: NFKC, lower case, Simplified; apostrophes straight, no hyphens."""
    return simplified(unicodedata.normalize("NFKC", text[:READ_CHARACTERS])).casefold().translate(_SIGNS)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Words that mean the same, and words that say nothing, as patterns."""

    same: re.Pattern[str]
    meaning: Mapping[str, str]
    empty: re.Pattern[str]

    @classmethod
    def of(cls, same_words: Mapping[str, Iterable[str]], empty_words: Iterable[str]) -> "Vocabulary":
        """Make one of what a service file declares; of words that begin alike the longest counts."""
        meaning = {plainly(word): one for one, words in same_words.items() for word in (one, *words)}
        return cls(pattern(meaning), meaning, pattern(empty_words))

    def features(self, text: str) -> dict[str, float]:
        """The features of a sentence with their weights; none where it names no matter."""
        said = plainly(text)
        known = {f"={self.meaning[found]}": KNOWN_WORD for found in self.same.findall(said)}
        rest = self.empty.sub(" ", self.same.sub(" ", said))
        return {**_characters(rest), **_words(rest), **known}


def pattern(words: Iterable[str]) -> re.Pattern[str]:
    """What finds any of some words: a Latin one only whole, a Chinese one anywhere."""
    longest_first = sorted({plainly(word) for word in words}, key=len, reverse=True)
    return re.compile("|".join(_bounded(word) for word in longest_first) or r"(?!)")


def _bounded(word: str) -> str:
    head = r"(?<![a-z0-9])" if word[:1].isascii() else ""
    tail = r"(?![a-z0-9])" if word[-1:].isascii() else ""
    return f"{head}{re.escape(word)}{tail}"


def _characters(text: str) -> dict[str, float]:
    found: dict[str, float] = {}
    for run in _HAN.findall(text):
        found |= dict.fromkeys(run, SINGLE if len(run) > 1 else PAIR)
        found |= {run[place : place + 2]: PAIR for place in range(len(run) - 1)}
    return found


def _words(text: str) -> dict[str, float]:
    return {_stem(word): WORD for word in _LATIN.findall(text) if len(word) > 1}


def _stem(word: str) -> str:
    """The word without its ending: enough to compare words with each other, and no more."""
    ending = next((one for one in _ENDINGS if word.endswith(one) and len(word) - len(one) >= 3), "")
    return word.removesuffix(ending)
