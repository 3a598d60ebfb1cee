"""What was deleted when its time was over, by city and kind: that the jobs ran, what they did, what is kept longer."""

from aiohttp import web

from desk.console import shell, visits
from desk.console.access import staff
from desk.console.parts import CONSOLE
from desk.console.sections import Place, Section
from desk.contract.staff import Permission
from desk.store import retention
from desk.web.parts import PARTS

PATH = f"{visits.ROOT}/retention"


@staff(Permission.RETENTION_READ)
async def retention_page(request: web.Request) -> web.Response:
    """The last 31 days."""
    parts, actor = request.app[PARTS], visits.actor_of(request)
    now = parts.now()
    async with request.app[CONSOLE].engine.connect() as connection:
        places, today = actor.places(Permission.RETENTION_READ), now.astimezone(shell.ZONE).date()
        lines = await retention.report(connection, today, cities=places.all_cities, everywhere=places.everywhere)
    return shell.page(
        request,
        "retention.html",
        lines=[(one, one.is_overdue(now)) for one in lines],
        overdue=any(one.is_overdue(now) for one in lines),
    )


SECTION = Section(
    routes=(web.get(PATH, retention_page),),
    places=(Place("retention", PATH, "d", 60, Permission.RETENTION_READ, group="operation"),),
)
