"""`POST /commands/status`: the desk asks how a case stands at its agency. Only reads; holds no rules of any service."""

import asyncio
from collections.abc import Iterable, Mapping

import structlog
from aiohttp import web
from pydantic import ValidationError

from actions.dialogue.ports import Follows
from desk.city.files import City
from desk.contract.agency_commands import StatusAnswer, StatusCommand
from desk.contract.errors import BackendError

SECONDS = 4.0
"""Within the 6 s that the desk waits."""

log = structlog.get_logger(__name__)


class Following:
    """The command's side of the server; `services` are those that can follow what they began."""

    def __init__(self, services: Mapping[str, Follows], cities: Mapping[str, City]) -> None:
        self._services = services
        self._cities = cities

    async def status(self, command: StatusCommand) -> StatusAnswer:
        """Ask the service.

        Raises:
            KeyError: no such service follows its cases in this city.
            BackendError: the agency's system failed.
            TimeoutError: it did not answer in time.
        """
        service, city = self._services[command.case.service], self._cities[command.case.city]
        if command.case.service not in city.services:
            raise KeyError(command.case.service)
        async with asyncio.timeout(SECONDS):
            return await service.status(command.case)


FOLLOWING = web.AppKey("following", Following)


async def post_status(request: web.Request) -> web.Response:
    """200 with the case as it stands; 404 where nobody follows it, 502 where the agency does not say, 400 else."""
    try:
        command = StatusCommand.model_validate_json(await request.read())
    except ValidationError:
        return _problem(400, "bad-request", "Not the contract.")
    try:
        answer = await request.app[FOLLOWING].status(command)
    except KeyError:
        return _problem(404, "not-followed", "No service of this city follows such a case.")
    except (BackendError, TimeoutError) as exc:
        log.warning("status_failed", service=command.case.service, error=type(exc).__name__)
        return _problem(502, "agency-failed", "The agency's system did not say.")
    return web.json_response(answer.model_dump(mode="json"))


def routes() -> Iterable[web.RouteDef]:
    """The server lets the desk alone in (`desk/http/peers.py`)."""
    return [web.post("/commands/status", post_status)]


def _problem(status: int, name: str, detail: str) -> web.Response:
    body = {"type": name, "title": "No status.", "status": status, "detail": detail}
    return web.json_response(body, status=status, content_type="application/problem+json")
