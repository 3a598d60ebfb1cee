"""The first page: what waits for whoever is logged in. And what they see of every page: theme and shortcuts."""

from aiohttp import web

from desk.console import shell, visits
from desk.console.access import signed_in
from desk.console.forms import form_of
from desk.console.sections import Place, Section, tiles_of
from desk.web.cookies import is_secure

YEAR_SECONDS = 365 * 86_400


@signed_in
async def start_page(request: web.Request) -> web.Response:
    """What waits for whoever is logged in."""
    actor = visits.actor_of(request)
    tiles = [(tile, await tile.look(request)) for tile in tiles_of(request, actor)]
    return shell.page(request, "start.html", tiles=tiles)


@signed_in
async def keep_look(request: web.Request) -> web.Response:
    """Keep how pages look to this browser: light or dark, with shortcuts of one key or without."""
    form = await form_of(request)
    response = shell.see_other(visits.place_in(form["next"]) or visits.ROOT)
    if form["theme"] in shell.THEMES:
        _keep(request, response, shell.THEME_COOKIE, form["theme"])
    if form["keys"] in {"on", "off"}:
        _keep(request, response, shell.KEYS_COOKIE, form["keys"])
    return response


def _keep(request: web.Request, response: web.Response, name: str, value: str) -> None:
    response.set_cookie(
        name,
        value,
        max_age=YEAR_SECONDS,
        path=visits.ROOT,
        secure=is_secure(request),
        httponly=True,
        samesite="Strict",
    )


SECTION = Section(
    routes=(
        web.get(visits.ROOT, start_page),
        web.post(f"{visits.ROOT}/look", keep_look),
    ),
    places=(Place("start", visits.ROOT, "s", 0),),
)
