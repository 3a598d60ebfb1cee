"""Cities as residents write them: any script, Latin letters with or without tone marks, with or without "city".

A name in Latin letters is a word or several of its own, no part of a longer one.
"""

import unicodedata
from collections.abc import Iterable

from actions.transit.naming import simplified
from desk.city.files import City
from values.lexicon import lexicon

_CITY_END = lexicon(__file__).text("city_end")

AFTER = ("city", "shi", "s")  # what may stand on to a name in Latin letters: …shi, …'s


def cities_in(text: str, cities: Iterable[City]) -> list[City]:
    """The cities whose names stand in a text, in the order of their places in it."""
    said, edges = _spelled(text)
    places = {city.slug: (max(_place(name, said, edges) for name in _names(city)), city) for city in cities}
    named = [place for place in places.values() if place[0] >= 0]
    return [city for _, city in sorted(named, key=lambda place: place[0])]


def plain(text: str) -> str:
    """One spelling for comparing: Simplified, lower case, letters and digits only, without tone marks."""
    return _spelled(text)[0]


def _spelled(text: str) -> tuple[str, frozenset[int]]:
    """The plain text, and the places in it where a word begins or ends: spaces, signs, other scripts."""
    letters = unicodedata.normalize("NFKD", simplified(unicodedata.normalize("NFKC", text))).casefold()
    said: list[str] = []
    edges = {0}
    for char in letters:
        if char.isalnum():
            if said and char.isascii() != said[-1].isascii():
                edges.add(len(said))
            said.append(char)
        elif not unicodedata.combining(char):
            edges.add(len(said))
    return "".join(said), frozenset(edges | {len(said)})


def _place(name: str, said: str, edges: frozenset[int]) -> int:
    """Where a name stands last in a text; -1: nowhere."""
    at = said.rfind(name)
    while at >= 0 and name.isascii() and not _is_whole(at, at + len(name), said, edges):
        at = said.rfind(name, 0, at + len(name) - 1)
    return at


def _is_whole(first: int, last: int, said: str, edges: frozenset[int]) -> bool:
    ends = (last, *(last + len(after) for after in AFTER if said.startswith(after, last)))
    return first in edges and any(end in edges for end in ends)


def _names(city: City) -> set[str]:
    names = (city.slug, *city.names.model_dump(exclude_none=True).values())
    return {plain(name).removesuffix(_CITY_END) for name in names}
