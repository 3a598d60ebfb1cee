"""Errors of the pretend systems: problem+json (RFC 9457)."""

import json

from aiohttp import web


def problem(status: int, kind: str, title: str, detail: str | None = None) -> web.Response:
    """An error answer: `kind` is the stable `type`, `title` a sentence for developers."""
    body = {"type": kind, "title": title, "status": status}
    if detail is not None:
        body["detail"] = detail
    return web.Response(
        status=status, body=json.dumps(body, ensure_ascii=False).encode(), content_type="application/problem+json"
    )
