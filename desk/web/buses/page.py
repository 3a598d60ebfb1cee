"""The board of a stop for a card of the chat, and as a page: the same, from the same question."""

from aiohttp import web
from aiohttp_pydantic.oas.typing import r200
from pydantic import ValidationError

from desk.city.files import City
from desk.contract.board import HIGH, WIDE, StopAsked
from desk.contract.errors import BackendError
from desk.contract.rendered import RenderedBoard
from desk.contract.wire import Locale
from desk.texts.catalogs import seal_of
from desk.web import languages
from desk.web.access import public
from desk.web.buses.asking import Boards
from desk.web.gate import insist_on_pace
from desk.web.limits import Rate
from desk.web.pages import page
from desk.web.parts import PARTS
from desk.web.problems import Problem, not_valid
from desk.web.typed import typed

IN_CHAT = "/chat/v1/cities/{city}/board"
PAGE = "/{city:[a-z][a-z0-9_]*}/buses"
LOOKING = Rate(per_second=5, capacity=60)  # of one address: each open page asks every half minute
RETRY_SECONDS = 10
BOARDS = web.AppKey("boards", Boards)  # absent where nobody can be asked


@public
@typed
async def shown_board(
    request: web.Request, city: str, /, stop: str, lines: str = "", towards: str = "", locale: Locale = "zh_Hans"
) -> r200[RenderedBoard]:
    """Read which buses come next at a stop: what the card of a board showed, as it is now.

    `stop`, `lines` (with commas between) and `towards` are those of the board's `asked`.

    Status Codes:
        200: The board.
        404: There is no such stop, or the lines do not stop there.
        503: Nobody says it just now.
    """
    here = _city(request, city)
    spoken = locale if locale in here.languages else here.languages[0]
    board = await _board(request, here, _asked(here, stop, lines, towards), spoken)
    return web.json_response(board.model_dump(mode="json"), headers={"Cache-Control": "no-store"})


@public
async def board_page(request: web.Request) -> web.Response:
    """The board of a stop; it is brought anew while it is looked at, where scripts run."""
    city = _city(request, request.match_info["city"])
    locale = languages.requested(request, city.languages)
    asked = _asked(city, *(request.query.get(name, "") for name in ("stop", "lines", "towards")))
    board = await _board(request, city, asked, locale)
    parts = request.app[PARTS]
    return page(
        request,
        "board.html",
        locale,
        city.languages,
        headers={"Cache-Control": "no-store"},
        city=city.slug,
        name=parts.catalogs.name((city.greeting_names or city.names).model_dump(), locale),
        seal=seal_of(city.names.model_dump(), locale),
        board=board,
        box=(WIDE, HIGH),
        kept=request.url.without_query_params("lang").raw_query_string,
    )


async def _board(request: web.Request, city: City, asked: StopAsked, locale: Locale) -> RenderedBoard:
    boards, parts = request.app.get(BOARDS), request.app[PARTS]
    if boards is None:
        raise Problem("not_found")
    await insist_on_pace(request, "boards", LOOKING)
    try:
        board = await boards.of(asked, city.local(parts.now()))
    except BackendError as exc:
        raise Problem("unavailable", headers={"Retry-After": str(RETRY_SECONDS)}) from exc
    if board is None:
        raise Problem("not_found")
    return parts.catalogs.board(board, locale)


def _asked(city: City, stop: str, lines: str, towards: str) -> StopAsked:
    try:
        return StopAsked(
            city=city.slug, stop=stop, lines=[key for key in lines.split(",") if key], towards=towards or None
        )
    except ValidationError as exc:
        raise not_valid(exc, "query") from exc


def _city(request: web.Request, slug: str) -> City:
    cities = request.app[PARTS].cities
    if slug not in cities:
        raise Problem("unknown_city", cities=[*sorted(cities)])
    return cities[slug]
