"""A place that was typed in pinyin: names that the city's timetable has in their characters, all else as it was typed.

What sounds so is a guess that somebody would have to find: a street that means "welcoming spring" is no festival.
"""

import re
from collections.abc import Callable

from actions.dialogue.state.turn import Typed
from actions.fields.sounding import letters, syllables
from actions.transit.gazetteer import Gazetteer
from values.writing import has_han

type Known = Callable[[str], str | None]
"""The Chinese name of what is spelt so."""
LEAST, MOST = 4, 24
"""Letters of a name that is looked for."""
_PIECES = re.compile(r"[,，]\s*")
_WORD = re.compile(r"[a-z'’]+", re.IGNORECASE)


def nothing(_: str) -> None:
    """Of a city without a timetable no name is known."""
    return


def of_city(gazetteer: Gazetteer, city: str) -> Known:
    """The names of a city's stops, most of them streets and places."""

    def known(spelt: str) -> str | None:
        found = gazetteer.find(city, spelt)
        names = {one.names["zh_Hans"] for one in found.places if "zh_Hans" in one.names}
        same = [one for one in names if has_han(one) and "".join(syllables(one)) == letters(spelt)]
        return same[0] if found.sure and len(same) == 1 else None

    return known


def as_typed(place: str, typed: Typed, known: Known) -> str:
    """A place of a message in pinyin."""
    pieces = [typed.of(one) or one for one in _PIECES.split(place) if one]
    return ", ".join(_named(one, known) for one in pieces)


def _named(piece: str, known: Known) -> str:
    """A piece with the longest names in it in their characters."""
    words, said, at = list(_WORD.finditer(piece)), "", 0
    first = 0
    while first < len(words):
        last, name = _longest(piece, words[first:], known)
        if name is not None:
            said += piece[at : words[first].start()] + name
            at = words[first + last].end()
        first += last + 1
    return (said + piece[at:]).strip()


def _longest(piece: str, words: list[re.Match[str]], known: Known) -> tuple[int, str | None]:
    """The last of the words from the first on that are a name, and the name; the first and none."""
    for last in reversed(range(len(words))):
        spelt = piece[words[0].start() : words[last].end()]
        if LEAST <= len(letters(spelt)) <= MOST and not re.search(r"[^a-z'’\s]", spelt, re.IGNORECASE):
            name = known(spelt)
            if name is not None:
                return last, name
    return 0, None
