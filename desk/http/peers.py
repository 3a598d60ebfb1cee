"""Asking another role, and being asked: signed HTTP (`roles/mac.py`).

Each pair of roles has a key of its own, derived from the installation's secret; the bot is given its two and no more.
"""

from collections.abc import Mapping

import aiohttp
import structlog
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from prometheus_client import Counter
from pydantic import BaseModel, ValidationError

from desk.contract.errors import PeerStrange
from desk.http.tracing import answered, call_span, following, sent_along, span
from desk.store.keys import Keys
from roles.mac import CONTENT_TYPE, HEADER, Refused, Signer, Ticket, Verifier
from roles.trace import HEADER as TRACE

log = structlog.get_logger(__name__)
REFUSALS = Counter("desk_role_refusals", "Requests that were refused because no role of ours sent them.", ["reason"])

SECRETS_DIFFER = (
    "It refuses the key of this process: the two were started with different secrets. Give every role the same"
    " DESK_SECRET_KEY (on one machine: the same data directory), and start it again."
)
CLOCKS_DIFFER = "The clocks of the two machines differ too much. Keep both by NTP."
STRANGER = "What answers there did not prove to be that role. See which program listens at this address."
MENDS: Mapping[str, str] = {"other-key": SECRETS_DIFFER, "stale": CLOCKS_DIFFER}


class _Problem(BaseModel):
    """What is read of a refusal."""

    type: str = ""


def key_of(keys: Keys, pair: str) -> bytes:
    """The key by which one of a pair of roles signs (`roles.mac.DESK_TO_BOT` and so on)."""
    return keys.signing(f"roles {pair}")[0]


def signer(keys: Keys, pair: str) -> Signer:
    """What signs requests of one role to another."""
    return Signer(pair, key_of(keys, pair))


def verifier(keys: Keys, pair: str) -> Verifier:
    """What checks them on the other side."""
    return Verifier(pair, keys.signing(f"roles {pair}"))


async def ask(
    session: aiohttp.ClientSession,
    by: Signer,
    url: str,
    path: str,
    body: bytes | None = None,
    *,
    limits: aiohttp.ClientTimeout | None = None,
) -> tuple[int, bytes]:
    """Post a body to `url` + `path`, or get it where there is none; status and content of the role's own answer.

    `limits` are those of the session where none are given.

    Raises:
        PeerStrange: the answer is not that role's; its text says what to mend.
        aiohttp.ClientError, TimeoutError: as of the session.
    """
    method = "GET" if body is None else "POST"
    signed = by.sign(method, path, body or b"")
    within = limits or session.timeout
    with call_span(method, path, url) as recorded:
        headers = {HEADER: signed.header, **sent_along(), **({} if body is None else {"Content-Type": CONTENT_TYPE})}
        async with session.request(method, url + path, data=body, headers=headers, timeout=within) as response:
            content = await response.read()
        answered(recorded, response.status)
        if not by.is_answer(signed, response.status, response.headers.get(HEADER), content):
            raise PeerStrange(f"{url}: {_mend(response.status, content)}")
    return response.status, content


def _mend(status: int, content: bytes) -> str:
    try:
        said = _Problem.model_validate_json(content).type if status == 401 else ""
    except ValidationError:
        said = ""
    return MENDS.get(said, STRANGER)


def guard(pairs: Mapping[str, Verifier], otherwise: Verifier) -> Middleware:
    """Let in what the right role signed, and sign what is answered; `pairs` by path, `otherwise` for all others."""

    @web.middleware
    async def guarded(request: web.Request, handler: Handler) -> web.StreamResponse:
        checks = pairs.get(request.path, otherwise)
        try:
            ticket = await verified(request, checks)
        except Refused as refused:
            return refusal(refused)
        try:
            with following(request.headers.get(TRACE)):
                answer = await _handled(request, handler)
        except web.HTTPException as exc:
            _sign(exc, checks, ticket)
            raise
        _sign(answer, checks, ticket)
        return answer

    return guarded


async def _handled(request: web.Request, handler: Handler) -> web.StreamResponse:
    resource = request.match_info.route.resource
    route = "" if resource is None else resource.canonical
    attributes = {"http.request.method": request.method, "http.route": route}
    with span(f"{request.method} {route}".strip(), "server", attributes) as recorded:
        answer = await handler(request)
        answered(recorded, answer.status, least_fault=500)
        return answer


async def verified(request: web.Request, checks: Verifier) -> Ticket:
    """Check a request. Raises Refused."""
    ticket = checks.admit(request.method, request.path_qs, request.headers)
    checks.check(ticket, await request.read())
    return ticket


def refusal(refused: Refused) -> web.Response:
    """The answer to what was refused, unsigned: nobody is known to whom it could be signed."""
    REFUSALS.labels(reason=refused.kind).inc()
    log.warning("role_refused", reason=refused.kind, detail=refused.detail)
    return web.json_response(refused.document(), status=refused.status, content_type="application/problem+json")


def _sign(answer: web.StreamResponse, checks: Verifier, ticket: Ticket) -> None:
    body = answer.body if isinstance(answer, web.Response) else None
    answer.headers[HEADER] = checks.answer(ticket, answer.status, body if isinstance(body, bytes) else b"")
