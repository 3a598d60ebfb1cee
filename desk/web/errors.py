"""What a person sees where there is no page: what went wrong, in their language, and the ways on from there.

Programs get the same as a document (`desk/web/problems.py`). Nothing here asks the store: it may be away.
"""

from aiohttp import web

from channels.webchat import NAME
from desk.city.files import City
from desk.contract.messages import Text
from desk.contract.wire import LOCALES, Locale
from desk.texts.catalogs import seal_of
from desk.tickets.hours import answering_agency
from desk.web import languages
from desk.web.gate import CHAT, PROGRAMS
from desk.web.pages import page
from desk.web.parts import PARTS
from desk.web.problems import STATUS, Problem, titled

SAID_BY_PLACE = {"receipt": "receipt", "pay": "pay"}
"""By the first part of an address that leads nowhere: which text says what is missing (`web.missing_<name>`)."""


def wants_page(request: web.Request) -> bool:
    """Whether a person looks at the answer in a browser; programs ask for JSON, or for nothing in particular."""
    if request.path.startswith((CHAT, PROGRAMS)) or request.method not in {"GET", "HEAD", "POST"}:
        return False
    return "text/html" in request.headers.get("Accept", "")


def error_page(request: web.Request, problem: Problem) -> web.Response | None:
    """Write the page of an error: what it is, what can be done, whom to call where the city is known.

    None: a program asks.
    """
    if not wants_page(request):
        return None
    parts = request.app[PARTS]
    place = request.path.strip("/").partition("/")[0]
    city = parts.cities.get(place)
    offered = LOCALES if city is None else tuple(city.languages)
    locale = languages.requested(request, offered)
    title, detail = titled(parts.catalogs, problem.name, locale)
    missing = SAID_BY_PLACE.get(place) if STATUS[problem.name] == 404 else None
    if missing is not None:
        title, detail = (
            parts.catalogs.text(Text(key=f"web.missing_{missing}{part}"), locale) for part in ("", "_detail")
        )
    return page(
        request,
        "error.html",
        locale,
        offered,
        http_status=STATUS[problem.name],
        headers={"Cache-Control": "no-store", **problem.headers},
        title=title,
        detail=detail,
        again=STATUS[problem.name] >= 500 and request.method != "POST",
        verifies=missing == "receipt",
        of=None if city is None else _shown(request, city, locale),
    )


def _shown(request: web.Request, city: City, locale: Locale) -> dict[str, str]:
    """The city that the address is of: its name and seal, its agency and telephone."""
    catalogs, agency = request.app[PARTS].catalogs, answering_agency(city, channel=NAME, service=None)
    return {
        "slug": city.slug,
        "name": catalogs.name((city.greeting_names or city.names).model_dump(), locale),
        "seal": seal_of(city.names.model_dump(), locale),
        "agency": catalogs.name(agency.names.model_dump(), locale),
        "phone": agency.phone,
    }
