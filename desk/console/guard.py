"""What every request for the console passes: who it is, what they may, whose form it is, and how errors are shown."""

from collections.abc import Mapping

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler
from prometheus_client import Counter

from desk.console import shell, visits
from desk.console.access import Needs, needs_of
from desk.console.faults import said_of
from desk.console.forms import close_files
from desk.contract.errors import DeskError
from desk.contract.messages import Text
from desk.contract.staff import NotLoggedIn, NotPermitted
from desk.web.access import caller_of
from desk.web.gate import bringing, in_time, insist_on_pace, takes_file
from desk.web.parts import PARTS
from desk.web.problems import STATUS, Problem, as_problem, report

HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';"
        " base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex, nofollow",
}
READS = {"GET", "HEAD"}


log = structlog.get_logger(__name__)
REFUSED = Counter("desk_console_refused_total", "Requests of staff for what they may not do")


class FormRefused(Exception):
    """A form does not come from a page that was shown to this visitor."""


@web.middleware
async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let through whom the route names, with forms of theirs only. Every error is a page."""
    needs = needs_of(request.match_info.route.handler)
    if needs is None:
        return await handler(request)
    try:
        response = await _answer(request, handler, needs)
    except web.HTTPException as exc:
        if exc.status < 400:
            raise
        response = _error_page(request, exc)
    except Exception as exc:  # noqa: BLE001 - where the console turns errors into pages
        response = _error_page(request, exc)
    if not response.prepared:
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
    return response


async def _answer(request: web.Request, handler: Handler, needs: Needs) -> web.StreamResponse:
    visit = await visits.find_visit(request, caller_of(request, request.app[PARTS].proxies))
    if visit is not None:
        request[visits.VISIT] = visit
    secret, is_fresh = visits.form_secret(request, of_visitor=needs.who == "visitor")
    request[visits.FORM_SECRET] = secret
    if needs.who != "visitor":
        if visit is None:
            return _entrance(request)
        await insist_on_pace(request, "console", request.app[PARTS].limits.staff, visit.actor.login)
        if not needs.admits(visit.actor):
            raise NotPermitted
    if request.method in READS:
        response = await handler(request)
    elif visit is not None and takes_file(request):
        with bringing(request, visit.actor.login):
            response = await _of_own_form(request, handler)
    else:
        response = await _of_own_form(request, handler)
    if is_fresh and not response.prepared:
        visits.keep_form_secret(request, response)
    if needs.who == "visitor":
        visits.keep_language(request, response)
    return response


async def _of_own_form(request: web.Request, handler: Handler) -> web.StreamResponse:
    async with in_time(request):
        is_own = await visits.is_own_form(request)
    try:
        if not is_own:
            raise FormRefused
        return await handler(request)
    finally:
        await close_files(request)


def _entrance(request: web.Request) -> web.Response:
    """Where whoever is not logged in goes on.

    A browser keeps a strict cookie back when another site's page leads here: then the page is asked for once more, by
    ourselves.
    """
    is_led_here = request.headers.get("Sec-Fetch-Site") in {"cross-site", "same-site"}
    if is_led_here and request.method == "GET" and request.headers.get("Sec-Fetch-Mode") == "navigate":
        return shell.page(request, "once_more.html", again=request.path_qs)
    return visits.not_logged_in(request)


def _error_page(request: web.Request, exc: Exception) -> web.StreamResponse:
    if isinstance(exc, NotLoggedIn):
        return visits.not_logged_in(request)
    status, text = _status_and_text(request, exc)
    if visits.FORM_SECRET not in request:
        request[visits.FORM_SECRET] = ""
    template = "fault.html" if request.headers.get("HX-Request") else "error.html"
    response = shell.page(request, template, status=status, text=text)
    if isinstance(exc, Problem):
        response.headers.update(exc.headers)
    return response


def _route(request: web.Request) -> str:
    resource = request.match_info.route.resource
    return resource.canonical if resource is not None else "none"


def _status_and_text(request: web.Request, exc: Exception) -> tuple[int, Text]:
    match exc:
        case FormRefused():
            return 403, Text(key="console.error_form")
        case NotPermitted():
            REFUSED.inc()
            visit = visits.visit_of(request)
            log.warning("not_permitted", route=_route(request), actor=visit.actor.login if visit else "")
            return 403, said_of(exc)
        case DeskError() if STATUS[as_problem(exc).name] < 500:
            return STATUS[as_problem(exc).name], said_of(exc)
        case _:
            problem = as_problem(exc)
            report(request, problem, exc)
            return STATUS[problem.name], Text(key=f"web.problem_{problem.name}")
