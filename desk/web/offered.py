"""What a city's page says of the services that the city offers. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from desk.city.files import City
from desk.contract.messages import Text
from desk.contract.wire import Locale
from desk.texts.catalogs import Catalogs
from desk.web.parts import ServiceWords


@dataclass(frozen=True, slots=True)
class ServiceLine:
    """A service as the page shows it. `payload` starts it in the chat."""

    name: str
    title: str
    description: str
    agency: str
    payload: str


def service_lines(
    catalogs: Catalogs, city: City, services: Mapping[str, ServiceWords], locale: Locale
) -> list[ServiceLine]:
    """The services of a city that there are, in the order of its file."""
    return [
        _line(catalogs, city, offered.agency, services[name], name, locale)
        for name, offered in city.services.items()
        if name in services
    ]


def _line(catalogs: Catalogs, city: City, agency: str, words: ServiceWords, name: str, locale: Locale) -> ServiceLine:
    title = catalogs.text(Text(key=words.title), locale)
    # A description stands alone in the chat and begins with the title, which is the heading here.
    description = catalogs.text(Text(key=words.description), locale).removeprefix(title).lstrip("：: ")
    of = catalogs.name(city.agency(agency).names.model_dump(), locale)
    return ServiceLine(name, title, description, of, f"/{name}")
