"""`POST /commands/holder` and `/commands/code`: the desk has a one-time code sent. Holds no rules of any service."""

import asyncio
from collections.abc import Awaitable, Iterable, Mapping
from dataclasses import dataclass

import structlog
from aiohttp import web
from pydantic import ValidationError

from actions.dialogue.ports import Proves, SendsCodes
from desk.city.files import City
from desk.contract.agency_commands import CodeCommand, CodeSent, HolderAnswer, HolderCommand
from desk.contract.errors import BackendError, BackendRefused
from desk.contract.wire import Wire

SECONDS = 4.0
"""Within the 6 s that the desk waits."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Proving:
    """Both commands. By service: `persons` prove by an id, `references` by a number, `telephones` those of forms.
    `visitors` are of no service.
    """

    persons: Mapping[str, Proves]
    references: Mapping[str, Proves]
    telephones: Mapping[str, SendsCodes]
    visitors: SendsCodes
    cities: Mapping[str, City]

    async def holder(self, command: HolderCommand) -> HolderAnswer:
        """Ask the agency.

        Raises:
            KeyError: no such service proves anything in this city.
            BackendRefused: the agency knows nothing by it.
            BackendError: the agency's system failed.
        """
        provers = self.persons if command.of == "person" else self.references
        return HolderAnswer(phone=await self._of(provers, command).holder(command.city, command.value))

    async def code(self, command: CodeCommand) -> CodeSent:
        """Send a code.

        Raises:
            KeyError: likewise.
            BackendRefused: the gateway does not send it.
            BackendError: the gateway failed.
        """
        senders: Mapping[str, Mapping[str, SendsCodes]] = {
            "person": self.persons,
            "reference": self.references,
            "phone": self.telephones,
            "visitor": {command.service: self.visitors},
        }
        await self._of(senders[command.of], command).send_code(self.cities[command.city], command)
        return CodeSent()

    def _of[Sender](self, senders: Mapping[str, Sender], command: HolderCommand | CodeCommand) -> Sender:
        if command.service not in self.cities[command.city].services:
            raise KeyError(command.service)
        return senders[command.service]


PROVING = web.AppKey("proving", Proving)


async def post_holder(request: web.Request) -> web.Response:
    """200 with the telephone; 404 where nothing is known, 502 where the agency does not say, 400 else."""
    try:
        command = HolderCommand.model_validate_json(await request.read())
    except ValidationError:
        return _problem(400, "bad-request", "Not the contract.")
    return await _answered(request.app[PROVING].holder(command), command.service)


async def post_code(request: web.Request) -> web.Response:
    """200 once it was sent; 404 where the gateway refuses it, 502 where it fails, 400 else."""
    try:
        command = CodeCommand.model_validate_json(await request.read())
    except ValidationError:
        return _problem(400, "bad-request", "Not the contract.")
    return await _answered(request.app[PROVING].code(command), command.service)


async def _answered(work: Awaitable[Wire], service: str) -> web.Response:
    try:
        async with asyncio.timeout(SECONDS):
            answer = await work
    except KeyError:
        return _problem(404, "not-proved", "No service of this city proves such a thing.")
    except BackendRefused as exc:
        return _problem(404, exc.code or "refused", "The agency, or the gateway, refuses.")
    except (BackendError, TimeoutError) as exc:
        log.warning("code_not_sent", service=service, error=type(exc).__name__)
        return _problem(502, "agency-failed", "The agency's system, or the gateway, did not answer.")
    return web.json_response(answer.model_dump(mode="json"))


def routes() -> Iterable[web.RouteDef]:
    """The server lets the desk alone in (`desk/http/peers.py`)."""
    return [web.post("/commands/holder", post_holder), web.post("/commands/code", post_code)]


def _problem(status: int, name: str, detail: str) -> web.Response:
    body = {"type": name, "title": "No proof.", "status": status, "detail": detail}
    return web.json_response(body, status=status, content_type="application/problem+json")
