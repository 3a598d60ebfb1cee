"""The offices of a city: how they are reached, whether they are open just now, and what is done there."""

from dataclasses import dataclass

from aiohttp import web

from desk.city.files import Agency, City
from desk.contract.messages import Text
from desk.contract.wire import Locale
from desk.texts.catalogs import seal_of
from desk.tickets.hours import is_open, opens_at
from desk.web import languages
from desk.web.access import public
from desk.web.offered import ServiceLine, service_lines
from desk.web.pages import hours_lines, page
from desk.web.parts import PARTS, Parts
from desk.web.problems import Problem

ADDRESS = "/{city:[a-z][a-z0-9_]*}/offices"


@dataclass(frozen=True, slots=True)
class OfficeLine:
    """An office as pages show it; `opens` says when it opens next, where it is closed and that is known."""

    slug: str
    name: str
    phone: str
    hours: list[str]
    is_open: bool
    opens: str | None


@public
async def offices_page(request: web.Request) -> web.Response:
    """All offices of a city, with the services of each."""
    parts = request.app[PARTS]
    city = parts.cities.get(request.match_info["city"])
    if city is None:
        raise Problem("unknown_city", cities=[*sorted(parts.cities)])
    locale = languages.requested(request, city.languages)
    return page(
        request,
        "offices.html",
        locale,
        city.languages,
        city=city.slug,
        name=parts.catalogs.name((city.greeting_names or city.names).model_dump(), locale),
        seal=seal_of(city.names.model_dump(), locale),
        offices=[(office_line(parts, city, one, locale), _done_at(parts, city, one, locale)) for one in city.agencies],
    )


def office_line(parts: Parts, city: City, agency: Agency, locale: Locale) -> OfficeLine:
    """An office as it is now."""
    now = city.local(parts.now())
    opened = is_open(agency, city, now)
    opens = None if opened else opens_at(agency, city, now)
    said = None
    if opens is not None:
        day = {"day": opens.date().isoformat(), "today": now.date().isoformat()}
        args = {"day": day, "time": {"time": f"{opens:%H:%M}"}}
        said = parts.catalogs.text(Text(key="web.office_opens", args=args), locale)
    name = parts.catalogs.name(agency.names.model_dump(), locale)
    return OfficeLine(agency.slug, name, agency.phone, hours_lines(parts.catalogs, agency.hours, locale), opened, said)


def _done_at(parts: Parts, city: City, agency: Agency, locale: Locale) -> list[ServiceLine]:
    """The services that an office answers for, or for a part of which it does."""
    lines = service_lines(parts.catalogs, city, parts.services, locale)
    return [line for line in lines if agency.slug in _agencies_of(city, line.name)]


def _agencies_of(city: City, service: str) -> set[str]:
    offered = city.services[service]
    return {offered.agency, *offered.agencies.values()}
