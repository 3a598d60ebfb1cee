"""What a city's page says of the services that the city offers. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from desk.city.files import City
from desk.city.guides import LIFE_EVENTS, LifeEvent, LocalGuide
from desk.city.yaml_files import read_yaml
from desk.contract.messages import Text
from desk.contract.wire import Locale
from desk.texts.catalogs import Catalogs
from desk.web.parts import ServiceWords

FILE = Path(__file__).parent / "pictures.yml"
FREQUENT = 6
"""So many services stand first on the page, and in the greeting."""
ANYTHING = "code"


class Picture(BaseModel):
    """`path` is what an SVG path says; `months` are those of the service's season."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    path: str
    months: list[Annotated[int, Field(ge=1, le=12)]] = Field(default_factory=list)


class Pictures(BaseModel):
    """Of services by name, and of kinds of service."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    services: Mapping[str, Picture]
    kinds: Mapping[str, str]

    def of(self, name: str, kind: str) -> str:
        """The path of a service's picture."""
        own = self.services.get(name)
        return self.kinds.get(kind, self.kinds[ANYTHING]) if own is None else own.path

    def in_season(self, name: str, month: int) -> bool:
        return name in self.services and month in self.services[name].months


@cache
def pictures() -> Pictures:
    """The pictures as the file has them."""
    return Pictures.model_validate(read_yaml(FILE))


@dataclass(frozen=True, slots=True)
class ServiceLine:
    """A service as the page shows it. `payload` starts it in the chat; `picture` is the path of an SVG path."""

    name: str
    title: str
    description: str
    agency: str
    payload: str
    picture: str


def in_order(names: Iterable[str], month: int) -> list[str]:
    """Services as they stand: those in season first, else as the city's file has them."""
    return sorted(names, key=lambda name: not pictures().in_season(name, month))


def service_lines(
    catalogs: Catalogs, city: City, services: Mapping[str, ServiceWords], locale: Locale
) -> list[ServiceLine]:
    """The services of a city that there are, in the order of its file."""
    return [
        _line(catalogs, city, offered.agency, services[name], name, locale)
        for name, offered in city.services.items()
        if name in services
    ]


def frequent_lines(lines: Sequence[ServiceLine], month: int) -> list[ServiceLine]:
    """The few that stand first."""
    by_name = {line.name: line for line in lines}
    return [by_name[name] for name in in_order(by_name, month)[:FREQUENT]]


def by_life_event(
    lines: Iterable[ServiceLine], guides: Iterable[LocalGuide]
) -> list[tuple[LifeEvent | None, list[ServiceLine]]]:
    """Services under what in a life brings somebody to them, as guides that name them have it; None: of every day."""
    events: dict[str, Counter[LifeEvent]] = {}
    for local in guides:
        if local.guide.service is not None:
            events.setdefault(local.guide.service, Counter())[local.guide.life_event] += 1
    groups: dict[LifeEvent | None, list[ServiceLine]] = {}
    for line in lines:
        found = events.get(line.name)
        groups.setdefault(found.most_common(1)[0][0] if found else None, []).append(line)
    return [(event, groups[event]) for event in (None, *LIFE_EVENTS) if event in groups]


def _line(catalogs: Catalogs, city: City, agency: str, words: ServiceWords, name: str, locale: Locale) -> ServiceLine:
    title = catalogs.text(Text(key=words.title), locale)
    # A description stands alone in the chat and begins with the title, which is the heading here.
    description = catalogs.text(Text(key=words.description), locale).removeprefix(title).lstrip("：: ")
    of = catalogs.name(city.agency(agency).names.model_dump(), locale)
    return ServiceLine(name, title, description, of, f"/{name}", pictures().of(name, words.kind))
