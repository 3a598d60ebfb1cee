"""What search engines, feeds of links and telephones are told: robots.txt, site maps, and a manifest of each city."""

import json
from collections.abc import Iterator
from xml.sax.saxutils import quoteattr

from aiohttp import web

from desk.city.files import City
from desk.contract.messages import Text
from desk.contract.wire import Locale
from desk.texts.catalogs import LANGUAGE_TAGS, Catalogs
from desk.web import languages
from desk.web.access import public
from desk.web.kept.icons import ICONS
from desk.web.parts import ANNOUNCED, PARTS, guides_of
from desk.web.problems import Problem

ROBOTS, SITEMAP = "/robots.txt", "/sitemap.xml"
OF_CITY = "/{city:[a-z][a-z0-9_]*}/sitemap.xml"
MANIFEST = "/{city:[a-z][a-z0-9_]*}/manifest.webmanifest"
CACHE = {"Cache-Control": "public, max-age=3600"}
CLOSED = (
    *("/api/", "/cases/", "/chat/", "/console", "/enter/", "/media/"),
    *("/my-data/", "/pay/", "/problems/", "/receipt/"),
)
"""What is of one person, of staff or of programs: nobody searches there."""
SCHEMA = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'


@public
async def robots(request: web.Request) -> web.Response:
    """What search engines may read, and where the map is."""
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in CLOSED), f"Sitemap: {_base(request)}{SITEMAP}"]
    return web.Response(text="\n".join([*lines, ""]), content_type="text/plain", headers=CACHE)


@public
async def sitemap(request: web.Request) -> web.Response:
    """The maps of all cities."""
    entries = (
        f"<sitemap><loc>{_base(request)}/{slug}/sitemap.xml</loc></sitemap>" for slug in request.app[PARTS].cities
    )
    return _xml("sitemapindex", SCHEMA, entries)


@public
async def city_sitemap(request: web.Request) -> web.Response:
    """The pages of a city that everybody may read, each in its languages."""
    city = _city(request)
    schema = f'{SCHEMA} xmlns:xhtml="http://www.w3.org/1999/xhtml"'
    return _xml("urlset", schema, (_entry(_base(request), path, city) for path in _paths(request, city)))


@public
async def manifest(request: web.Request) -> web.Response:
    """What a telephone needs to keep a city's page among its applications."""
    city, parts = _city(request), request.app[PARTS]
    locale = languages.requested(request, city.languages)
    name = _title(parts.catalogs, city, locale)
    tag = LANGUAGE_TAGS[locale]
    told = {
        "name": name,
        "short_name": parts.catalogs.name((city.greeting_names or city.names).model_dump(), locale),
        "lang": tag,
        "dir": "auto",
        "id": f"/{city.slug}",
        "start_url": f"/{city.slug}?lang={tag}",
        "scope": f"/{city.slug}",
        "display": "standalone",
        "theme_color": city.colour,
        "background_color": "#ffffff",
        "icons": [
            {
                "src": f"/{city.slug}/icon-{size}{kind}.png?lang={tag}",
                "sizes": f"{size}x{size}",
                "type": "image/png",
                "purpose": kind.removeprefix("-") or "any",
            }
            for size, kind in ICONS
        ],
    }
    return web.Response(
        text=json.dumps(told, ensure_ascii=False), content_type="application/manifest+json", headers=CACHE
    )


def _paths(request: web.Request, city: City) -> Iterator[str]:
    yield from (f"/{city.slug}", f"/{city.slug}/announcements", f"/{city.slug}/alerts", f"/{city.slug}/follow")
    yield f"/{city.slug}/offices"
    guides = guides_of(request, city)
    if guides is not None:
        yield f"/{city.slug}/guides"
        yield from (f"/{city.slug}/guides/{slug}" for slug in guides)


def _entry(base: str, path: str, city: City) -> str:
    def at(locale: Locale) -> str:
        return f"{base}{path}?lang={LANGUAGE_TAGS[locale]}"

    others = "".join(
        f'<xhtml:link rel="alternate" hreflang="{LANGUAGE_TAGS[one]}" href={quoteattr(at(one))}/>'
        for one in city.languages
    )
    return f"<url><loc>{at(city.languages[0])}</loc>{others}</url>"


def _xml(root: str, schema: str, entries: Iterator[str]) -> web.Response:
    body = "\n".join(['<?xml version="1.0" encoding="UTF-8"?>', f"<{root} {schema}>", *entries, f"</{root}>", ""])
    return web.Response(text=body, content_type="application/xml", headers=CACHE)


def _title(catalogs: Catalogs, city: City, locale: Locale) -> str:
    names = (city.greeting_names or city.names).model_dump(exclude_none=True)
    return catalogs.text(Text(key="cities.title", args={"city": {"name": names}}), locale)


def _base(request: web.Request) -> str:
    return request.app[ANNOUNCED].public_url


def _city(request: web.Request) -> City:
    cities = request.app[PARTS].cities
    city = cities.get(request.match_info["city"])
    if city is None:
        raise Problem("unknown_city", cities=[*sorted(cities)])
    return city
