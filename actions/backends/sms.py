"""Client of a city's text-message gateway, whose contract is docs/reference/sms.openapi.yaml."""

from typing import Annotated, Literal

from pydantic import Field

from actions.backends.http import Endpoint
from actions.backends.wire import Contract


class CodeMessage(Contract):
    """A one-time code. `sign` is who sends it; the code is good for `minutes`."""

    to: str
    sign: Annotated[str, Field(min_length=2, max_length=40)]
    template: Literal["one_time_code"] = "one_time_code"
    code: Annotated[str, Field(pattern=r"^[0-9]{6}$")]
    minutes: int
    locale: Literal["zh_Hans", "zh_Hant", "en"]


class Sent(Contract):
    id: str


class Sms:
    """The gateway of one city. All calls raise the `BackendError`s of `Endpoint.call`."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint

    async def send(self, key: str, message: CodeMessage) -> Sent:
        """Send a message; the same key and message may be sent any number of times.

        Raises:
            BackendRefused: `too-many`: this telephone got as many codes as it may for now; `key-reused`.
        """
        return await self._endpoint.call("PUT", f"/messages/{key}", Sent, body=message, repeatable=True)
