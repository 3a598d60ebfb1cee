"""The first page: what waits for whoever is logged in. And what they see of every page: theme and shortcuts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from aiohttp import web

from desk.console import shell, visits
from desk.console.access import signed_in
from desk.console.forms import form_of
from desk.console.parts import CONSOLE
from desk.console.sections import BOX, Item, Place, Section, Tile, Waiting, actions_of, tiles_of
from desk.store.arming import is_armed
from desk.web.cookies import is_secure

YEAR_SECONDS = 365 * 86_400
LATEST = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class ToDecide:
    """All that somebody is to decide: how much of each kind, and of all kinds what waits longest."""

    kinds: Sequence[tuple[Tile, int]]
    items: Sequence[tuple[Tile, Item]]

    @property
    def count(self) -> int:
        """How much that is."""
        return sum(count for _, count in self.kinds)

    @classmethod
    def of(cls, looked: Sequence[tuple[Tile, Waiting]]) -> "ToDecide":
        """Put together what tiles found."""
        items = [(tile, item) for tile, waiting in looked for item in waiting.items]
        items.sort(key=lambda one: (not one[1].is_first, one[1].since or LATEST))
        return cls([(tile, waiting.count) for tile, waiting in looked if waiting.count], items[:BOX])


@signed_in
async def start_page(request: web.Request) -> web.Response:
    """What waits for whoever is logged in."""
    actor = visits.actor_of(request)
    looked = [(tile, await tile.look(request)) for tile in tiles_of(request, actor)]
    deciding = [one for one in looked if one[0].decided_by]
    async with request.app[CONSOLE].engine.connect() as connection:
        armed = await is_armed(connection)
    return shell.page(
        request,
        "start.html",
        is_armed=armed,
        decide=ToDecide.of(deciding) if deciding else None,
        tiles=[one for one in looked if not one[0].decided_by],
        actions=actions_of(request, actor),
    )


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
