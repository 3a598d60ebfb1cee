"""One call of a platform over HTTP, and what its failure says of what was asked.

The kinds of failure are outcomes of a delivery (`desk/contract/channel.py`): not taken, refused, or not known. Neither
addresses nor answers stand in messages: they hold tokens and what residents wrote.
"""

import json
from collections.abc import AsyncIterator, Container, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any, Literal

from aiohttp import (
    ClientConnectorError,
    ClientError,
    ClientResponse,
    ClientSession,
    ClientTimeout,
    ConnectionTimeoutError,
    FormData,
)
from pydantic import JsonValue

from desk.contract.channel import Outcome, Rejected, RetryAfter, Sent, Stopped, Unknown
from desk.contract.errors import (
    BackendError,
    BackendRefused,
    BackendTimeout,
    BackendUnavailable,
    PayloadTooLarge,
)

TIMEOUT = ClientTimeout(total=8, sock_connect=2)  # seconds
ANSWER_BYTES = 1_000_000
LONGEST_CODE = 18  # digits
SOON = 30.0  # seconds
SOONEST = 1.0  # after a platform that says "in 0 seconds" and takes nothing
NOT_SENT = (ClientConnectorError, ConnectionTimeoutError)

type Failure = RetryAfter | Rejected | Stopped | Unknown


class CallFailed(Exception):
    """A call came to nothing: `outcome` says how."""

    def __init__(self, outcome: Failure) -> None:
        super().__init__(outcome.why)
        self.outcome = outcome

    def as_error(self, platform: str) -> BackendError:
        """The same as an error of a city's system, for whoever asked and did not send."""
        match self.outcome:
            case RetryAfter(why=why):
                return BackendUnavailable(f"{platform} takes nothing now ({why}).")
            case Unknown(why=why):
                return BackendTimeout(f"{platform} did not answer as it should ({why}).")
            case Rejected(why=why, account=True):
                return BackendRefused(f"{platform} refuses the account ({why}): look at its credentials.", code=why)
            case Rejected(why=why) | Stopped(why=why):
                return BackendRefused(f"{platform} refuses this ({why}).", code=why)


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer. `to_next_hour` is in seconds, by the platform's own clock; `retry_after` what it asks for.

    Names of `headers` are in lower case.
    """

    status: int
    content: bytes
    content_type: str
    to_next_hour: float
    headers: Mapping[str, str] = field(default_factory=dict)
    retry_after: float | None = None


@dataclass(frozen=True, slots=True)
class File:
    """A file of a form: the field's name, and how it is called."""

    field: str
    name: str
    content: bytes
    content_type: str


@dataclass(frozen=True, slots=True)
class Asked:
    """One call. `form`, `json` and `content` (what is signed, byte for byte) exclude each other.

    A form in pairs may say one name several times. With a `file` the form is sent in parts (multipart/form-data).
    """

    method: Literal["GET", "POST", "PUT"]
    url: str
    query: Mapping[str, str] | None = None
    form: Mapping[str, str] | Sequence[tuple[str, str]] | None = None
    json: JsonValue = None
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes | None = None
    file: File | None = None


@dataclass(frozen=True, slots=True)
class Codes:
    """What a platform's error codes say. `fields` are where an answer may have its code; without it all is well."""

    fields: tuple[str, ...]
    later: Container[int]  # the platform is busy or broken: nothing was done
    next_hour: Container[int]  # too many calls
    nobody: Container[int]  # there is no such resident
    account: Container[int]  # it takes nothing of this account

    def of(self, answer: Mapping[str, Any]) -> int:
        """The code of an answer, written as a number or as digits; 0 where there is none, -1 for what is no number."""
        given = str(next((answer[name] for name in self.fields if answer.get(name) is not None), 0))
        return int(given) if given.isascii() and given.isdigit() and len(given) <= LONGEST_CODE else -1


async def call(http: ClientSession, asked: Asked, *, limit: int = ANSWER_BYTES) -> Answered:
    """Call, and read the whole answer; redirects are not followed.

    Raises:
        CallFailed: the platform was not reached (`RetryAfter`), or it is not known what it did (`Unknown`).
        PayloadTooLarge: the answer has more than `limit` bytes.
    """
    try:
        async with _sent(http, asked) as response:
            content = bytearray()
            async for part in response.content.iter_chunked(65_536):
                content += part
                if len(content) > limit:
                    raise PayloadTooLarge
            headers = {name.lower(): value for name, value in response.headers.items()}
            next_hour, after = _to_next_hour(response), _retry_after(response)
            return Answered(response.status, bytes(content), response.content_type, next_hour, headers, after)
    except NOT_SENT as exc:
        raise CallFailed(RetryAfter(SOON, "unreachable", outage=True)) from exc
    except (ClientError, TimeoutError) as exc:
        raise CallFailed(Unknown(type(exc).__name__)) from exc


@asynccontextmanager
async def _sent(http: ClientSession, asked: Asked) -> AsyncIterator[ClientResponse]:
    async with http.request(
        asked.method,
        asked.url,
        params=asked.query,
        data=_body(asked),
        json=asked.json,
        headers=asked.headers,
        timeout=TIMEOUT,
        allow_redirects=False,
    ) as response:
        yield response


def _body(asked: Asked) -> Any:
    if asked.file is None:
        return asked.form if asked.content is None else asked.content
    parts = FormData()
    given = asked.form or {}
    for name, value in given.items() if isinstance(given, Mapping) else given:
        parts.add_field(name, value)
    file = asked.file
    parts.add_field(file.field, file.content, filename=file.name, content_type=file.content_type)
    return parts


def _to_next_hour(response: ClientResponse) -> float:
    try:
        at = parsedate_to_datetime(response.headers["Date"])
    except (KeyError, ValueError, TypeError, OverflowError):  # no time that there can be
        return 3600.0
    return 3600.0 - at.minute * 60 - at.second


def _retry_after(response: ClientResponse) -> float | None:
    """Seconds that the platform asks for (RFC 9110, 10.2.3), one at least; a date, or more than an hour, is an hour."""
    given = response.headers.get("Retry-After")
    if given is None:
        return None
    return min(max(float(given), SOONEST), 3600.0) if given.isascii() and given.isdigit() else 3600.0


def problem_of(content: bytes) -> str | None:
    """The `type` of a refusal in problem+json (RFC 9457), if it has one."""
    kind = (_object(content) or {}).get("type")
    return kind if isinstance(kind, str) and len(kind) <= 60 else None


async def json_call(http: ClientSession, asked: Asked, codes: Codes) -> dict[str, Any]:
    """Call and read the answer: an object without an error code.

    Raises:
        CallFailed: anything else.
    """
    try:
        answered = await call(http, asked)
    except PayloadTooLarge as exc:
        raise CallFailed(Unknown("too long an answer")) from exc
    answer = _object(answered.content)
    if answered.status != 200 or answer is None or codes.of(answer):
        raise failed(answered, codes)
    return answer


async def json_outcome(http: ClientSession, asked: Asked, codes: Codes, *, number: str | None = None) -> Outcome:
    """The same for a delivery. `number` is the field of the answer that holds the platform's id of it."""
    try:
        answer = await json_call(http, asked, codes)
    except CallFailed as exc:
        return exc.outcome
    given = answer.get(number) if number else None
    return Sent(str(given) if given else None)


def failed(answered: Answered, codes: Codes) -> CallFailed:
    """What an answer that is no success says of the call."""
    code = codes.of(_object(answered.content) or {})
    why = f"error {code}" if code else f"status {answered.status}"
    if code and code in codes.later:
        return CallFailed(RetryAfter(SOON, why, outage=True))
    if (code and code in codes.next_hour) or answered.status == 429:
        return CallFailed(RetryAfter(answered.to_next_hour, why))
    if code and code in codes.nobody:
        return CallFailed(Stopped(why))
    if code or 300 <= answered.status < 500:
        return CallFailed(Rejected(why, account=code in codes.account))
    return CallFailed(Unknown(why))  # 5xx, or a 200 that cannot be read: it may have been done


def _object(content: bytes) -> dict[str, Any] | None:
    try:
        answer = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return answer if isinstance(answer, dict) else None
