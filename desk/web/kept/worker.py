"""The service worker of a city's page, and the page that it shows where there is no network.

It is told of news (Web Push), and keeps one page with the city's telephones in each of its languages: nothing of
anybody. It is named by what it holds, so that a browser takes a new one exactly when something of it changed.
"""

import hashlib
import json

from aiohttp import web

from desk.city.files import City
from desk.contract.wire import Locale
from desk.texts.catalogs import LANGUAGE_TAGS, seal_of
from desk.web import languages
from desk.web.access import public
from desk.web.pages import STATIC, agency_line, named, page
from desk.web.parts import PARTS
from desk.web.problems import Problem

WORKER = "/{city:[a-z][a-z0-9_]*}/worker.js"
OFFLINE = "/{city:[a-z][a-z0-9_]*}/offline"
SOURCE = STATIC / "kept" / "worker.js"
STYLES = ("/static/page.css",)


@public
async def worker(request: web.Request) -> web.Response:
    """The service worker, for this city's pages alone."""
    city = _city(request)
    pages = {LANGUAGE_TAGS[one]: f"/{city.slug}/offline?lang={LANGUAGE_TAGS[one]}" for one in city.languages}
    styles = [*STYLES, f"/{city.slug}/theme.css"]
    source = SOURCE.read_text(encoding="utf-8")
    held = [source, city.model_dump_json(), (STATIC / "page.css").read_text(encoding="utf-8")]
    held += [str((await offline_page(request, city, one)).text) for one in city.languages]
    version = hashlib.sha256("\0".join(held).encode()).hexdigest()[:16]
    given = {"city": city.slug, "version": version, "pages": pages, "styles": styles}
    return web.Response(
        text=f"const KEPT = {json.dumps(given, ensure_ascii=False)};\n{source}",
        content_type="text/javascript",
        headers={"Service-Worker-Allowed": f"/{city.slug}", "Cache-Control": "no-cache"},
    )


@public
async def offline(request: web.Request) -> web.Response:
    """What is shown where there is no network: whom to call."""
    city = _city(request)
    return await offline_page(request, city, languages.requested(request, city.languages))


async def offline_page(request: web.Request, city: City, locale: Locale) -> web.Response:
    """The page in a language."""
    catalogs = request.app[PARTS].catalogs
    return page(
        request,
        "offline.html",
        locale,
        city.languages,
        headers={"X-Robots-Tag": "noindex"},
        city=city.slug,
        name=named(catalogs, city.greeting_names or city.names, locale),
        seal=seal_of(city.names.model_dump(), locale),
        agencies=[agency_line(catalogs, one, locale) for one in city.agencies],
    )


def _city(request: web.Request) -> City:
    cities = request.app[PARTS].cities
    city = cities.get(request.match_info["city"])
    if city is None:
        raise Problem("unknown_city", cities=[*sorted(cities)])
    return city
