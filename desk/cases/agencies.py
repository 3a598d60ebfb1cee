"""The way to the agencies: the actions server's command `POST /commands/status`."""

import aiohttp

from desk.contract.agency_commands import StatusAnswer, StatusCommand
from desk.contract.errors import BackendNonsense, BackendRefused
from desk.contract.messages import CaseNote
from desk.http import agencies
from desk.http.peers import signer
from desk.store.keys import Keys
from roles.mac import DESK_TO_ACTIONS

PATH = "/commands/status"
SECONDS = 6.0  # the actions server takes at most 4
SAME = ("case", "city", "service", "kind")
"""What an answer cannot change of a case."""


class ActionsStatus:
    """Asks agencies through the actions server at `url`. The session is owned by the caller."""

    def __init__(self, url: str, session: aiohttp.ClientSession, keys: Keys) -> None:
        self._url = url.rstrip("/")
        self._session = session
        self._signer = signer(keys, DESK_TO_ACTIONS)

    async def status(self, case: CaseNote) -> StatusAnswer | None:
        """Ask how a case stands; None: its service cannot follow it.

        Raises:
            BackendUnavailable: nobody answered in time.
            BackendError: the agency did not say, or the answer is not the contract.
        """
        try:
            answer = await agencies.command(
                self._session, self._signer, self._url, PATH, StatusCommand(case=case), StatusAnswer, seconds=SECONDS
            )
        except BackendRefused as exc:
            if exc.status == 404:
                return None
            raise
        if [getattr(answer.case, name) for name in SAME] != [getattr(case, name) for name in SAME]:
            raise BackendNonsense("The actions server's answer is about another case.")
        return answer
