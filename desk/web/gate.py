"""What every request passes: headers of the answer, origin, size, and the access that its route names."""

import asyncio
import math
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from typing import Any

from aiohttp import HttpVersion11, web
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.typedefs import Handler
from multidict import MultiDictProxy

from desk.alerts.documents import LARGEST as LARGEST_ALERT
from desk.conversations import sessions
from desk.media.cleaning import LARGEST as LARGEST_IMAGE
from desk.media.types import MEDIA_LIMIT
from desk.store.database import single_statements, transaction
from desk.web import cookies
from desk.web.access import access_of, caller_of, public
from desk.web.cookies import foreign_origin
from desk.web.limits import Rate
from desk.web.parts import CONVERSATION, COOKIE_OF, PARTS, TOKEN_OF
from desk.web.problems import LOCALE, Problem
from desk.web.site.packing import packed

HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self';"
        " manifest-src 'self';"
        " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "geolocation=(self), camera=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
OF_DOCUMENTS = ("Content-Security-Policy", "Permissions-Policy", "X-Frame-Options", "Cross-Origin-Opener-Policy")
"""What says how a document behaves: a browser does not read it of what pages load, and a telephone pays for it."""
LOADED = frozenset({"text/css", "application/manifest+json"})
WITH_FORM = HEADERS["Content-Security-Policy"].replace("form-action 'none'", "form-action 'self'")
"""The policy of a page with a form of ours."""
SPEAKS = {"Permissions-Policy": HEADERS["Permissions-Policy"].replace("microphone=()", "microphone=(self)")}
"""Of a page with the chat: its browser may write down what is spoken, once the resident has allowed it to."""
STRICT_TRANSPORT = "max-age=31536000"
CHAT = "/chat/v1/"
PROGRAMS = "/api/v1/"
AS_FILE = 'attachment; filename="answer.json"'
"""How a browser shows JSON that somebody is led to: not at all, it is kept as a file."""
EMBEDDED = re.compile(r"/chat(-[0-9a-f]{16})?\.js|/static/chat/.*|/pay/[^/]+/qr\.svg")
"""What pages of listed sites load by its address: the chat's script and style, and the code of an order to pay."""
PREFLIGHT: Mapping[str, str] = {
    "Access-Control-Allow-Methods": "GET, POST, DELETE",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, Last-Event-ID",
    "Access-Control-Max-Age": "7200",
}
MEDIA_PATH = "/chat/v1/media"
ALERT_PATHS = "/alerts/"
"""Where sources push alerts. As with files, the body is read once its sender is known."""
FORM_WITH_FILE = re.compile(r"/console/(announcements/(new|[0-9]{1,18}/edit)|teaching/import)")
PHOTO_OF_FORM = re.compile(r"/[a-z][a-z0-9_]*/services/[a-z][a-z0-9_]*/form/photo")
IMAGE_PATH, DOCUMENT_PATH = "/api/v1/images", "/api/v1/documents"
LIST_PATH = "/api/v1/lists"
LARGEST_LIST = 2_000_000  # bytes
BODY_LIMIT = 256 * 1024  # bytes of JSON: 10,000 characters, each escaped at worst to 12 bytes, and the rest
MULTIPART_OVERHEAD = 64 * 1024
WRITING = re.compile(r"/console/announcements/(new|[0-9]{1,18}/edit)")
WITH_THE_FORM = MEDIA_LIMIT + LARGEST_IMAGE + LARGEST_LIST + MULTIPART_OVERHEAD + BODY_LIMIT
"""Bytes of the form where an announcement is written: a document, an image and a list may come at once."""
TOKEN = re.compile(r"[A-Za-z0-9_\-.~+/]{16,200}=*")
NO_FORM = (ValueError, AssertionError, LookupError, RuntimeError, HttpProcessingError)
"""What aiohttp's reader of forms raises for what is none, is broken off, or in no charset that it says."""

type Posted = MultiDictProxy[str | bytes | bytearray | web.FileField]


async def prepare_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Set the security headers of every answer, streams and errors included; a signal of the application.

    Who passed the request on, and is no proxy of ours, is told of where residents come by HTTPS.

    The chat API answers pages of listed sites so that their browser lets them read it, and nobody else.
    """
    if request.path.startswith(CHAT):
        response.headers["Vary"] = ", ".join(filter(None, (response.headers.get("Vary"), "Origin")))
        sender = foreign_origin(request)
        if sender is not None and request.app[PARTS].origins.knows(sender):
            response.headers["Access-Control-Allow-Origin"] = sender
            response.headers["Access-Control-Expose-Headers"] = "Retry-After"
            response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    elif EMBEDDED.fullmatch(request.path):
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    is_loaded = _is_loaded(request.path, response.content_type)
    for name, value in HEADERS.items():
        if not (is_loaded and name in OF_DOCUMENTS):
            response.headers.setdefault(name, value)
    if request.path.startswith((CHAT, PROGRAMS)) and response.content_type.endswith("json"):
        response.headers.setdefault("Content-Disposition", AS_FILE)
    parts = request.app[PARTS]
    if parts.is_https:
        parts.unnamed.look(request, parts.proxies)
    if cookies.is_secure(request):
        response.headers.setdefault("Strict-Transport-Security", STRICT_TRANSPORT)
    response.headers.pop("Server", None)


def _is_loaded(path: str, kind: str) -> bool:
    """Whether pages load it, and nothing is one by itself: a service worker and pictures of anybody may be."""
    return kind in LOADED or (
        kind == "text/javascript" and (path.startswith("/static/") or bool(EMBEDDED.fullmatch(path)))
    )


async def expected(request: web.Request) -> None:
    """Ask for the body where its sender waits for that (Expect: 100-continue); other wishes are refused, unquoted."""
    if request.headers.get("Expect", "").strip().lower() != "100-continue":
        raise web.HTTPExpectationFailed
    if request.version == HttpVersion11:
        await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        request.writer.output_size = 0  # the answer itself has not begun


@public
async def unrouted(request: web.Request) -> web.StreamResponse:
    """Refuse what no other route takes. It is a route, so that headers are read there as everywhere (`expected`)."""
    allowed = set[str]()
    for resource in request.app.router.resources():
        allowed |= (await resource.resolve(request))[1]
    allowed.discard("*")  # its own
    raise web.HTTPMethodNotAllowed(request.method, allowed) if allowed else web.HTTPNotFound


@web.middleware
async def origin(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse what another site's page asks a browser to send, unless the site is listed and it is for the chat API."""
    sender = foreign_origin(request)
    if sender is None:
        return await handler(request)
    if request.path.startswith(CHAT) and request.app[PARTS].origins.knows(sender):
        if request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers:
            return web.Response(status=204, headers=PREFLIGHT)
        return await handler(request)
    if request.method not in {"GET", "HEAD"}:
        raise Problem("origin_not_allowed")
    return await handler(request)


@web.middleware
async def size(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Bound the body: 10 MB with a file, 17 MB with those of an announcement, 2 MB for alerts and lists, 256 KiB else.

    But for files it comes within seconds.
    """
    if request.headers.get("Content-Encoding", "identity").strip().lower() != "identity":
        raise Problem("malformed")  # nobody packs what they send here, and unpacked it may be of any size
    is_file, is_alert = takes_file(request), request.path.startswith(ALERT_PATHS)
    others = LARGEST_LIST if request.path == LIST_PATH else BODY_LIMIT
    files = WITH_THE_FORM if WRITING.fullmatch(request.path) else MEDIA_LIMIT + MULTIPART_OVERHEAD
    limit = files if is_file else LARGEST_ALERT if is_alert else others
    if request.content_length is not None and request.content_length > limit:
        raise Problem("too_large", limit=limit)
    bounded = request.clone(client_max_size=limit)
    if not (is_file or is_alert) and request.body_exists:
        try:
            async with asyncio.timeout(request.app[PARTS].limits.body_seconds):
                await bounded.read()  # what the handler reads then is this
        except TimeoutError as exc:
            raise Problem("too_slow") from exc
    return await handler(bounded)


def takes_file(request: web.Request) -> bool:
    """Whether a file comes with what is sent to this address: the body is larger, and read once its sender is known."""
    return request.path in {MEDIA_PATH, IMAGE_PATH, DOCUMENT_PATH} or any(
        one.fullmatch(request.path) is not None for one in (FORM_WITH_FILE, PHOTO_OF_FORM)
    )


async def posted(request: web.Request) -> Posted:
    """The fields of a form.

    Raises:
        Problem: it is none, or cannot be read.
    """
    try:
        return await request.post()
    except NO_FORM as exc:
        raise Problem("malformed") from exc


async def insist_on_pace(request: web.Request, what: str, rate: Rate, whose: str | None = None) -> None:
    """Insist that something is done no faster than at a rate by one account, else by one address.

    Raises:
        Problem: it is; with the seconds to wait. `what` is the limit's name.
    """
    parts = request.app[PARTS]
    admission = await parts.buckets.take(what, whose or caller_of(request, parts.proxies), rate)
    if admission.wait_seconds:
        raise Problem("too_many_at_once", headers={"Retry-After": str(math.ceil(admission.wait_seconds))})


@contextmanager
def bringing(request: web.Request, account: str) -> Iterator[None]:
    """Let a member of staff, or a program, bring a file: few at once, since each takes memory until it is decoded.

    Raises:
        Problem: too many files are on their way, of this account or of all.
    """
    with request.app[PARTS].staff_uploads.admit(account) as within:
        if not within:
            raise Problem("too_many_at_once", headers={"Retry-After": "1"})
        yield


@asynccontextmanager
async def in_time(request: web.Request) -> AsyncIterator[None]:
    """Read a file within the seconds that a poor connection takes.

    Raises:
        Problem: it comes slower.
    """
    try:
        async with asyncio.timeout(request.app[PARTS].limits.upload_seconds):
            yield
    except TimeoutError as exc:
        raise Problem("too_slow") from exc


@web.middleware
async def access(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let through whom the route names."""
    match access_of(request.match_info.route.handler):
        case "public" | "signed" | "staff":  # a signed route's handler verifies, as the console does
            pass
        case _:
            await _authenticate(request)
    return await handler(request)


async def _authenticate(request: web.Request) -> None:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    refusal = Problem("not_authenticated", headers={"WWW-Authenticate": 'Bearer realm="chat"'})
    slot, meant = (None, None) if scheme else cookies.named(request) or (None, None)
    if slot is not None:
        scheme, token = "bearer", (cookies.token_in(request, slot) or "") if cookies.is_own_page(request) else ""
    if scheme.lower() != "bearer" or not TOKEN.fullmatch(token.strip()):
        raise refusal
    parts, token = request.app[PARTS], token.strip()
    idle = parts.limits.session_idle
    async with single_statements(parts.engine) as connection:
        conversation, is_stale = await sessions.find(connection, token, idle)
    if conversation is None or meant not in (None, str(conversation.id)):
        raise refusal
    if is_stale:
        async with transaction(parts.engine) as connection:
            await sessions.note(connection, token, idle)
    request[CONVERSATION], request[TOKEN_OF] = conversation, token
    if slot is not None:
        request[COOKIE_OF] = slot
    request[LOCALE] = conversation.locale


MIDDLEWARES: tuple[Any, ...] = (packed, origin, access, size)  # size passes on a copy of the request
