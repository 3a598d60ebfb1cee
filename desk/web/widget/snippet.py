"""The page on which the web team of another site makes the line that puts the chat there, and sees it as it will be."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web
from babel.dates import format_datetime
from markupsafe import escape

from desk.city.files import City
from desk.contract.wire import LOCALES, Locale
from desk.sites import scripts
from desk.texts.catalogs import CLDR, seal_of
from desk.web import languages
from desk.web.access import public
from desk.web.gate import WITH_FORM
from desk.web.offered import ServiceLine, service_lines
from desk.web.pages import page
from desk.web.parts import ANNOUNCED, PARTS
from desk.web.problems import Problem
from desk.web.widget.script import VERSIONS

ADDRESS = "/{city:[a-z][a-z0-9_]*}/widget"
ONE = ADDRESS + "/{version:[0-9a-f]{16}}"
COLOUR = re.compile(r"#[0-9a-f]{6}")
ADDRESS_OF_PICTURE = re.compile(r"https://[!-~]{1,500}")
SIDES = ("end", "start")
USUAL_OFFSET, FARTHEST = 16, 400  # pixels: see static/chat/launcher.js
LONGEST: Mapping[str, int] = {"label": 40, "context": 80}
SHOWN = 20  # versions that are listed


@dataclass(frozen=True, slots=True)
class Wishes:
    """What is said of the button: data attributes of the line, without `data-`; and whether its version is pinned."""

    attributes: Mapping[str, str]
    pins: bool = False

    def __getitem__(self, name: str) -> str:
        return self.attributes.get(name, "")


def wishes(asked: Mapping[str, str], city: City) -> Wishes:
    """Read what was chosen; what cannot be is as if it had not been said."""

    def line(name: str) -> str:
        return " ".join(asked.get(name, "").replace("\x00", "").split())[: LONGEST[name]]

    def among(name: str, known: Any) -> str:
        return asked[name] if asked.get(name) in known else ""

    colour, logo, offset = asked.get("colour", "").lower(), asked.get("logo", "").strip(), asked.get("offset", "")
    far = int(offset) if re.fullmatch(r"[0-9]{1,3}", offset) else USUAL_OFFSET
    found = {
        "city": city.slug,
        "locale": among("locale", LOCALES),
        "colour": colour if COLOUR.fullmatch(colour) else city.colour,
        "side": "start" if asked.get("side") == "start" else "",
        "offset": str(min(far, FARTHEST)) if far != USUAL_OFFSET else "",
        "corners": among("corners", ("square",)),
        "label": line("label"),
        "logo": logo if ADDRESS_OF_PICTURE.fullmatch(logo) else "",
        "service": among("service", city.services),
        "context": line("context"),
        "count": among("count", ("off",)),
    }
    return Wishes({name: value for name, value in found.items() if value}, pins=asked.get("pin") == "yes")


def line_of(wished: Wishes, script: str, integrity: str | None = None) -> str:
    """The line of HTML. `script` is the address; with `integrity` a browser runs nothing else."""
    pinned = "" if integrity is None else f' integrity="{escape(integrity)}" crossorigin="anonymous"'
    said = "".join(f' data-{name}="{escape(value)}"' for name, value in wished.attributes.items())
    return f'<script src="{escape(script)}"{said}{pinned} defer></script>'


@public
async def snippet_page(request: web.Request) -> web.Response:
    """The form, the line that it makes, and the button itself in the corner of the page."""
    parts, base = request.app[PARTS], request.app[ANNOUNCED].public_url
    city, locale = _city(request)
    script = parts.script
    await request.app[VERSIONS].keep(parts.engine, script)
    async with parts.engine.connect() as connection:
        kept = await scripts.kept(connection, SHOWN)
    wished = wishes(request.query, city)
    newest, pinned = f"{base}/chat.js", f"{base}/chat-{script.version}.js"
    made = line_of(wished, pinned, script.integrity) if wished.pins else line_of(wished, newest)
    services: list[ServiceLine] = service_lines(parts.catalogs, city, parts.services, locale)
    return _page(
        request,
        "widget.html",
        city,
        locale,
        wished=wished,
        line=made,
        services=services,
        locales=[one for one in LOCALES if one in city.languages],
        sides=SIDES,
        usual_offset=USUAL_OFFSET,
        farthest=FARTHEST,
        longest=LONGEST,
        versions=[(one.version, _when(city, one, locale)) for one in kept],
        newest=script.version,
    )


@public
async def version_page(request: web.Request) -> web.Response:
    """One version of the script, for who pins it: its address, its hash, since when it can be pinned."""
    parts, base = request.app[PARTS], request.app[ANNOUNCED].public_url
    city, locale = _city(request)
    version = request.match_info["version"]
    await request.app[VERSIONS].keep(parts.engine, parts.script)
    async with parts.engine.connect() as connection:
        found = next((one for one in await scripts.kept(connection, SHOWN) if one.version == version), None)
    if found is None:
        raise Problem("not_found")
    script = f"{base}/chat-{version}.js"
    return _page(
        request,
        "widget_version.html",
        city,
        locale,
        version=version,
        script=script,
        integrity=found.integrity,
        kilobytes=round(found.bytes / 1024),
        since=_when(city, found, locale),
        is_newest=version == parts.script.version,
        line=line_of(Wishes({"city": city.slug}), script, found.integrity),
    )


def _city(request: web.Request) -> tuple[City, Locale]:
    cities = request.app[PARTS].cities
    city = cities.get(request.match_info["city"])
    if city is None:
        raise Problem("unknown_city", cities=[*sorted(cities)])
    return city, languages.requested(request, city.languages)


def _when(city: City, one: scripts.Kept, locale: Locale) -> str:
    return str(format_datetime(city.local(one.kept_at), "medium", locale=CLDR[locale]))


def _page(request: web.Request, template: str, city: City, locale: Locale, **values: Any) -> web.Response:
    names = (city.greeting_names or city.names).model_dump()
    return page(
        request,
        template,
        locale,
        city.languages,
        headers={"Content-Security-Policy": WITH_FORM},
        city=city.slug,
        name=request.app[PARTS].catalogs.name(names, locale),
        seal=seal_of(city.names.model_dump(), locale),
        **values,
    )
