"""The way to the agencies: the actions server's command `POST /commands/book`. May not know orders or money."""

import aiohttp
from pydantic import ValidationError

from desk.errands import BookAnswer, BookCommand
from desk.errors import BackendNonsense, BackendTimeout, BackendUnavailable

TIMEOUT = aiohttp.ClientTimeout(total=30, sock_connect=2)  # the actions server takes at most 25 s


class ActionsAgencies:
    """Reaches the agencies through the actions server at `url`. The session is owned by the caller."""

    def __init__(self, url: str, session: aiohttp.ClientSession) -> None:
        self._url = url.rstrip("/") + "/commands/book"
        self._session = session

    async def book(self, command: BookCommand) -> BookAnswer:
        """Tell an agency that the money has arrived. Errors as in `desk.payments.ports.Agencies`."""
        try:
            async with self._session.post(
                self._url,
                data=command.model_dump_json().encode(),
                headers={"Content-Type": "application/json"},
                timeout=TIMEOUT,
            ) as response:
                body = await response.read()
        except aiohttp.ClientConnectorError as exc:
            raise BackendUnavailable("The actions server cannot be reached.") from exc
        except (TimeoutError, aiohttp.ClientError) as exc:
            raise BackendTimeout("The actions server broke off its answer.") from exc
        if response.status != 200:
            raise BackendNonsense(f"The actions server answered {response.status}.")
        try:
            answer = BookAnswer.model_validate_json(body)
        except ValidationError:  # without its text, which quotes the answer
            raise BackendNonsense("The actions server's answer is not the contract.") from None
        if [one.reference for one in answer.bookings] != [one.reference for one in command.items]:
            raise BackendNonsense("The actions server's answer is about other items.")
        return answer
