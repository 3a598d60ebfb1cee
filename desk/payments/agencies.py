"""The way to the agencies: the actions server's command `POST /commands/book`."""

import aiohttp

from desk.contract.agency_commands import BookAnswer, BookCommand
from desk.contract.errors import BackendNonsense
from desk.http import agencies
from desk.http.peers import signer
from desk.store.keys import Keys
from roles.mac import DESK_TO_ACTIONS

PATH = "/commands/book"
SECONDS = 30.0  # the actions server takes at most 25


class ActionsAgencies:
    """Reaches the agencies through the actions server at `url`. The session is owned by the caller."""

    def __init__(self, url: str, session: aiohttp.ClientSession, keys: Keys) -> None:
        self._url = url.rstrip("/")
        self._session = session
        self._signer = signer(keys, DESK_TO_ACTIONS)

    async def book(self, command: BookCommand) -> BookAnswer:
        """Tell an agency that the money has arrived. Errors as in `desk.payments.ports.Agencies`."""
        answer = await agencies.command(
            self._session, self._signer, self._url, PATH, command, BookAnswer, seconds=SECONDS
        )
        if [one.reference for one in answer.bookings] != [one.reference for one in command.items]:
            raise BackendNonsense("The actions server's answer is about other items.")
        return answer
