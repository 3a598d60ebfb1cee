"""Districts that the texts of an announcement name: compared with those to whom it is told."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from pydantic import JsonValue

from desk.announcements.content import Draft
from desk.city.files import City
from desk.contract.messages import Text
from desk.contract.wire import LOCALES, Locale
from desk.texts.catalogs import spoken_name

FOLLOWERS, EVERYBODY = "followers", "everybody"


def districts_in(written: str, city: City, locale: Locale) -> frozenset[str]:
    """Slugs of the districts that a text in a language names, by their names in the city's own data.

    Where one name holds another the longer one counts: an agency that is called after its district is no district.
    """
    names = _names(city, locale)
    found = _pattern(tuple(names), locale).finditer(_plain(written))
    return frozenset(slug for one in found if (slug := names[one.group().lower()]) is not None)


def warnings_of_districts(draft: Draft, city: City, corrected: Draft | None = None) -> Iterator[Text]:
    """Districts that are named and not told as such. A correction goes to whom `corrected` was told."""
    named = _named(draft, city)
    if not named or draft.audience.whom == EVERYBODY:
        return
    chosen = draft.districts if corrected is None else corrected.districts
    others = [one for one in named if one not in chosen]
    if corrected is not None:
        if chosen and others:
            yield _said("corrected", city, others)
    elif draft.audience.whom != FOLLOWERS and not draft.audience.and_followers:
        whom: JsonValue = {"text": {"key": f"console.announcement_whom_{draft.audience.whom}"}}
        yield _said("elsewhere", city, named, whom=whom)
    elif chosen and others:
        yield _said("other", city, others, chosen=_together(city, chosen))
    elif not chosen and len(named) < len(city.districts):
        yield _said("all", city, named)


def _named(draft: Draft, city: City) -> list[str]:
    """Slugs of those that any language names, in the order of the city's data."""
    found = frozenset[str]().union(
        *(
            districts_in(f"{draft.titles.get(one, '')}\n{draft.texts.get(one, '')}", city, one)
            for one in draft.languages
        )
    )
    return [one.slug for one in city.districts if one.slug in found]


def _names(city: City, locale: Locale) -> dict[str, str | None]:
    """Names of the city, its agencies and its districts, in small letters; with the slug where it is a district's."""
    others = [city.names, *(one.names for one in city.agencies)]
    known: dict[str, str | None] = {_plain(spoken_name(one.model_dump(), locale)).lower(): None for one in others}
    for one in city.districts:
        known[_plain(spoken_name(one.names.model_dump(), locale)).lower()] = one.slug
    return known


@lru_cache(maxsize=256)
def _pattern(names: Sequence[str], locale: Locale) -> re.Pattern[str]:
    either = "|".join(re.escape(one) for one in sorted(names, key=len, reverse=True))
    return re.compile(rf"(?<!\w)(?:{either})(?!\w)" if locale == "en" else either, re.IGNORECASE)


def _plain(written: str) -> str:
    """With straight apostrophes, and one space between words."""
    return re.sub(r"[ \t\xa0\n]+", " ", written.replace("\u2019", "'"))


def _said(which: str, city: City, districts: Sequence[str], **args: JsonValue) -> Text:
    return Text(
        key=f"console.announcement_check_district_{which}", args={"districts": _together(city, districts), **args}
    )


def _together(city: City, districts: Sequence[str]) -> JsonValue:
    """What districts are called together, in the language of whoever reads it."""
    names = [one.names.model_dump() for one in city.districts if one.slug in set(districts)]
    return {"name": {locale: " · ".join(spoken_name(one, locale) for one in names) for locale in LOCALES}}
