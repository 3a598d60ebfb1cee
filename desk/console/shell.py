"""What all pages have around them, and how a page is written: templates, texts, the bar, style sheet and scripts."""

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from aiohttp import web
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup, escape

from desk.audit.rows import canonical
from desk.console import visits
from desk.console.access import asset
from desk.console.faults import Fault
from desk.console.parts import CONSOLE
from desk.console.sections import Place, bar_of, is_page, places_of
from desk.contract.messages import Text
from desk.contract.staff import Grant
from desk.contract.wire import LOCALES, Locale
from desk.staff.names import Names, names_of
from desk.texts.catalogs import LANGUAGE_TAGS, Catalogs
from desk.web.parts import PARTS
from desk.web.problems import Problem

STATIC = Path(__file__).parent / "static"
STATIC_PATH = f"{visits.ROOT}/static"
CONTENT_TYPES: Mapping[str, str] = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
}
ZONE = ZoneInfo("Asia/Shanghai")  # of the whole country
FOREVER = "public, max-age=31536000, immutable"
THEMES = ("system", "light", "dark")
THEME_COOKIE = "desk-theme"
KEYS_COOKIE = "desk-keys"
DONE = re.compile(r"[a-z_]{1,40}")
TIMES = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d")  # as `when` writes them
TEMPLATES = web.AppKey("console_templates", Environment)


@cache
def _files() -> Mapping[str, Path]:
    """All that is served, by name: no name that somebody asks for ever becomes a path."""
    return {path.name: path for path in STATIC.iterdir() if path.suffix in CONTENT_TYPES}


@cache
def _version(name: str) -> str:
    return hashlib.sha256(_files()[name].read_bytes()).hexdigest()[:16]


def address_of(name: str) -> str:
    """Where a file of ours is, with its version."""
    return f"{STATIC_PATH}/{name}?v={_version(name)}"


@asset
async def static_file(request: web.Request) -> web.FileResponse:
    """A script or style sheet of the console; for ever where the address names this very version."""
    name = request.match_info["name"]
    path = _files().get(name)
    if path is None:
        raise Problem("not_found")
    is_this = request.query.get("v") == _version(name)
    kept = FOREVER if is_this else "no-cache"
    return web.FileResponse(path, headers={"Content-Type": CONTENT_TYPES[path.suffix], "Cache-Control": kept})


@cache
def environment() -> Environment:
    """The templates' environment, one a process: each template is compiled once."""
    made = Environment(
        loader=PackageLoader("desk.console"),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals["asset"] = address_of
    made.filters["when"] = when
    made.filters["moment"] = moment
    made.filters["dated"] = dated
    made.filters["details"] = details
    return made


def when(at: datetime | None) -> str:
    """A time as all pages show it, in the country's time."""
    return "" if at is None else f"{at.astimezone(ZONE):%Y-%m-%d %H:%M}"


def dated(said: str) -> Markup:
    """A text whose times stay in one line each."""
    return Markup(TIMES.sub(r'<span class="whole">\g<0></span>', str(escape(said))))


def moment(at: datetime) -> str:
    """The same to the second."""
    return f"{at.astimezone(ZONE):%Y-%m-%d %H:%M:%S}"


def details(given: Mapping[str, Any]) -> str:
    """Further facts of a record, in a line."""
    return " ".join(f"{name}={value if isinstance(value, str) else canonical(value)}" for name, value in given.items())


def theme_of(request: web.Request) -> str:
    """Light, dark, or as the system is."""
    chosen = request.cookies.get(THEME_COOKIE, "system")
    return chosen if chosen in THEMES else "system"


class Words:
    """The texts of a page in its language."""

    def __init__(self, request: web.Request, locale: Locale) -> None:
        self._parts = request.app[PARTS]
        self._locale = locale

    def t(self, key: str, **args: str | int) -> str:
        """A text of the console, by the rest of its key."""
        return self._catalogs.text(Text(key=f"console.{key}", args=dict(args)), self._locale)

    def either(self, key: str, otherwise: str) -> str:
        """A text of the console by the rest of its key, where there is one."""
        return self.t(key) if f"console.{key}" in self._catalogs.keys(self._locale) else otherwise

    def say(self, text: Text) -> str:
        """A text of any part of the product."""
        return self._catalogs.text(text, self._locale)

    def city(self, slug: str) -> str:
        """What a city is called."""
        city = self._parts.cities.get(slug)
        return slug if city is None else self._catalogs.name(city.names.model_dump(), self._locale)

    def agency(self, slug: str, of: str) -> str:
        """What an agency of a city is called."""
        city = self._parts.cities.get(slug)
        found = next((one for one in city.agencies if one.slug == of), None) if city is not None else None
        return of if found is None else self._catalogs.name(found.names.model_dump(), self._locale)

    def district(self, slug: str, of: str) -> str:
        """What a district of a city is called."""
        city = self._parts.cities.get(slug)
        found = next((one for one in city.districts if one.slug == of), None) if city is not None else None
        return of if found is None else self._catalogs.name(found.names.model_dump(), self._locale)

    def place(self, city: str | None, agency: str | None) -> str:
        """What an agency, a whole city or everywhere is called."""
        if not city:
            return self.t("everywhere")
        return f"{self.city(city)} · {self.agency(city, agency) if agency else self.t('whole_city')}"

    def role(self, name: str) -> str:
        """What a role is called."""
        return self.t(f"role_{name}")

    def grant(self, grant: Grant) -> str:
        """What a role of a place is called."""
        return self.t("role_of_place", role=self.role(grant.role), place=self.place(grant.city, grant.agency))

    @property
    def languages(self) -> list[tuple[Locale, str, str]]:
        """Languages to choose from: each with its tag, and its name in itself."""
        named = [(code, Text(key=f"button.language_{code.lower()}")) for code in LOCALES]
        return [(code, LANGUAGE_TAGS[code], self._catalogs.text(name, code)) for code, name in named]

    @property
    def language_options(self) -> list[tuple[str, str, str]]:
        """The same as choices of a field."""
        return [(code, name, "") for code, _, name in self.languages]

    @property
    def _catalogs(self) -> Catalogs:
        return self._parts.catalogs


def words_of(request: web.Request) -> Words:
    """The texts of a request's page."""
    return Words(request, visits.locale_of(request))


async def named(request: web.Request, logins: Iterable[str | None]) -> Names:
    """What the members of staff are called whom a page names."""
    async with request.app[CONSOLE].engine.connect() as connection:
        return await names_of(connection, logins)


def page(
    request: web.Request,
    template: str,
    *,
    status: int = 200,
    faults: Sequence[Fault] = (),
    **values: Any,
) -> web.Response:
    """Write a page from its template.

    Args:
        request: whose page it is.
        template: its file in `templates/`.
        status: of the answer.
        faults: what went wrong with a form, shown at its top.
        values: further values of the template.
    """
    locale = visits.locale_of(request)
    words = words_of(request)
    body = (
        request.app[TEMPLATES]
        .get_template(template)
        .render(
            words=words,
            t=words.t,
            say=words.say,
            locale=locale,
            tag=LANGUAGE_TAGS[locale],
            faults=list(faults),
            **_surroundings(request, words.t),
            **values,
        )
    )
    headers = {"Content-Language": LANGUAGE_TAGS[locale]}
    return web.Response(text=body, status=status, content_type="text/html", headers=headers)


def see_other(path: str, *, done: str | None = None) -> web.Response:
    """Lead on after a form: `done` names the text `console.done_<done>` that the next page shows."""
    mark = "&" if "?" in path else "?"
    return web.Response(status=303, headers={"Location": f"{path}{mark}done={done}" if done else path})


def _surroundings(request: web.Request, t: Callable[..., str]) -> dict[str, Any]:
    visit = visits.visit_of(request)
    places = places_of(request, visit.actor) if visit is not None else []
    return {
        "actor": visit.actor if visit is not None else None,
        "left": visit.left if visit is not None else None,
        "bar": places,
        "entries": bar_of(places),
        "current": _current(request.path, places),
        "here": _here(request),
        "csrf": visits.form_code(request) if request.get(visits.FORM_SECRET) else "",
        "theme": theme_of(request),
        "keys_on": request.cookies.get(KEYS_COOKIE) != "off",
        "done": _done(request, t),
    }


def _here(request: web.Request) -> str:
    """The address of the page that is shown: what a form answered with stands at the nearest page above its own."""
    if request.method in {"GET", "HEAD"}:
        return str(request.rel_url.without_query_params("done"))
    path = request.path
    while path != visits.ROOT and not is_page(request, path):
        path = path.rpartition("/")[0]
    return path


def _current(path: str, places: Sequence[Place]) -> Place | None:
    """The entry of the bar that a page belongs to: the longest that begins its path."""
    found = [one for one in places if path == one.path or (one.path != visits.ROOT and path.startswith(f"{one.path}/"))]
    return max(found, key=lambda one: len(one.path), default=None)


def _done(request: web.Request, t: Callable[..., str]) -> str:
    name = request.query.get("done", "")
    if DONE.fullmatch(name) is None:
        return ""
    known = request.app[PARTS].catalogs.keys(visits.locale_of(request))
    return t(f"done_{name}") if f"console.done_{name}" in known else ""
