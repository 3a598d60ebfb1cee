"""Public pages: the cities, one city with its profile, services and chat, the meaning of a problem; and their files."""

import hashlib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import groupby
from pathlib import Path
from typing import Any

from aiohttp import web
from aiohttp_pydantic.oas.typing import r200
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from channels.webchat import NAME
from desk.city.files import Agency, City, Hours
from desk.city.hours import hours_text
from desk.contract.messages import Text
from desk.contract.wire import LOCALES, Locale
from desk.texts.catalogs import LANGUAGE_TAGS, Catalogs, seal_of
from desk.tickets.hours import answering_agency
from desk.web import languages
from desk.web.access import public
from desk.web.announcing.alerts import alert_lines
from desk.web.announcing.announced import timeline
from desk.web.bundle import Bundle, bundle
from desk.web.conditional import FOREVER, validated
from desk.web.gate import SPEAKS, WITH_FORM
from desk.web.offered import by_life_event, frequent_lines, service_lines
from desk.web.parts import ANNOUNCED, GUIDES, PARTS, RECORDS, Parts
from desk.web.problems import STATUS, Problem, titled
from desk.web.scanned.accounts import account_lines
from desk.web.site.index import LONGEST
from desk.web.site.structured import known_of
from desk.web.typed import typed

STATIC = Path(__file__).parent / "static"
CONTENT_TYPES: Mapping[str, str] = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/x-icon",
}
# How each language calls itself, on the language switch.
TEMPLATES = web.AppKey("templates", Environment)


@dataclass(frozen=True, slots=True)
class AgencyLine:
    """An office as the page shows it."""

    name: str
    phone: str
    hours: list[str]


@dataclass(frozen=True, slots=True)
class CityLine:
    """A city as the list shows it. `words` are what it can be found by: its name in Latin letters first."""

    slug: str
    name: str
    words: str


@cache
def environment() -> Environment:
    """The templates' environment, one a process: each template is compiled once."""
    return Environment(
        loader=PackageLoader("desk.web"),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@public
async def cities_page(request: web.Request) -> web.Response:
    """The cities."""
    parts = request.app[PARTS]
    locale = languages.requested(request)
    lines = [_line(parts.catalogs, city, locale) for city in parts.cities.values()]
    lines.sort(key=lambda line: line.words)
    groups = [(letter, list(found)) for letter, found in groupby(lines, key=lambda line: line.words[0].upper())]
    return page(request, "cities.html", locale, LOCALES, groups=groups)


@public
async def city_page(request: web.Request) -> web.Response:
    """A city: its profile, its services and the chat."""
    parts = request.app[PARTS]
    city = _city(request, parts)
    locale = languages.requested(request, city.languages)
    lines = service_lines(parts.catalogs, city, parts.services, locale)
    response = page(
        request,
        "city.html",
        locale,
        city.languages,
        headers=SPEAKS,
        city=city.slug,
        name=named(parts.catalogs, city.greeting_names or city.names, locale),
        seal=seal_of(city.names.model_dump(), locale),
        guides=city.slug in request.app[GUIDES],
        notices=await timeline(request, city, locale),
        known=known_of(parts, request.app[ANNOUNCED].public_url, city, locale),
        account=agency_line(parts.catalogs, answering_agency(city, channel=NAME, service=None), locale),
        agencies=[agency_line(parts.catalogs, agency, locale) for agency in city.agencies],
        frequent=frequent_lines(lines, city.local(parts.now()).month),
        groups=by_life_event(lines, request.app[GUIDES].get(city.slug, {}).values()),
        elsewhere=account_lines(parts.catalogs, city, locale),
        longest=LONGEST,
        alerts=await alert_lines(request, city, locale),
    )
    return validated(request, response, None, parts.now())


@public
async def alerts_page(request: web.Request) -> web.Response:
    """The emergency alerts that hold in a city."""
    parts = request.app[PARTS]
    city = _city(request, parts)
    locale = languages.requested(request, city.languages)
    return page(
        request,
        "alerts.html",
        locale,
        city.languages,
        city=city.slug,
        name=named(parts.catalogs, city.greeting_names or city.names, locale),
        seal=seal_of(city.names.model_dump(), locale),
        alerts=await alert_lines(request, city, locale),
    )


@public
async def city_theme(request: web.Request) -> web.Response:
    """The style of a city's pages: that of all pages and its colour, in one file, since each one more delays the first
    paint by a round trip. The policy allows no inline style.
    """
    city, parts = _city(request, request.app[PARTS]), request.app[PARTS]
    path = _files()["page.css"]
    style = _content(path, path.stat().st_mtime_ns)[0].decode()
    text = f"{style}:root {{ --city-colour: {city.colour}; }}\n"
    headers = {"Cache-Control": "public, max-age=300"}
    return validated(request, web.Response(text=text, content_type="text/css", headers=headers), None, parts.now())


@public
async def problem_page(request: web.Request) -> web.Response:
    """What a problem's `type` means."""
    name = request.match_info["name"].replace("-", "_")
    if name not in STATUS:
        raise Problem("not_found")
    locale = languages.requested(request)
    title, detail = titled(request.app[PARTS].catalogs, name, locale)
    return page(request, "problem.html", locale, LOCALES, title=title, detail=detail, status=STATUS[name])


@public
@typed
async def texts(request: web.Request, locale: Locale = "zh_Hans") -> r200[dict]:
    """The texts of the chat component in a language, and the languages there are.

    Status Codes:
        200: {"locale", "tag", "languages", "texts"}
    """
    catalogs = request.app[PARTS].catalogs
    return web.json_response(
        {
            "locale": locale,
            "tag": LANGUAGE_TAGS[locale],
            "languages": [
                {"locale": code, "tag": tag, "name": name} for code, tag, name in _languages(catalogs, LOCALES)
            ],
            "texts": catalogs.section("web.chat_", locale),
        },
        headers={"Cache-Control": "no-cache"},
    )


@public
async def static_file(request: web.Request) -> web.Response:
    """A script, style sheet or picture of ours: for good by what it holds (`?v=`), else asked for anew each time."""
    return _file(request, request.match_info["name"])


@public
async def favicon(request: web.Request) -> web.Response:
    """Our picture, where programs look for it without being told."""
    return _file(request, "favicon.ico")


@lru_cache(maxsize=1)
def chat_bundle(catalogs: Catalogs, telephones: tuple[tuple[str, str], ...]) -> Bundle:
    """Join the chat's script, with all that it says before anything else is loaded; once for a process's texts.

    `telephones` are those of the cities, by slug: whom to call where the desk cannot be reached.

    Raises:
        ConfigurationError: a module cannot be joined.
    """

    def words(section: str) -> dict[str, dict[str, str]]:
        return {locale: catalogs.section(f"web.{section}_", locale) for locale in LOCALES}

    given = {
        "launcher.words": words("launcher"),
        "opening.words": words("opening"),
        "opening.telephones": dict(telephones),
    }
    return bundle(STATIC / "chat", "main.js", given)


def telephones_of(cities: Mapping[str, City]) -> tuple[tuple[str, str], ...]:
    """Whom to call in each city: the agency that has its account."""
    return tuple((slug, answering_agency(city, channel=NAME, service=None).phone) for slug, city in cities.items())


@cache
def _files() -> Mapping[str, Path]:
    """All that is served, by name: no name that somebody asks for ever becomes a path."""
    found = (path for path in STATIC.rglob("*") if path.suffix in CONTENT_TYPES)
    return {path.relative_to(STATIC).as_posix(): path for path in found}


def _file(request: web.Request, name: str) -> web.Response:
    path = _files().get(name)
    if path is None:
        raise Problem("not_found")
    content, version = _content(path, path.stat().st_mtime_ns)
    kept = FOREVER if request.query.get("v") == version else "no-cache"
    headers = {"Content-Type": CONTENT_TYPES[path.suffix], "Cache-Control": kept}
    return validated(request, web.Response(body=content, headers=headers), None, request.app[PARTS].now())


def file_address(name: str) -> str:
    """The address of a file of ours by what it holds: browsers keep it for good, and it is another one once it changed.

    Raises:
        KeyError: there is none.
    """
    path = _files()[name]
    return f"/static/{name}?v={_content(path, path.stat().st_mtime_ns)[1]}"


@lru_cache(maxsize=256)
def _content(path: Path, changed: int) -> tuple[bytes, str]:  # noqa: ARG001 - who changes a file sees it at once
    """What a file holds, and 16 hexadecimal digits of its hash."""
    content = path.read_bytes()
    return content, hashlib.sha256(content).hexdigest()[:16]


def page(
    request: web.Request,
    template: str,
    locale: Locale,
    offered: tuple[Locale, ...] | list[Locale],
    *,
    headers: Mapping[str, str] | None = None,
    http_status: int = 200,
    **values: Any,
) -> web.Response:
    """Write a page from its template, in one of the languages that it is offered in. One with a form may send it."""
    catalogs = request.app[PARTS].catalogs

    def t(key: str, **args: str | int) -> str:
        return catalogs.text(Text(key=f"web.{key}", args=dict(args)), locale)

    body = (
        request.app[TEMPLATES]
        .get_template(template)
        .render(
            t=t,
            file=file_address,
            chat_version=request.app[PARTS].script.version,
            locale=locale,
            tag=LANGUAGE_TAGS[locale],
            languages=_languages(catalogs, offered),
            address=f"{request.app[ANNOUNCED].public_url}{request.path}",
            base=request.app[ANNOUNCED].public_url,
            records=request.app[RECORDS],
            **values,
        )
    )
    return web.Response(
        text=body,
        status=http_status,
        content_type="text/html",
        headers={
            "Content-Language": LANGUAGE_TAGS[locale],
            "Cache-Control": "no-cache",
            "Vary": "Accept-Language",
            **({"Content-Security-Policy": WITH_FORM} if "<form" in body else {}),
            **(headers or {}),
        },
    )


def _city(request: web.Request, parts: Parts) -> City:
    city = parts.cities.get(request.match_info["city"])
    if city is None:
        raise Problem("unknown_city", cities=[*sorted(parts.cities)])
    return city


def _line(catalogs: Catalogs, city: City, locale: Locale) -> CityLine:
    names = city.names.model_dump()
    words = [_plain(catalogs.name(names, one)) for one in ("en", "zh_Hans", "zh_Hant")]
    return CityLine(city.slug, catalogs.name(names, locale), " ".join(dict.fromkeys([*words, city.slug])))


def _plain(name: str) -> str:
    """Letters and digits only, lower case, without accents: as the page's script compares."""
    return "".join(char for char in unicodedata.normalize("NFKD", name).casefold() if char.isalnum())


def named(catalogs: Catalogs, names: Any, locale: Locale) -> str:
    """A name in a language."""
    return catalogs.name(names.model_dump(), locale)


def agency_line(catalogs: Catalogs, agency: Agency, locale: Locale) -> AgencyLine:
    """An office as pages show it."""
    return AgencyLine(named(catalogs, agency.names, locale), agency.phone, hours_lines(catalogs, agency.hours, locale))


def hours_lines(catalogs: Catalogs, hours: Sequence[Hours], locale: Locale) -> list[str]:
    """Write office hours, a line for days that have the same."""
    return [catalogs.text(hours_text([one]), locale) for one in hours]


def _languages(catalogs: Catalogs, offered: Sequence[Locale]) -> list[tuple[Locale, str, str]]:
    """Languages to choose from: each with its tag (BCP 47), and its name in itself."""
    named = [(code, Text(key=f"button.language_{code.lower()}")) for code in offered]
    return [(code, LANGUAGE_TAGS[code], catalogs.text(name, code)) for code, name in named]
