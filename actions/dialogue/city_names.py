"""Cities as residents write them: any script, Latin letters with or without tone marks, with or without 市.

May not know the dialogue.
"""

import unicodedata
from collections.abc import Iterable

from actions.transit.naming import simplified
from desk.cities import City


def cities_in(text: str, cities: Iterable[City]) -> list[City]:
    """The cities whose names stand in a text, in the order of their places in it."""
    said = plain(text)
    places = {
        city.slug: (max(said.rfind(name) for name in _names(city)), city)
        for city in cities
        if any(name in said for name in _names(city))
    }
    return [city for _, city in sorted(places.values(), key=lambda place: place[0])]


def plain(text: str) -> str:
    """One spelling for comparing: Simplified, lower case, letters and digits only, without tone marks."""
    letters = unicodedata.normalize("NFKD", simplified(unicodedata.normalize("NFKC", text))).casefold()
    return "".join(char for char in letters if char.isalnum())


def _names(city: City) -> set[str]:
    names = (city.slug, *city.names.model_dump(exclude_none=True).values())
    return {plain(name).removesuffix("市") for name in names}
