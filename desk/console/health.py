"""The health of credentials: who logs in how, who cannot, and what is to be done next."""

from aiohttp import web

from desk.console import members, shell, visits
from desk.console.access import staff
from desk.console.forms import query_of
from desk.console.parts import CONSOLE
from desk.console.sections import Section
from desk.contract.staff import Permission
from desk.staff.health import Condition, CredentialHealth

PATH = f"{members.PATH}/-/health"
TROUBLES = {Condition.INVITATION_OVER, Condition.KEY_ENDS, Condition.LOCKED, Condition.NEVER}
"""What is marked as trouble."""


@staff(Permission.STAFF_MANAGE)
async def health_page(request: web.Request) -> web.Response:
    """Those whom one looks after, by login, with what is true of each and the next act."""
    asked, words = query_of(request), shell.words_of(request)
    wanted = asked["show"] if asked["show"] in set(Condition) else None
    room = CredentialHealth(request.app[CONSOLE].engine)
    page = await room.page(visits.actor_of(request), wanted=wanted, after=asked["after"])
    return shell.page(
        request,
        "health.html",
        page=page,
        wanted=wanted or "",
        conditions=[(one.value, f"{words.t(f'health_{one}')} ({page.counts.get(one, 0)})", "") for one in Condition],
        troubles=TROUBLES,
        after=page.rows[-1].login if page.more else "",
    )


SECTION = Section(routes=(web.get(PATH, health_page),))
