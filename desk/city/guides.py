"""Guides as data: what `guides/*.yml` may say, read and checked.

A guide says for the whole country how one matter is settled; a city says in its own file which guides it offers, and
what is different there (`services.<service>.guides`). Every sentence that a resident reads of a matter stands here.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Literal, get_args

from pydantic import ConfigDict, Field

from desk.city.files import Agency, City, CityModel, Link, Names, OfferedGuides
from desk.city.places import faults
from desk.city.yaml_files import read_yaml
from desk.contract.errors import ConfigurationError
from desk.contract.wire import Slug

FOLDER = "guides"

# fmt: off
type LifeEvent = Literal[
    "family", "school", "work", "insurance", "health", "home", "identity", "travel", "foreigners", "driving",
    "getting_about", "business", "old_age", "death", "daily_life", "law",
]
# fmt: on
LIFE_EVENTS: tuple[LifeEvent, ...] = get_args(LifeEvent.__value__)
"""What in a life brings somebody to a guide, in the order of the public list."""


class Asked(CityModel):
    """How residents ask, by language; Cantonese and its words among zh_Hant."""

    zh_Hans: Annotated[list[str], Field(min_length=1)]
    zh_Hant: Annotated[list[str], Field(min_length=1)]
    en: Annotated[list[str], Field(min_length=1)]

    @property
    def all(self) -> tuple[str, ...]:
        return (*self.zh_Hans, *self.zh_Hant, *self.en)


class Case(CityModel):
    """A special case of a matter, what follows if, or what is often believed wrongly."""

    about: Names = Field(description="The case in a few words.")
    said: Names = Field(description="What holds then.")


class Guide(CityModel):
    """How one matter is settled. What is not sure is left out: an absent field is honestly said to be absent."""

    model_config = ConfigDict(populate_by_name=True)

    names: Names = Field(description="Its title.")
    life_event: LifeEvent = Field(description="Under which heading of the public list it stands.")
    agency: Slug = Field(description="The city's agency; in a city without it the service's own agency is called.")
    responsible: Names = Field(description="What sort of office decides, as the law calls it.")
    service: Slug | None = Field(None, description="The service of the account that settles it, where it is offered.")
    answered_by: list[Slug] = Field(
        default_factory=list, description="Only these services of the kind `guide` answer with it; none: all of them."
    )
    whom: Names | None = Field(None, alias="for", description="Whom and what it is for.")
    not_for: Names | None = Field(None, description="What is near to it, and is another matter.")
    asked: Asked
    answer: Names = Field(description="The answer in one or two sentences.")
    who: Names | None = None
    papers: list[Names] = Field(default_factory=list)
    steps: Annotated[list[Names], Field(min_length=1)]
    place: Names
    fee: Names | None = None
    days: Names | None = Field(None, description="Time limits.")
    cases: list[Case] = Field(default_factory=list, description="Special cases, and what is asked beside.")
    notes: list[Names] = Field(default_factory=list)
    link: Link | None = Field(None, description="An official page or platform.")
    sources: Annotated[list[Names], Field(min_length=1)] = Field(description="Laws and rules, by their true names.")
    dated: date = Field(description="The day of the text.")
    until: date | None = Field(None, description="The last day on which it is told; none: until it is deleted.")

    def holds_on(self, day: date) -> bool:
        """Whether residents are told of it on a day of their city."""
        return self.until is None or day <= self.until


@dataclass(frozen=True, slots=True)
class LocalGuide:
    """A guide as one city offers it: `agency` has the telephone and the hours."""

    slug: str
    guide: Guide
    agency: Agency


def load_guide(path: Path) -> Guide:
    """Read one guide.

    Raises:
        ConfigurationError: it is not YAML, breaks the schema, or its file has no proper name.
    """
    try:
        guide = Guide.model_validate(read_yaml(path))
    except ValueError as exc:
        raise ConfigurationError(
            f"{faults(path, exc)}. Mend the file; its fields are in docs/reference/guide-files.md."
        ) from exc
    if not path.stem.isidentifier() or path.stem != path.stem.lower():
        raise ConfigurationError(f"{FOLDER}/{path.name}: name it with lower-case letters, digits and underscores.")
    return guide


def load_guides(folder: Path) -> dict[str, Guide]:
    """Read all guides, by slug, in alphabetical order.

    Raises:
        ConfigurationError: there is none, or one is wrong.
    """
    guides = {path.stem: load_guide(path) for path in sorted(folder.glob("*.yml"))}
    if not guides:
        raise ConfigurationError(f"No guide in {folder}. docs/how-to/publish-a-guide.md says how to write one.")
    return guides


def offered_in(city: City, service: str, guides: Mapping[str, Guide]) -> dict[str, LocalGuide]:
    """The guides that a city offers with a service, with what is different there, by slug.

    Raises:
        ConfigurationError: the city file names a guide that there is not.
    """
    offered = city.services[service]
    chosen = offered.guides or OfferedGuides()
    if unknown := sorted({*(chosen.only or ()), *chosen.besides, *chosen.here} - set(guides)):
        raise ConfigurationError(
            f"{city.slug}.yml: services.{service}.guides names {', '.join(unknown)}, which {FOLDER}/ does not have."
        )
    found = {}
    for slug, guide in guides.items():
        left_out = slug in chosen.besides or (chosen.only is not None and slug not in chosen.only)
        if left_out or (guide.answered_by and service not in guide.answered_by):
            continue
        here = chosen.here.get(slug)
        changes = {} if here is None else here.model_dump(exclude_none=True)
        local = Guide.model_validate(guide.model_dump() | changes) if changes else guide
        agency = next((one for one in city.agencies if one.slug == local.agency), city.agency(offered.agency))
        found[slug] = LocalGuide(slug, local, agency)
    return found


def holding(guides: Mapping[str, LocalGuide], day: date) -> dict[str, LocalGuide]:
    """Those of some guides that residents are told of on a day of their city."""
    return {slug: local for slug, local in guides.items() if local.guide.holds_on(day)}


def guides_by_city(
    folder: Path, cities: Mapping[str, City], services: Iterable[str]
) -> dict[str, dict[str, LocalGuide]]:
    """The guides of each city that offers one of the services that answer from guides.

    Raises:
        ConfigurationError: a guide is wrong, or a city names one that there is not.
    """
    return offered_by(load_guides(folder), cities, services)


def offered_by(
    guides: Mapping[str, Guide], cities: Mapping[str, City], services: Iterable[str]
) -> dict[str, dict[str, LocalGuide]]:
    """The same of some guides.

    Raises:
        ConfigurationError: a city names one that there is not.
    """
    found = dict[str, dict[str, LocalGuide]]()
    for service in services:
        for slug, city in cities.items():
            if service in city.services:
                found.setdefault(slug, {}).update(offered_in(city, service, guides))
    return found


def guide_problems(guides: Mapping[str, Guide], cities: Mapping[str, City], today: date) -> list[str]:
    """List what the schema cannot see: dates to come, agencies and services that no city has, texts in one language."""
    agencies = {agency.slug for city in cities.values() for agency in city.agencies}
    services = {name for city in cities.values() for name in city.services}
    problems = []
    for slug, guide in guides.items():
        where = f"{FOLDER}/{slug}.yml"
        if guide.dated > today:
            problems.append(f"{where}: dated {guide.dated} lies in the future")
        if guide.until is not None and guide.until < today:
            problems.append(f"{where}: told until {guide.until}; delete it, or look at its text and take the day away")
        if guide.agency not in agencies:
            problems.append(f"{where}: no city has the agency {guide.agency}; there are {', '.join(sorted(agencies))}")
        if guide.service is not None and guide.service not in services:
            problems.append(f"{where}: no city offers the service {guide.service}")
        problems += [f"{where}: {name} is empty or not in its language" for name in _unsaid(guide)]
    return problems


def _unsaid(guide: Guide) -> list[str]:
    """Texts that are empty, or whose Chinese has no Chinese character, or whose English is Chinese alone."""
    single = {
        name: text
        for name in ("names", "responsible", "whom", "not_for", "answer", "place", "who", "fee", "days")
        if (text := getattr(guide, name)) is not None
    }  # fmt: skip
    several = {
        f"{name} {number}": text
        for name in ("papers", "steps", "notes", "sources")
        for number, text in enumerate(getattr(guide, name), 1)
    }
    of_cases = {
        f"cases {number} {name}": getattr(case, name)
        for number, case in enumerate(guide.cases, 1)
        for name in ("about", "said")
    }
    return [name for name, text in (single | several | of_cases).items() if not text.is_said]
