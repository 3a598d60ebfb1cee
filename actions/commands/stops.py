"""`POST /commands/board`: the desk asks which buses come next at a stop. Only reads; nobody is known who asks."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import structlog
from aiohttp import web
from pydantic import ValidationError

from actions.dialogue.ports import ShowsBoards
from desk.contract.agency_commands import BoardAnswer, BoardCommand
from desk.contract.board import Board, StopAsked
from desk.contract.errors import BackendError

log = structlog.get_logger(__name__)


class Stops:
    """The command's side of the server; `services` are those that show boards."""

    def __init__(self, services: Sequence[ShowsBoards]) -> None:
        self._services = services

    async def board(self, asked: StopAsked, at: datetime) -> Board | None:
        """Ask the services; None: none has such a stop.

        Raises:
            BackendError: there is no timetable.
        """
        for service in self._services:
            if (found := await service.board(asked, at)) is not None:
                return found
        return None


STOPS = web.AppKey("stops", Stops)


async def post_board(request: web.Request) -> web.Response:
    """200 with the board; 404 where there is no such stop or line, 502 where there is no timetable, 400 else."""
    try:
        command = BoardCommand.model_validate_json(await request.read())
    except ValidationError:
        return _problem(400, "bad-request", "Not the contract.")
    try:
        found = await request.app[STOPS].board(command.asked, command.at)
    except BackendError as exc:
        log.warning("board_failed", city=command.asked.city, error=type(exc).__name__)
        return _problem(502, "agency-failed", "There is no timetable.")
    if found is None:
        return _problem(404, "no-stop", "The timetable has no such stop, or the lines do not stop there.")
    return web.json_response(BoardAnswer(board=found).model_dump(mode="json"))


def routes() -> Iterable[web.RouteDef]:
    """The server lets the desk alone in (`desk/http/peers.py`)."""
    return [web.post("/commands/board", post_board)]


def _problem(status: int, name: str, detail: str) -> web.Response:
    body = {"type": name, "title": "No board.", "status": status, "detail": detail}
    return web.json_response(body, status=status, content_type="application/problem+json")
