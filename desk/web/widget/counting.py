"""What happens to the chat's button on listed sites, counted: no cookie, no id, nothing of the page or its visitor."""

from aiohttp import web
from aiohttp_pydantic.oas.typing import r204

from channels.webchat import CountRequest
from desk.sites import counts
from desk.store.database import transaction
from desk.web.access import public
from desk.web.cookies import foreign_origin
from desk.web.gate import insist_on_pace
from desk.web.limits import Rate
from desk.web.parts import PARTS
from desk.web.problems import Problem
from desk.web.typed import typed

ADDRESS = "/chat/v1/counts"
PACE = Rate(per_second=20, capacity=200)  # of one address, which may be that of an office: each page counts once


@public
@typed
async def count(request: web.Request, body: CountRequest) -> r204:
    """Count something that happened to the chat's button on a listed site, for the city that it is of.

    Kept is the number for a day, nothing else. The site is the one whose page asks, as its browser says.

    Status Codes:
        204: Counted.
    """
    parts, sender = request.app[PARTS], foreign_origin(request)
    city = parts.cities.get(body.city)
    if city is None:
        raise Problem("unknown_city", cities=[*sorted(parts.cities)])
    if sender is None or not parts.origins.may_open(sender, city.slug):
        raise Problem("origin_not_allowed")
    await insist_on_pace(request, "counts", PACE)
    async with transaction(parts.engine) as connection:
        day = city.local(parts.now()).date()
        await counts.note(connection, day=day, city=city.slug, origin=sender, what=body.what)
    return web.Response(status=204)
