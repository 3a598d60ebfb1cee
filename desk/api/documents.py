"""Documents for programs: brought before the announcement that names them, and fetched by those who may see that."""

from typing import Annotated

from aiohttp import web
from pydantic import Field

from desk.api.access import PROGRAM, program
from desk.api.announcements import ROOM
from desk.api.images import HASH
from desk.api.wire import WORDS, Act, Nothing, Written, answer, file_of
from desk.contract.staff import Permission
from desk.contract.wire import Slug
from desk.media.documents import PDF
from desk.web.gate import DOCUMENT_PATH, bringing, insist_on_pace
from desk.web.parts import PARTS

PATH = DOCUMENT_PATH
ONE = f"{PATH}/{{sha256:[0-9a-f]{{64}}}}"


class NewDocument(Written):
    """Of whom a document is, and what its file is called, in the query; the body is the file."""

    city: Slug
    agency: Slug
    name: Annotated[str, Field(min_length=1, max_length=300, pattern=WORDS)]


class KeptDocument(Written):
    """What an announcement names it by, with names in its languages: the file is kept as it came, `size` in bytes."""

    sha256: Annotated[str, Field(pattern=HASH["pattern"])]
    file: str
    size: int


@program(Permission.ANNOUNCEMENT_PUBLISH)
async def upload_document(request: web.Request) -> web.Response:
    """Bring a PDF: it is looked through and kept for a day, and as long as an announcement names it."""
    actor = request[PROGRAM]
    with bringing(request, actor.login):
        wanted, content = await file_of(request, NewDocument, {PDF})
        await insist_on_pace(request, "documents of staff", request.app[PARTS].limits.documents_of_staff, actor.login)
        kept = await request.app[ROOM].keep_document(actor, wanted.city, wanted.agency, content, wanted.name)
    return answer(KeptDocument(sha256=kept.sha256, file=kept.file, size=kept.size), status=201)


@program(Permission.ANNOUNCEMENT_READ)
async def document(request: web.Request) -> web.Response:
    """A document of an announcement that the account may see, or one that it has just brought."""
    sha256 = request.match_info["sha256"]
    content = await request.app[ROOM].document(request[PROGRAM], sha256)
    headers = {"Cache-Control": "no-store", "Content-Disposition": f'attachment; filename="{sha256[:16]}.pdf"'}
    return web.Response(body=content, content_type=PDF, headers=headers)


ACTS: tuple[Act, ...] = (
    ("post", PATH, upload_document, NewDocument, KeptDocument),
    ("get", ONE, document, Nothing, Nothing),
)
