"""Names by their sound: written with other characters, or in pinyin, whole or in part."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache

from pypinyin import Style, lazy_pinyin, pinyin

from values.writing import has_han, plain

LEAST = 2
"""Syllables by which a name may be told where nothing else is said."""
LEAST_INSIDE = 3
"""Syllables of a name that is looked for among others: two sound like another word too often."""
CONFUSED = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("ng", "n"))
"""Sounds that much of the country does not tell apart."""
_LETTERS = re.compile("[a-z]+")
_RUN = re.compile(r"[\u3400-\u9fff]+|[^\u3400-\u9fff]", re.DOTALL)

type Syllables = tuple[str, ...]


@lru_cache(maxsize=20_000)
def syllables(text: str) -> Syllables:
    """Give the syllables of a text, without tones, one a character; what is not Chinese stays."""
    runs = _RUN.findall(plain(text))
    return tuple(sound for run in runs for sound in (lazy_pinyin(run) if has_han(run) else (run,)))


@lru_cache(maxsize=20_000)
def sounds(character: str) -> frozenset[str]:
    """Give all that a character may sound like, without tones and without what is often confused."""
    heard = pinyin(character, style=Style.NORMAL, heteronym=True)[0]
    for written, folded in CONFUSED:
        heard = [one.replace(written, folded) for one in heard]
    return frozenset(heard)


def letters(text: str) -> str:
    """Give what is typed in pinyin in one row, without tones, spaces and signs; v for ü."""
    bare = unicodedata.normalize("NFD", text.casefold()).replace("u\u0308", "v")
    return "".join(_LETTERS.findall("".join(char for char in bare if not unicodedata.combining(char))))


def alike(said: str, names: Iterable[str]) -> list[str]:
    """Give the names that are said by their sound: whole, else inside what is said, else by their begin or end."""
    known = [name for name in names if has_han(name) and len(syllables(name)) >= LEAST]
    if not has_han(said):
        return _spelt(letters(said), known)
    spoken = syllables(said)
    if len(spoken) < LEAST:
        return []
    whole = [name for name in known if syllables(name) == spoken]
    inside = [name for name in known if len(syllables(name)) >= LEAST_INSIDE and _at(syllables(name), spoken) >= 0]
    return whole or inside or [name for name in known if _begins_or_ends(spoken, syllables(name))]


def places(text: str, names: Iterable[str]) -> list[tuple[int, int]]:
    """Give where names sound in a Chinese text whose plain form is as long, in its order."""
    spoken = syllables(text)
    long = {syllables(name) for name in names if has_han(name) and len(syllables(name)) >= LEAST_INSIDE}
    found = [(at, at + len(name)) for name in long if (at := _at(name, spoken)) >= 0]
    return sorted(found) if len(spoken) == len(text) else []


def misspelt(text: str, name: str) -> list[int]:
    """Give where a Chinese text has a name with some characters written for others of the same sound, and some right.

    Without a right character beside them two syllables are another word too often.
    """
    if not has_han(name) or len(name) < LEAST:
        return []
    places = range(len(text) - len(name) + 1)
    return [at for at in places if _is_misspelt(text[at : at + len(name)], name)]


def _is_misspelt(piece: str, name: str) -> bool:
    right = sum(one == other for one, other in zip(piece, name, strict=True))
    same = all(one == other or sounds(one) & sounds(other) for one, other in zip(piece, name, strict=True))
    return 0 < right < len(name) and same and all(has_han(one) for one in piece)


def _spelt(typed: str, known: Sequence[str]) -> list[str]:
    whole = [name for name in known if "".join(syllables(name)) == typed]
    return whole or [name for name in known if typed in _runs(syllables(name))]


@lru_cache(maxsize=20_000)
def _runs(name: Syllables) -> frozenset[str]:
    """What the begins and ends of a name are spelt."""
    counts = range(LEAST, len(name) + 1)
    return frozenset("".join(part) for count in counts for part in (name[:count], name[-count:]))


def _begins_or_ends(part: Syllables, name: Syllables) -> bool:
    return part in (name[: len(part)], name[-len(part) :])


def _at(part: Syllables, whole: Syllables) -> int:
    spans = range(len(whole) - len(part) + 1)
    return next((first for first in spans if whole[first : first + len(part)] == part), -1)
