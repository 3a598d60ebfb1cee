"""Lists for programs: telephones, or numbers of cases and tickets, become an audience of the agency."""

from collections.abc import Sequence
from typing import Annotated, Literal

from aiohttp import web
from pydantic import Field

from desk.announcements.audience.lists import Lists
from desk.announcements.content import LONGEST_NAME, AnnouncementFault
from desk.api.access import PROGRAM, program
from desk.api.wire import WORDS, Act, Written, answer, file_of
from desk.contract.errors import Conflict
from desk.contract.staff import Permission
from desk.contract.wire import Slug
from desk.web.gate import insist_on_pace
from desk.web.parts import PARTS

LISTS = web.AppKey("api_lists", Lists)
PATH = "/api/v1/lists"
KIND = "text/csv"


class NewList(Written):
    """Of whom a list is, in the query; the body is the CSV, of which the first column counts."""

    city: Slug
    agency: Slug
    name: Annotated[str, Field(min_length=1, max_length=LONGEST_NAME, pattern=WORDS)]
    of: Literal["telephones", "references"]


class TakenList(Written):
    """What became of a list: `list` is what an audience names. Nothing is kept of the lines that led to nobody.

    `unreadable` of the `unknown` lines are no numbers at all; `where` are the first ten of these, counted from 1.
    `column` is the one that was read, from 1.
    """

    list: int
    lines: int
    known: int
    unknown: int
    unreadable: int
    where: Sequence[int]
    column: int
    until: str


@program(Permission.ANNOUNCEMENT_PUBLISH)
async def upload_list(request: web.Request) -> web.Response:
    """Bring a list as CSV: who of it is known here becomes an audience for 30 days."""
    lists, actor = request.app[LISTS], request[PROGRAM]
    wanted, content = await file_of(request, NewList, (KIND,))
    await insist_on_pace(request, "lists", request.app[PARTS].limits.lists, actor.login)
    try:
        made = await lists.upload(actor, wanted.city, wanted.agency, wanted.name, wanted.of, content)
    except AnnouncementFault as exc:  # the fields of the console's form are none of the request
        raise Conflict(str(exc)) from exc
    shown = TakenList(
        list=made.id,
        lines=made.lines,
        known=made.known,
        unknown=made.unknown,
        unreadable=made.unreadable,
        where=list(made.where),
        column=made.column,
        until=made.good_until.isoformat(timespec="seconds"),
    )
    return answer(shown, status=201)


ACTS: tuple[Act, ...] = (("post", PATH, upload_list, NewList, TakenList),)
