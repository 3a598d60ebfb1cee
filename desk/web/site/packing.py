"""Answers that travel packed (gzip), where the caller takes that: what everybody may read, and nothing of anybody.

The length of what is packed tells of what stands beside a stranger's words in it (BREACH, https://breachattack.com):
pages of persons are never packed. They are `no-store`, set a cookie, or are not public.
"""

import gzip
import re
from functools import lru_cache

from aiohttp import web
from aiohttp.typedefs import Handler

from desk.web.access import access_of

SMALLEST = 600  # bytes: less fits into one packet as it is
KEPT = 256  # answers that a process has packed at hand
TYPES = frozenset(
    {
        *("text/html", "text/css", "text/javascript", "text/plain", "image/svg+xml", "application/json"),
        *("application/manifest+json", "application/feed+json", "application/atom+xml", "application/xml"),
    }
)
GZIP = re.compile(r"(?:^|,)\s*gzip\s*(?!;\s*q=0(?:\.0*)?\s*(?:,|$))(?:;|,|$)", re.IGNORECASE)
"""That a caller takes it, and does not say that it takes none (RFC 9110, 12.5.3)."""


@web.middleware
async def packed(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Pack an answer that may be."""
    response = await handler(request)
    if not isinstance(response, web.Response) or not _may_be(request, response):
        return response
    response.headers["Vary"] = ", ".join(filter(None, (response.headers.get("Vary"), "Accept-Encoding")))
    body = response.body
    if isinstance(body, bytes) and GZIP.search(request.headers.get("Accept-Encoding", "")):
        response.body = _packed(body)
        response.headers["Content-Encoding"] = "gzip"
    return response


def _may_be(request: web.Request, response: web.Response) -> bool:
    body = response.body
    return (
        request.method in ("GET", "HEAD")
        and response.status == 200
        and access_of(request.match_info.route.handler) == "public"
        and "no-store" not in response.headers.get("Cache-Control", "")
        and not response.cookies
        and response.content_type in TYPES
        and "Content-Encoding" not in response.headers
        and isinstance(body, bytes)
        and len(body) >= SMALLEST
    )


@lru_cache(maxsize=KEPT)
def _packed(body: bytes) -> bytes:
    return gzip.compress(body, 9, mtime=0)
