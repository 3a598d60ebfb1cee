"""Pictures of reports, for the agency that was given their address; nobody else can know it."""

from aiohttp import web

from desk.contract.errors import FileHeld
from desk.conversations.pictures import find_picture
from desk.media.links import LENGTH
from desk.media.types import MEDIA_LIMIT, content_type_of
from desk.store.database import transaction
from desk.web.access import public
from desk.web.gate import insist_on_pace
from desk.web.limits import Rate
from desk.web.parts import MEDIA, PARTS
from desk.web.problems import Problem

ADDRESS = f"/media/{{code:[A-Z2-7]{{{LENGTH}}}}}"
HELD_SECONDS = 60  # until one that is kept back is looked at again
RATE = Rate(per_second=5, capacity=100)
"""Of one caller: an agency fetches each picture once or a few times; who guesses codes asks more often."""


@public
async def picture(request: web.Request) -> web.Response:
    """A picture, as it was sent. What is past its time, erased or no picture is not found; what nobody has looked for
    malware in is not given yet (503).
    """
    parts = request.app[PARTS]
    await insist_on_pace(request, "pictures", RATE)
    media_id = request.app[MEDIA].opens(request.match_info["code"], parts.now())
    if media_id is None:
        raise Problem("not_found")
    try:
        async with transaction(parts.engine) as connection:
            found = await find_picture(connection, media_id)
    except FileHeld as exc:
        raise Problem("unavailable", headers={"Retry-After": str(HELD_SECONDS)}) from exc
    if found is None or len(found.content) > MEDIA_LIMIT or content_type_of(found.content) != found.content_type:
        raise Problem("not_found")
    return web.Response(
        body=found.content,
        content_type=found.content_type,
        headers={"Cache-Control": "no-store", "Content-Disposition": "inline", "X-Robots-Tag": "noindex"},
    )
