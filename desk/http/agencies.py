"""The way to the agencies: a command of the actions server, posted."""

import aiohttp
import structlog
from pydantic import ValidationError

from desk.contract.errors import BackendNonsense, BackendRefused, BackendTimeout, BackendUnavailable, PeerStrange
from desk.contract.wire import Wire
from desk.http.peers import ask
from roles.mac import Signer

CONNECT_SECONDS = 2.0

log = structlog.get_logger(__name__)


async def command[Answer: Wire](
    session: aiohttp.ClientSession,
    by: Signer,
    url: str,
    path: str,
    asked: Wire,
    answer: type[Answer],
    *,
    seconds: float,
) -> Answer:
    """Post a command of `desk.contract.agency_commands` to the actions server, and read the answer in so many seconds.

    Raises:
        BackendUnavailable: the actions server is not there; nothing was changed.
        BackendTimeout: it, or the agency behind it, gave no answer, or not a signed one; whether anything was changed
            is unknown.
        BackendRefused: it takes no such command; `status` says why.
        BackendNonsense: the answer is not the contract.
    """
    limits = aiohttp.ClientTimeout(total=seconds, sock_connect=CONNECT_SECONDS)
    try:
        status, body = await ask(session, by, url, path, asked.model_dump_json().encode(), limits=limits)
    except PeerStrange as exc:
        log.error("actions_strange", why=str(exc))
        raise BackendTimeout(str(exc)) from exc
    except aiohttp.ClientConnectorError as exc:
        raise BackendUnavailable("The actions server cannot be reached.") from exc
    except (TimeoutError, aiohttp.ClientError) as exc:
        raise BackendTimeout("The actions server broke off its answer.") from exc
    if status >= 500:
        raise BackendTimeout(f"The actions server, or the agency, gave no answer: {status}.")
    if status >= 400:
        raise BackendRefused(f"The actions server answered {status}.", status=status)
    if status != 200:
        raise BackendNonsense(f"The actions server answered {status}.")
    try:
        return answer.model_validate_json(body)
    except ValidationError:  # without its text, which quotes the answer
        raise BackendNonsense("The actions server's answer is not the contract.") from None
