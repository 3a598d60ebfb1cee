"""The telephones that everybody may know: what cities and the nation publish, as the digits that somebody writes."""

from collections.abc import Iterator, Mapping

from desk.city.directory import Directory, area_code
from desk.city.files import City

COUNTRY = "86"
LONGEST_SHORT = 6
"""Digits of a number that is nobody's line at home: those have seven or eight after their area code."""


def published_numbers(cities: Mapping[str, City], directory: Directory) -> frozenset[str]:
    """All of them, in digits alone: as they are called in their city, from another one and from abroad.

    Raises:
        ConfigurationError: a telephone that only one city has lacks something.
    """
    return frozenset(form for city in cities.values() for number in _of(city, directory) for form in _forms(number))


def _of(city: City, directory: Directory) -> Iterator[str]:
    """The numbers of a city; what is dialled everywhere, with its area code too."""
    code = area_code(city)
    lines = (directory.of(city, name).number for name in directory.lines(city))
    for number in (*(agency.phone for agency in city.agencies), *lines):
        yield number
        if code is not None and "-" not in number and len(number) <= LONGEST_SHORT:
            yield f"{code}-{number}"


def _forms(number: str) -> Iterator[str]:
    code, _, local = number.rpartition("-")
    digits = code.replace("-", "") + local
    yield digits
    if code.startswith("0"):
        yield COUNTRY + digits[1:]
    if len(local) <= LONGEST_SHORT:  # longer ones are somebody else's in other cities
        yield local
