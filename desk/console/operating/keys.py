"""The keys by which programs act: whose, what each is for, until when. One is ended by one person, made by two."""

from urllib.parse import urlencode

from aiohttp import web

from desk.console import members, shell, visits
from desk.console.access import staff
from desk.console.faults import Fault, fault_of
from desk.console.forms import EMPTY, Form, form_of, query_of
from desk.console.parts import CONSOLE
from desk.console.sections import Place, Section
from desk.contract.errors import DeskError
from desk.contract.staff import NotPermitted, Permission
from desk.staff.keys import PAGE, ProgramKeys

PATH = f"{visits.ROOT}/keys"
ONE = f"{PATH}/{{login:[a-z][a-z0-9._-]{{1,31}}}}/{{key:[0-9a-f]{{16}}}}"


@staff(Permission.STAFF_READ)
async def keys_page(request: web.Request) -> web.Response:
    """Keys that hold, by the account whose they are."""
    return await _page(request)


@staff(Permission.STAFF_MANAGE)
async def end(request: web.Request) -> web.Response:
    """End one key, at once."""
    form, login, mark = await form_of(request), request.match_info["login"], request.match_info["key"]
    try:
        await _room(request).end(visits.actor_of(request), login, mark, reason=form["reason"])
    except NotPermitted:
        raise
    except DeskError as exc:
        return await _page(request, form, fault_of(exc, f"end-{mark}"), opened=mark)
    return shell.see_other(PATH, done="key_ended")


async def _page(request: web.Request, form: Form = EMPTY, *faults: Fault, opened: str = "") -> web.Response:
    asked, actor = query_of(request), visits.actor_of(request)
    after = (asked["after"], asked["mark"]) if asked["after"] else None
    found = await _room(request).page(actor, after=after, limit=PAGE + 1)
    shown = found[:PAGE]
    return shell.page(
        request,
        "program_keys.html",
        status=422 if faults else 200,
        faults=faults,
        form=form,
        opened=opened,
        keys=shown,
        may_make=actor.may_somewhere(Permission.STAFF_MANAGE),
        staff_path=members.PATH,
        more=urlencode({"after": shown[-1].login, "mark": shown[-1].mark}) if len(found) > PAGE else "",
    )


def _room(request: web.Request) -> ProgramKeys:
    return ProgramKeys(request.app[CONSOLE].engine)


SECTION = Section(
    routes=(web.get(PATH, keys_page), web.post(ONE, end)),
    places=(Place("keys", PATH, "k", 31, Permission.STAFF_READ, group="operation"),),
)
