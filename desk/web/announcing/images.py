"""Images of a city's announcements: each at an address with its hash, as long as an announcement shows it."""

from aiohttp import web

from desk.announcements.composing import images
from desk.media.cleaning import SUFFIXES
from desk.web.access import public
from desk.web.announcing.announcements import LIST
from desk.web.gate import insist_on_pace
from desk.web.limits import Rate
from desk.web.parts import PARTS
from desk.web.problems import Problem

ADDRESS = LIST + "/images/{sha256:[0-9a-f]{64}}.{suffix:" + "|".join(SUFFIXES.values()) + "}"
READING = Rate(per_second=20, capacity=300)  # of one address, which may be that of many
CACHE = "public, max-age=31536000, immutable"  # at this address there is never another


@public
async def image(request: web.Request) -> web.Response:
    """An image of an announcement that everybody may read. Of drafts, and of what was taken back, none is found."""
    parts = request.app[PARTS]
    city, sha256 = request.match_info["city"], request.match_info["sha256"]
    if city not in parts.cities:
        raise Problem("unknown_city", cities=[*sorted(parts.cities)])
    await insist_on_pace(request, "images", READING)
    async with parts.engine.connect() as connection:
        found = await images.shown(connection, city, sha256, parts.now())
    if found is None or SUFFIXES[found.content_type] != request.match_info["suffix"]:
        raise Problem("not_found")
    headers = {
        "Cache-Control": CACHE,
        "ETag": f'"{sha256[:32]}"',
        "Content-Disposition": "inline",
        "Access-Control-Allow-Origin": "*",  # readers of feeds show it
        "Cross-Origin-Resource-Policy": "cross-origin",
    }
    known = request.if_none_match
    if known is not None and any(one.value in (sha256[:32], "*") for one in known):
        return web.Response(status=304, headers=headers)
    return web.Response(body=found.content, content_type=found.content_type, headers=headers)
