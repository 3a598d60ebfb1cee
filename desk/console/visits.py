"""Who is in front of a page: their session in a cookie, the token of their forms, and where they were going."""

import re
import secrets
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import quote, urlsplit

from aiohttp import web

from desk.console.forms import FORM_TYPE, WITH_FILE
from desk.console.parts import CONSOLE
from desk.contract.staff import Actor, NotLoggedIn
from desk.contract.wire import LOCALES, Locale
from desk.staff.people import THIS_MACHINE
from desk.staff.sessions import Left
from desk.texts.catalogs import locale_of as locale_of_tag
from desk.web import languages
from desk.web.cookies import is_own_page, is_secure
from desk.web.gate import posted, takes_file
from desk.web.parts import PARTS

ROOT = "/console"
LOGIN = f"{ROOT}/login"
SESSION_COOKIE = "desk-staff"
FORM_COOKIE = "desk-staff-form"
"""What forms of a visitor are bound to, until there is a session."""
LANGUAGE_COOKIE = "desk-language"
FORM_FIELD = "csrf"
PURPOSE = "form of the console"
CODE_LENGTH = 40
BACKGROUND = "Console-Background"
"""Header of requests that a page makes by itself: they do not prolong a session."""
PLACE = re.compile(rf"{ROOT}(?:[/?][^\x00-\x20\\\x7f\ud800-\udfff]{{0,500}})?")
SLASHES = re.compile(r"/{2,}|/\.")


@dataclass(frozen=True, slots=True)
class Visit:
    """Somebody who is logged in, with the token of their session and how long it holds."""

    actor: Actor
    token: str
    left: Left


VISIT = web.RequestKey("visit", Visit)
FORM_SECRET = web.RequestKey("form_secret", str)


def actor_of(request: web.Request) -> Actor:
    """Who acts; only in handlers that are @staff or @signed_in."""
    return request[VISIT].actor


def visit_of(request: web.Request) -> Visit | None:
    """The visit, where somebody is logged in."""
    return request.get(VISIT)


def locale_of(request: web.Request) -> Locale:
    """The language that was chosen on the way in, else of whoever is logged in, or that the browser asks for."""
    visit = visit_of(request)
    kept = locale_of_tag(request.cookies.get(LANGUAGE_COOKIE, ""))
    if visit is not None:
        return next((one for one in LOCALES if (kept or visit.actor.locale) == one), LOCALES[0])
    return kept if kept is not None and "lang" not in request.query else languages.requested(request)


def keep_language(request: web.Request, response: web.StreamResponse) -> None:
    """Have the browser keep the language that a visitor chose, so that what their form leads to speaks it too."""
    chosen = locale_of_tag(request.query.get("lang", ""))
    if chosen is not None:
        _keep(request, response, LANGUAGE_COOKIE, chosen, None)


def session_in(request: web.Request) -> str | None:
    """The token of the session that the browser has kept."""
    return request.cookies.get(SESSION_COOKIE) or None


def is_background(request: web.Request) -> bool:
    """Whether a page asks by itself, with nobody's hand in it."""
    return BACKGROUND in request.headers


def keep_session(request: web.Request, response: web.StreamResponse, token: str, good: timedelta) -> None:
    """Have the browser keep a session. What its forms were bound to before is void."""
    _keep(request, response, SESSION_COOKIE, token, good)
    response.del_cookie(FORM_COOKIE, path=ROOT, httponly=True, samesite="Strict")


def drop_language(response: web.StreamResponse) -> None:
    """Have the browser forget what was chosen on the way in: one has chosen for one's account."""
    response.del_cookie(LANGUAGE_COOKIE, path=ROOT, httponly=True, samesite="Strict")


def drop_session(response: web.StreamResponse) -> None:
    """Have the browser forget its session."""
    response.del_cookie(SESSION_COOKIE, path=ROOT, httponly=True, samesite="Strict")


def form_secret(request: web.Request, *, of_visitor: bool) -> tuple[str, bool]:
    """What the forms of a page are bound to, and whether it is fresh, so that the browser must be told."""
    visit = visit_of(request)
    if visit is not None and not of_visitor:
        return visit.token, False
    kept = request.cookies.get(FORM_COOKIE)
    return (kept, False) if kept and kept.isascii() else (secrets.token_urlsafe(32), True)


def keep_form_secret(request: web.Request, response: web.StreamResponse) -> None:
    """Have the browser keep what a visitor's forms are bound to."""
    _keep(request, response, FORM_COOKIE, request[FORM_SECRET], None)


def form_code(request: web.Request) -> str:
    """What stands in every form of a page, hidden."""
    return request.app[PARTS].keys.code(request[FORM_SECRET], purpose=PURPOSE, length=CODE_LENGTH)


async def is_own_form(request: web.Request) -> bool:
    """Whether a form comes from a page of ours that was shown to this very visitor."""
    types = {FORM_TYPE, WITH_FILE} if takes_file(request) else {FORM_TYPE}
    if not is_own_page(request) or request.content_type not in types:
        return False
    given = str((await posted(request)).get(FORM_FIELD, ""))
    keys = request.app[PARTS].keys
    return keys.is_code(given, request[FORM_SECRET], purpose=PURPOSE, length=CODE_LENGTH)


def origin_of(request: web.Request) -> str:
    """The origin of this installation's pages: as it is set, else as the request names it."""
    address = request.app[CONSOLE].address
    if address is not None:
        parts = urlsplit(address)
        return f"{parts.scheme}://{parts.netloc}"
    return f"{'https' if is_secure(request) else 'http'}://{request.host}"


def opened_at(request: web.Request) -> str:
    """The same origin, but this machine's by number or name as it was opened: passkeys belong to names alone."""
    origin = origin_of(request)
    at = {urlsplit(origin).hostname, urlsplit(f"//{request.host}").hostname}
    return f"{urlsplit(origin).scheme}://{request.host}" if at <= {*THIS_MACHINE} else origin


def place_in(given: str) -> str | None:
    """A place of the console that somebody may be sent to; None: it is none, or elsewhere."""
    if PLACE.fullmatch(given) is None or SLASHES.search(given.partition("?")[0]) or given.startswith(LOGIN):
        return None
    return given


def login_from(request: web.Request) -> str:
    """The login page, which leads back to where somebody was."""
    place = request.path_qs if request.method in {"GET", "HEAD"} else _referring(request)
    wanted = place_in(place)
    return f"{LOGIN}?next={quote(wanted, safe='')}" if wanted and wanted != ROOT else LOGIN


def not_logged_in(request: web.Request) -> web.Response:
    """Answer somebody who is not logged in, or no longer: with the login page, or by telling the script of a page."""
    if request.headers.get("HX-Request"):
        wanted = place_in(_path_of(request.headers.get("HX-Current-URL", "")))
        where = f"{LOGIN}?next={quote(wanted, safe='')}" if wanted else LOGIN
        return web.Response(status=401, headers={"HX-Redirect": where})
    if is_background(request) or "text/event-stream" in request.headers.get("Accept", ""):
        return web.Response(status=401)
    return web.Response(status=303, headers={"Location": login_from(request)})


async def find_visit(request: web.Request, address: str) -> Visit | None:
    """Who has the session that came with a request; None: nobody."""
    token, door = session_in(request), request.app[CONSOLE].door
    if token is None:
        return None
    try:
        actor = await door.actor(token, address=address, noted=not is_background(request))
        left = await door.left(token, noted=False)
    except NotLoggedIn:
        return None
    return Visit(actor, token, left) if actor.via == "console" else None  # a program's key opens no page


def _referring(request: web.Request) -> str:
    return _path_of(request.headers.get("Referer", ""))


def _path_of(address: str) -> str:
    """Path and query of an address that a browser says; empty where it is none."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def _keep(request: web.Request, response: web.StreamResponse, name: str, value: str, good: timedelta | None) -> None:
    response.set_cookie(
        name,
        value,
        max_age=None if good is None else int(good.total_seconds()),
        path=ROOT,
        secure=is_secure(request),
        httponly=True,
        samesite="Strict",
    )
