"""The way to the agencies: the actions server's command `POST /commands/status`. May not know the store."""

import aiohttp
from pydantic import ValidationError

from desk.errands import StatusAnswer, StatusCommand
from desk.errors import BackendNonsense, BackendUnavailable
from desk.messages import CaseNote

TIMEOUT = aiohttp.ClientTimeout(total=6, sock_connect=2)  # the actions server takes at most 4 s
SAME = ("case", "city", "service", "kind")
"""What an answer cannot change of a case."""


class ActionsStatus:
    """Asks agencies through the actions server at `url`. The session is owned by the caller."""

    def __init__(self, url: str, session: aiohttp.ClientSession) -> None:
        self._url = url.rstrip("/") + "/commands/status"
        self._session = session

    async def status(self, case: CaseNote) -> StatusAnswer | None:
        """Ask how a case stands; None: its service cannot follow it.

        Raises:
            BackendUnavailable: nobody answered in time.
            BackendError: the agency did not say, or the answer is not the contract.
        """
        command = StatusCommand(case=case)
        try:
            async with self._session.post(
                self._url,
                data=command.model_dump_json().encode(),
                headers={"Content-Type": "application/json"},
                timeout=TIMEOUT,
            ) as response:
                body = await response.read()
        except (TimeoutError, aiohttp.ClientError) as exc:
            raise BackendUnavailable("The actions server did not answer.") from exc
        if response.status == 404:
            return None
        if response.status >= 500:
            raise BackendUnavailable(f"The agency did not answer: {response.status}.")
        if response.status != 200:
            raise BackendNonsense(f"The actions server answered {response.status}.")
        try:
            answer = StatusAnswer.model_validate_json(body)
        except ValidationError:  # without its text, which quotes the answer
            raise BackendNonsense("The actions server's answer is not the contract.") from None
        if [getattr(answer.case, name) for name in SAME] != [getattr(case, name) for name in SAME]:
            raise BackendNonsense("The actions server's answer is about another case.")
        return answer
