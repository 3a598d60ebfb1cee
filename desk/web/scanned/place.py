"""Where a conversation goes on: the city and language of a page, and how its pages are written."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from channels.webchat import NAME
from desk.city.files import City
from desk.contract.wire import Locale
from desk.going_on.service import GoingsOn
from desk.texts.catalogs import seal_of
from desk.tickets.hours import answering_agency
from desk.visits.rows import Visit
from desk.web import cookies, languages
from desk.web.gate import WITH_FORM, Posted, posted
from desk.web.limits import Rate
from desk.web.matters.page import VISITS, token_of
from desk.web.pages import page
from desk.web.parts import PARTS, Parts
from desk.web.problems import Problem

GOINGS_ON = web.AppKey("goings_on", GoingsOn)
SCREEN, DEVICE = "/{city:[a-z][a-z0-9_]*}/on-my-phone", "/{city:[a-z][a-z0-9_]*}/go-on"
LOOKS = Rate(per_second=20, capacity=400)  # of one address, which may be that of many: pages look again and again
HEADERS: Mapping[str, str] = {
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex, nofollow",
    "Content-Security-Policy": WITH_FORM,
}


@dataclass(frozen=True, slots=True)
class Place:
    """A city's page in a language. `visit` is that of the browser; None: it has none."""

    parts: Parts
    city: City
    locale: Locale
    visit: Visit | None

    def at(self, path: str, **query: str) -> str:
        """The address of one of the city's pages, in this language."""
        return f"/{self.city.slug}{path}?{urlencode({'lang': self.locale, **query})}"

    def goes_on(self, service: str | None) -> str:
        """Where the conversation is: in the form of a service, else in the chat."""
        known = service is not None and service in self.city.services and service in self.parts.services
        return self.at(f"/services/{service}/form") if known else f"{self.at('')}#talk"


async def place_of(request: web.Request) -> Place:
    """Where a request is.

    Raises:
        Problem: there is no such city.
    """
    parts = request.app[PARTS]
    city = parts.cities.get(request.match_info["city"])
    if city is None:
        raise Problem("unknown_city", cities=[*sorted(parts.cities)])
    token = token_of(request)
    visit = None if token is None else await request.app[VISITS].find(token)
    return Place(parts, city, languages.requested(request, city.languages), visit)


async def pressed(request: web.Request) -> Posted:
    """What was pressed on a page of ours.

    Raises:
        Problem: another site's page sends it.
    """
    if not cookies.is_own_page(request):
        raise Problem("origin_not_allowed")
    return await posted(request)


def given(form: Posted, name: str) -> str:
    """A short value of a form."""
    value = form.get(name, "")
    return value.strip()[:200] if isinstance(value, str) else ""


def shown(request: web.Request, place: Place, template: str, state: str, **values: Any) -> web.Response:
    """Write a page as it stands."""
    catalogs, city = place.parts.catalogs, place.city
    agency = answering_agency(city, channel=NAME, service=None)
    return page(
        request,
        template,
        place.locale,
        city.languages,
        headers=HEADERS,
        city=city.slug,
        name=catalogs.name((city.greeting_names or city.names).model_dump(), place.locale),
        seal=seal_of(city.names.model_dump(), place.locale),
        agency=catalogs.name(agency.names.model_dump(), place.locale),
        state=state,
        **values,
    )


def address_of_code(base: str, city: str, locale: Locale, code: str) -> str:
    """What a code leads a phone to."""
    return f"{base}/{city}/go-on?{urlencode({'lang': locale, 'c': code})}"


def led(there: str) -> web.Response:
    """Lead to a page by GET, so that nothing is sent again."""
    return web.Response(status=303, headers={"Location": there, "Cache-Control": "no-store"})


def in_halves(number: str) -> str:
    """A number as it is read out and compared."""
    return f"{number[: len(number) // 2]} {number[len(number) // 2 :]}"
