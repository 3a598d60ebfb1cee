"""The way to the agencies: a command of the actions server, posted. May not know what is commanded, nor why."""

import aiohttp
from pydantic import ValidationError

from desk.errors import BackendNonsense, BackendRefused, BackendTimeout, BackendUnavailable
from desk.messages import Wire

CONNECT_SECONDS = 2.0


async def command[Answer: Wire](
    session: aiohttp.ClientSession, url: str, asked: Wire, answer: type[Answer], *, seconds: float
) -> Answer:
    """Post a command of `desk.errands` to its address `url`, and read the answer; it may take so many seconds.

    Raises:
        BackendUnavailable: the actions server is not there; nothing was changed.
        BackendTimeout: it, or the agency behind it, gave no answer; whether anything was changed is unknown.
        BackendRefused: it takes no such command; `status` says why.
        BackendNonsense: the answer is not the contract.
    """
    timeout = aiohttp.ClientTimeout(total=seconds, sock_connect=CONNECT_SECONDS)
    headers = {"Content-Type": "application/json"}
    try:
        async with session.post(
            url, data=asked.model_dump_json().encode(), headers=headers, timeout=timeout
        ) as response:
            body = await response.read()
    except aiohttp.ClientConnectorError as exc:
        raise BackendUnavailable("The actions server cannot be reached.") from exc
    except (TimeoutError, aiohttp.ClientError) as exc:
        raise BackendTimeout("The actions server broke off its answer.") from exc
    if response.status >= 500:
        raise BackendTimeout(f"The actions server, or the agency, gave no answer: {response.status}.")
    if response.status >= 400:
        raise BackendRefused(f"The actions server answered {response.status}.", status=response.status)
    if response.status != 200:
        raise BackendNonsense(f"The actions server answered {response.status}.")
    try:
        return answer.model_validate_json(body)
    except ValidationError:  # without its text, which quotes the answer
        raise BackendNonsense("The actions server's answer is not the contract.") from None
