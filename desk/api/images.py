"""Images for programs: brought before the announcement that names them, and seen by those who may see that."""

from typing import Annotated

from aiohttp import web
from pydantic import Field

from desk.api.access import PROGRAM, program
from desk.api.announcements import ROOM
from desk.api.wire import Act, Nothing, Written, answer, file_of
from desk.contract.staff import Permission
from desk.contract.wire import Slug
from desk.media.cleaning import FORMATS
from desk.web.gate import bringing, insist_on_pace
from desk.web.parts import PARTS

PATH = "/api/v1/images"
ONE = f"{PATH}/{{sha256:[0-9a-f]{{64}}}}"
HASH = {"type": "string", "pattern": "^[0-9a-f]{64}$"}


class NewImage(Written):
    """Of whom an image is, in the query; the body is the file."""

    city: Slug
    agency: Slug


class KeptImage(Written):
    """What an announcement names it by: not the hash of the file that came, for it is encoded anew."""

    sha256: Annotated[str, Field(pattern=HASH["pattern"])]


@program(Permission.ANNOUNCEMENT_PUBLISH)
async def upload_image(request: web.Request) -> web.Response:
    """Bring an image: it is checked, made anew and kept for a day, and as long as an announcement names it."""
    actor = request[PROGRAM]
    with bringing(request, actor.login):
        wanted, content = await file_of(request, NewImage, FORMATS)
        await insist_on_pace(request, "images of staff", request.app[PARTS].limits.images_of_staff, actor.login)
        kept = await request.app[ROOM].keep_image(actor, wanted.city, wanted.agency, content)
    return answer(KeptImage(sha256=kept.sha256), status=201)


@program(Permission.ANNOUNCEMENT_READ)
async def image(request: web.Request) -> web.Response:
    """An image of an announcement that the account may see, or one that it has just brought."""
    found = await request.app[ROOM].image(request[PROGRAM], request.match_info["sha256"])
    headers = {"Cache-Control": "no-store"}
    return web.Response(body=found.content, content_type=found.content_type, headers=headers)


ACTS: tuple[Act, ...] = (
    ("post", PATH, upload_image, NewImage, KeptImage),
    ("get", ONE, image, Nothing, Nothing),
)
