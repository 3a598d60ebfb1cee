"""Which parts of a city an alert is about: by its region codes where it has any, else by its rings and circles.

A city file knows its bounds and no borders: what meets the bounds holds in the whole city.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from desk.alerts.cap import Area, Info, Pair
from desk.alerts.shapes import circle_meets, ring_meets
from desk.city.files import City
from values.lexicon import lexicon

REGION_NAMES = lexicon(__file__).pattern("region_names", re.I)
"""What `valueName` of a geocode by GB/T 2260 is called, the meteorological administration's among them."""
REGION = re.compile(r"([1-9]\d{5})(?:\d{3}|\d{6})?", re.ASCII)
"""Six digits; nine or twelve name a street and a community within (GB/T 10114)."""
NATION = frozenset({"000000", "100000"})


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a city. `districts` None: everywhere in it, or it is not said where."""

    districts: tuple[str, ...] | None = None


def place_of(infos: Iterable[Info], city: City) -> Place | None:
    """Where in a city what is said holds; None: nowhere."""
    found = [place for info in infos for area in info.areas if (place := _of_area(area, city)) is not None]
    if not found:
        return None
    if any(one.districts is None for one in found):
        return Place()
    named = {slug for one in found for slug in one.districts or ()}
    return Place(tuple(one.slug for one in city.districts if one.slug in named))


def infos_of(infos: Sequence[Info], city: City) -> list[Info]:
    """What is said of a city."""
    return [one for one in infos if place_of([one], city) is not None]


def _of_area(area: Area, city: City) -> Place | None:
    regions = [code for pair in area.geocodes if (code := _region(pair)) is not None]
    if regions and city.code is not None:
        return _of_regions(regions, city)
    if any(ring_meets(one, city.bounds) for one in area.rings):
        return Place()
    if any(circle_meets(one, city.bounds) for one in area.circles):
        return Place()
    return None


def _region(pair: Pair) -> str | None:
    """The six digits of a region code; None: the pair is a code of another system, or none."""
    if REGION_NAMES.fullmatch(pair.name.strip()) is None:
        return None
    if pair.value.strip() in NATION:
        return ""
    found = REGION.fullmatch(pair.value.strip())
    return None if found is None else found[1]


def _of_regions(regions: Sequence[str], city: City) -> Place | None:
    assert city.code is not None
    within = _significant(city.code)
    if any(city.code.startswith(_significant(one)) for one in regions):
        return Place()  # the city, its province, or the country
    here = [one for one in regions if one.startswith(within)]
    if not here:
        return None
    districts = {one.code: one.slug for one in city.districts if one.code is not None}
    if any(one not in districts for one in here):
        return Place()  # a part of the city that its file does not know: rather too many than too few
    return Place(tuple(slug for code, slug in districts.items() if code in here))


def _significant(code: str) -> str:
    """The digits of a code that say something: 330000 is all of 33, 330100 all of 3301."""
    while code.endswith("00"):
        code = code[:-2]
    return code
