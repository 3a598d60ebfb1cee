"""Documents of a city's announcements: each below its announcement's page, as long as that stands."""

from urllib.parse import quote

from aiohttp import web

from desk.announcements.composing import documents
from desk.announcements.content import Document
from desk.media.documents import PDF
from desk.web import languages
from desk.web.access import public
from desk.web.announcing.announcements import ONE, announcement_page
from desk.web.gate import insist_on_pace
from desk.web.limits import Rate
from desk.web.parts import PARTS
from desk.web.problems import Problem

ADDRESS = ONE + f"/{{begins:[0-9a-f]{{{documents.BEGINS}}}}}.pdf"
READING = Rate(per_second=5, capacity=100)  # of one address, which may be that of many
CACHE = "public, max-age=31536000, immutable, s-maxage=60"
"""At its address there is never another: a browser keeps it. What many share asks again, so that it is gone for all."""
POLICY = "default-src 'none'; sandbox"


@public
async def document(request: web.Request) -> web.StreamResponse:
    """A document of an announcement that everybody may read, as a file to be kept; of one withdrawn that it was."""
    parts, asked = request.app[PARTS], request.match_info
    city = parts.cities.get(asked["city"])
    if city is None:
        raise Problem("unknown_city", cities=[*sorted(parts.cities)])
    await insist_on_pace(request, "documents", READING)
    async with parts.engine.connect() as connection:
        found = await documents.shown(connection, city.slug, int(asked["number"]), asked["begins"], parts.now())
    if found is None:
        raise Problem("not_found")
    if found.is_gone:
        return await announcement_page(request)  # 410, with when and by whom
    tag = found.document.sha256[:32]
    named = found.document.named_in(languages.requested(request, city.languages))
    headers = {
        "Cache-Control": CACHE,
        "Vary": "Accept-Language",
        "ETag": f'"{tag}"',
        "Content-Disposition": _disposition(found.document, named),
        "Content-Security-Policy": POLICY,
        "Access-Control-Allow-Origin": "*",  # readers of feeds fetch it
        "Cross-Origin-Resource-Policy": "cross-origin",
    }
    known = request.if_none_match
    if known is not None and any(one.value in (tag, "*") for one in known):
        return web.Response(status=304, headers=headers)
    response = web.StreamResponse(headers=headers)
    response.content_type, response.content_length = PDF, found.document.size
    await response.prepare(request)
    if request.method != "HEAD":
        async for part in documents.parts(parts.engine, found.document):
            await response.write(part)
    return response


def _disposition(kept: Document, named: str) -> str:
    """A file to be kept, by its name (RFC 6266)."""
    plain = f"{kept.sha256[: documents.BEGINS]}.pdf"
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(f'{named}.pdf', safe='')}"
