"""Answers that a caller may have already: validators, and 304 instead of the same again (RFC 9110, 8.8 and 13)."""

import hashlib
from datetime import UTC, datetime, timedelta

from aiohttp import web

FOREVER = "public, max-age=31536000, immutable"
"""Cache-Control of what stands at an address that names what it holds."""
SETTLED = timedelta(seconds=2)
"""Last-Modified counts seconds: what changed in this one may change in it again, and is given none yet."""


def validated(request: web.Request, response: web.Response, modified: datetime | None, now: datetime) -> web.Response:
    """Give an answer its ETag and Last-Modified; 304 where the caller has it."""
    body = response.body
    assert isinstance(body, bytes)
    language = response.headers.get("Content-Language", "")
    tag = hashlib.sha256(language.encode() + b"\0" + body).hexdigest()[:32]
    response.headers["ETag"] = f'W/"{tag}"'  # weak: it may travel packed (packing.py), which are other bytes
    if modified is not None and modified <= now - SETTLED:
        response.last_modified = modified.astimezone(UTC)
    if not _is_known(request, tag, response.last_modified):
        return response
    kept = {name: value for name, value in response.headers.items() if name not in ("Content-Type", "Content-Length")}
    return web.Response(status=304, headers=kept)


def _is_known(request: web.Request, tag: str, modified: datetime | None) -> bool:
    if request.if_none_match is not None:  # it goes before any date
        return any(known.value in (tag, "*") for known in request.if_none_match)
    since = request.if_modified_since
    return since is not None and modified is not None and modified <= since
