"""A session's token as a cookie that no script can read, for pages of the desk's own; other pages keep it themselves.

The cookie alone opens nothing: the request names its session in a header that no other site's page can send (it is not
among what preflights allow), and comes from our own page.
"""

from datetime import timedelta

from aiohttp import web

from desk.login.nonces import GOOD
from desk.web.access import scheme_of
from desk.web.parts import PARTS

HEADER = "Chat-Session"
"""`<cookie> <session>`: under which name the token is kept, and which session is meant; another one's is refused."""
PREFIX = "chat-"
PATH = "/chat/v1"
ASKED, ENTRIES = "asked-", "/chat/v1/entries"
"""Under which name a page that residents come in by keeps its nonce, and where alone it is sent."""


def foreign_origin(request: web.Request) -> str | None:
    """The origin of another site's page that a request comes from; None: it comes from our own, or from no page."""
    sender = request.headers.get("Origin")
    return None if sender is None or sender.partition("://")[2] == request.host else sender


def is_own_page(request: web.Request) -> bool:
    """Whether a request comes from a page of this origin, as far as its browser says."""
    return foreign_origin(request) is None and request.headers.get("Sec-Fetch-Site", "same-origin") == "same-origin"


def is_browser(request: web.Request) -> bool:
    """Whether a page sends a request, ours or anybody's, as far as its browser says. Apps of phones name no origin."""
    return "Origin" in request.headers or "Sec-Fetch-Site" in request.headers


def is_secure(request: web.Request) -> bool:
    """Whether a request came over HTTPS: to the desk, to a proxy of ours, or since residents come by nothing else."""
    parts = request.app[PARTS]
    return parts.is_https or scheme_of(request, parts.proxies) == "https"


def named(request: web.Request) -> tuple[str, str] | None:
    """Cookie and session that a request names."""
    slot, _, session = request.headers.get(HEADER, "").partition(" ")
    return (slot, session) if slot and session else None


def token_in(request: web.Request, slot: str) -> str | None:
    """The token that is kept under a name."""
    return request.cookies.get(PREFIX + slot)


def keep(request: web.Request, response: web.Response, slot: str, token: str, good: timedelta) -> None:
    """Have the browser keep a token."""
    response.set_cookie(
        PREFIX + slot,
        token,
        max_age=int(good.total_seconds()),
        path=PATH,
        secure=is_secure(request),
        httponly=True,
        samesite="Strict",
    )


def drop(response: web.Response, slot: str) -> None:
    """Have the browser forget it."""
    response.del_cookie(PREFIX + slot, path=PATH, httponly=True, samesite="Strict")


def keep_asked(request: web.Request, response: web.Response, account: str, nonce: str) -> None:
    """Have the browser keep the nonce of a page that residents come in by, as long as it is good."""
    response.set_cookie(
        ASKED + account,
        nonce,
        max_age=int(GOOD.total_seconds()),
        path=ENTRIES,
        secure=is_secure(request),
        httponly=True,
        samesite="Strict",
    )


def asked_in(request: web.Request, account: str) -> str | None:
    """The nonce that came with an entry, from a page of ours."""
    return request.cookies.get(ASKED + account) if is_own_page(request) else None
