"""Errors on the wire: problem+json (RFC 9457) with a stable `type`, said in the resident's language.

`type` is `/problems/<name>`, a page of this server that explains it.
"""

import traceback
from collections.abc import Callable, Mapping
from typing import Any

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler
from prometheus_client import Counter
from psycopg import OperationalError as DriverError
from pydantic import JsonValue, ValidationError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from desk.contract.errors import Conflict, NotFound, PayloadTooLarge
from desk.contract.messages import Text
from desk.contract.wire import Locale
from desk.texts.catalogs import LANGUAGE_TAGS, Catalogs
from desk.web import languages

log = structlog.get_logger(__name__)
REFUSED = Counter("desk_requests_refused_total", "Requests that were answered with a problem", ["problem"])

STATUS: Mapping[str, int] = {
    "malformed": 400,
    "not_authenticated": 401,
    "origin_not_allowed": 403,
    "entry_refused": 403,
    "not_permitted": 403,
    "not_found": 404,
    "unknown_city": 404,
    "unknown_file": 404,
    "method_not_allowed": 405,
    "too_slow": 408,
    "conflict": 409,
    "entry_unconfirmed": 409,
    "text_too_long": 413,
    "too_large": 413,
    "file_type": 415,
    "not_valid": 422,
    "malware": 422,
    "too_many_sessions": 429,
    "too_many_messages": 429,
    "too_many_files": 429,
    "too_many_at_once": 429,
    "failed": 500,
    "unavailable": 503,
}
BY_STATUS: Mapping[int, str] = {
    400: "malformed",
    401: "not_authenticated",
    403: "origin_not_allowed",
    404: "not_found",
    405: "method_not_allowed",
    408: "too_slow",
    409: "conflict",
    413: "too_large",
    415: "file_type",
    422: "not_valid",
    429: "too_many_at_once",
    503: "unavailable",
}
UNAVAILABLE_RETRY_SECONDS = 1
LOCALE = web.RequestKey[Locale]("locale")  # of the caller, once it is known


class Problem(Exception):
    """An error that the caller is told about.

    Args:
        name: one of `STATUS`.
        headers: further headers of the answer.
        members: further members of the problem document, like `errors`.
    """

    def __init__(self, name: str, *, headers: Mapping[str, str] | None = None, **members: JsonValue) -> None:
        super().__init__(name)
        self.name = name
        self.headers = dict(headers or {})
        self.members = members


type Shown = Callable[[web.Request, Problem], web.Response | None]
"""Writes the page of a problem for a person; None where a program asks."""


def not_valid(error: ValidationError, where: str) -> Problem:
    """Make the problem that a request's values break the schema: `errors` names fields and reasons, never values."""
    return Problem(
        "not_valid",
        errors=[
            {"in": where, "field": ".".join(str(part) for part in found["loc"]), "reason": found["msg"]}
            for found in error.errors(include_url=False, include_input=False, include_context=False)
        ],
    )


def problem_type(name: str) -> str:
    """The stable `type` of a problem."""
    return f"/problems/{name.replace('_', '-')}"


def titled(catalogs: Catalogs, name: str, locale: Locale) -> tuple[str, str]:
    """The title and the explanation of a problem in a language."""
    return (
        catalogs.text(Text(key=f"web.problem_{name}"), locale),
        catalogs.text(Text(key=f"web.problem_{name}_detail"), locale),
    )


def respond(problem: Problem, catalogs: Catalogs, locale: Locale) -> web.Response:
    """Write the problem document."""
    REFUSED.labels(problem=problem.name).inc()
    title, detail = titled(catalogs, problem.name, locale)
    document: dict[str, Any] = {
        "type": problem_type(problem.name),
        "title": title,
        "status": STATUS[problem.name],
        "detail": detail,
        **problem.members,
    }
    return web.json_response(
        document,
        status=STATUS[problem.name],
        headers={"Content-Language": LANGUAGE_TAGS[locale], "Cache-Control": "no-store", **problem.headers},
        content_type="application/problem+json",
    )


def as_problem(exc: Exception) -> Problem:
    """Translate what a handler raised. What nobody foresaw is `failed`."""
    match exc:
        case Problem():
            return exc
        case web.RequestPayloadError():  # the caller hung up within
            return Problem("malformed")
        case web.HTTPException():
            kept = {name: exc.headers[name] for name in ("Allow", "Retry-After") if name in exc.headers}
            return Problem(BY_STATUS.get(exc.status, "malformed" if exc.status < 500 else "failed"), headers=kept)
        case NotFound():
            return Problem("not_found")
        case Conflict():
            return Problem("conflict")
        case PayloadTooLarge():
            return Problem("too_large")
        case PoolTimeout() | DriverError() | ConnectionError() | TimeoutError():
            return Problem("unavailable", headers={"Retry-After": str(UNAVAILABLE_RETRY_SECONDS)})
        case DBAPIError() if exc.connection_invalidated or isinstance(exc.orig, DriverError):
            return Problem("unavailable", headers={"Retry-After": str(UNAVAILABLE_RETRY_SECONDS)})
        case _:
            return Problem("failed")


def middleware(catalogs: Catalogs, shown: Shown) -> Any:
    """Make the middleware that turns every error into a problem document, or into a page for a person (`shown`).

    Logs hold types and places, never values.
    """

    def answer(request: web.Request, problem: Problem) -> web.Response:
        page = shown(request, problem)
        if page is None:
            return respond(problem, catalogs, _locale(request))
        REFUSED.labels(problem=problem.name).inc()
        return page

    @web.middleware
    async def problems(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except web.HTTPException as exc:
            if exc.status < 400:
                raise
            return answer(request, as_problem(exc))
        except Exception as exc:  # noqa: BLE001 - the one place where the web turns errors into answers
            problem = as_problem(exc)
            report(request, problem, exc)
            return answer(request, problem)

    return problems


def report(request: web.Request, problem: Problem, exc: Exception) -> None:
    """Log what failed, where that is ours to mend: its type and place, never a value."""
    if STATUS[problem.name] < 500:
        return
    where = traceback.extract_tb(exc.__traceback__)[-1]
    log.error(
        "request_failed",
        problem=problem.name,
        route=_route(request),
        error=type(exc).__name__,
        at=f"{where.filename}:{where.lineno}",
    )


def _route(request: web.Request) -> str:
    resource = request.match_info.route.resource
    return resource.canonical if resource is not None else "none"


def _locale(request: web.Request) -> Locale:
    return request.get(LOCALE) or languages.requested(request)
