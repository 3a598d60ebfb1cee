"""One way to call a city's system over HTTP: in time, again only where that is safe, and never believing blindly."""

import asyncio
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, Literal

import aiohttp
import structlog
from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError

from desk.contract.errors import BackendError, BackendNonsense, BackendRefused, BackendTimeout, BackendUnavailable
from desk.http.circuit import Circuit
from desk.http.tracing import answered, call_span, sent_along

log = structlog.get_logger(__name__)

type Method = Literal["GET", "POST", "PUT", "DELETE"]

NOT_SENT = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)
"""The system was never reached, so nothing was changed there."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How long (seconds; `budget` holds all tries: contracts.md, "Time, from the inside out") and how much (bytes)."""

    connect: float = 1.0
    attempt: float = 1.8  # of a call that may be repeated
    only_attempt: float = 3.8  # of one that may not
    budget: float = 4.0
    tries: int = 3
    pause: float = 0.1  # before the second try; doubles; up to as much again by chance
    answer_bytes: int = 1_000_000


@dataclass(frozen=True, slots=True)
class Body:
    """What is sent: JSON, or a form's fields in order (a name may come twice)."""

    json: JsonValue = None
    form: Sequence[tuple[str, str]] | None = None


class _Problem(BaseModel):
    """The part of problem+json that is read."""

    model_config = ConfigDict(extra="ignore")
    type: str


def open_session(limits: Limits | None = None) -> aiohttp.ClientSession:
    """Open the one session of a process: no cookies, no proxies from the environment."""
    connector = aiohttp.TCPConnector(limit=0, limit_per_host=64)
    timeout = aiohttp.ClientTimeout(total=None, sock_connect=(limits or Limits()).connect)
    return aiohttp.ClientSession(connector=connector, timeout=timeout, cookie_jar=aiohttp.DummyCookieJar())


@dataclass
class Endpoint:
    """One system at one address. `name` is what logs call it.

    `chance` gives 0 to 1 and spreads retries: systems that come back are not hit by all at once.
    """

    name: str
    address: str
    session: aiohttp.ClientSession
    limits: Limits = field(default_factory=Limits)
    headers: Mapping[str, str] = field(default_factory=dict)
    chance: Callable[[], float] = random.random
    clock: Callable[[], float] = monotonic
    circuit: Circuit = field(init=False)

    def __post_init__(self) -> None:
        self.circuit = Circuit(self.clock)

    async def call[Answer: BaseModel](
        self,
        method: Method,
        path: str,
        answer: type[Answer],
        *,
        body: BaseModel | None = None,
        headers: Mapping[str, str] | None = None,
        repeatable: bool = False,
    ) -> Answer:
        """Call and read the answer.

        Args:
            path: under `address`, with its query; holds nothing personal.
            repeatable: a second call does no harm (it only reads, or carries an idempotency key). GET always is.

        Raises:
            BackendRefused: a 4xx; `code` is the problem's type.
            BackendUnavailable: not reached, overloaded, or the circuit is open; nothing was changed.
            BackendTimeout: no whole answer; whether it acted is unknown.
            BackendNonsense: an answer that the contract does not allow.
        """
        json: JsonValue = None if body is None else body.model_dump(mode="json")

        def read(status: int, content: bytes) -> Answer:
            return self._read(status, content, answer)

        return await self.exchange(method, path, read, body=Body(json=json), headers=headers, repeatable=repeatable)

    async def exchange[Answer](
        self,
        method: Method,
        path: str,
        read: Callable[[int, bytes], Answer],
        *,
        body: Body | None = None,
        headers: Mapping[str, str] | None = None,
        repeatable: bool = False,
    ) -> Answer:
        """The same for systems that speak something else than JSON and problem+json.

        Args:
            read: makes the answer of status and content, or raises the `BackendError` that they are.
        """
        may_repeat = repeatable or method == "GET"
        sent = {**self.headers, **(headers or {})}
        try:
            async with asyncio.timeout(self.limits.budget):
                for number in range(1, self.limits.tries + 1):
                    try:
                        with self.circuit.guard():
                            return await self._once(method, path, read, body or Body(), sent, hurried=may_repeat)
                    except BackendError as exc:
                        if not isinstance(exc, BackendRefused):
                            log.warning("backend_failed", backend=self.name, call=method, error=type(exc).__name__)
                        again = exc.retryable and (may_repeat or isinstance(exc.__cause__, NOT_SENT))
                        if not again or number == self.limits.tries or self.circuit.is_open:
                            raise
                    await asyncio.sleep(self.limits.pause * 2 ** (number - 1) * (1 + self.chance()))
        except TimeoutError as exc:
            raise BackendTimeout(f"{self.name} did not answer within {self.limits.budget:g} s.") from exc
        raise AssertionError("the last try returns or raises")

    async def _once[Answer](
        self,
        method: str,
        path: str,
        read: Callable[[int, bytes], Answer],
        body: Body,
        headers: Mapping[str, str],
        *,
        hurried: bool,
    ) -> Answer:
        url = self.address.rstrip("/") + path
        sent: dict[str, Any] = {"json": body.json} if body.form is None else {"data": list(body.form)}
        with call_span(method, path, self.address, self.name) as recorded:
            headers = {**headers, **sent_along()}
            try:
                async with asyncio.timeout(self.limits.attempt if hurried else self.limits.only_attempt):
                    async with self.session.request(
                        method, url, headers=headers, allow_redirects=False, **sent
                    ) as response:
                        answered(recorded, response.status)
                        return read(response.status, await self._content(response))
            except NOT_SENT as exc:
                raise BackendUnavailable(f"{self.name} cannot be reached.") from exc
            except TimeoutError as exc:
                raise BackendTimeout(f"{self.name} did not answer in time.") from exc
            except aiohttp.ClientError as exc:
                raise BackendTimeout(f"{self.name} broke off its answer ({type(exc).__name__}).") from exc

    async def _content(self, response: aiohttp.ClientResponse) -> bytes:
        parts, length = [], 0
        async for part in response.content.iter_chunked(65_536):
            parts.append(part)
            length += len(part)
            if length > self.limits.answer_bytes:
                raise BackendNonsense(f"{self.name} answered more than {self.limits.answer_bytes} bytes.")
        return b"".join(parts)

    def _read[Answer: BaseModel](self, status: int, content: bytes, answer: type[Answer]) -> Answer:
        if status == 429 or status >= 500:
            raise BackendUnavailable(f"{self.name} answered {status}.")
        try:
            if 400 <= status < 500:
                problem = _Problem.model_validate_json(content)
                raise BackendRefused(f"{self.name} refused: {problem.type}.", status=status, code=problem.type)
            if not 200 <= status < 300:
                raise BackendNonsense(f"{self.name} answered {status}.")
            return answer.model_validate_json(content)
        except ValidationError as exc:
            # without the cause: its text quotes the answer
            where = ".".join(map(str, exc.errors(include_input=False)[0]["loc"]))
            raise BackendNonsense(
                f"{self.name} answered {status} with what its contract forbids, at {where!r}."
            ) from None
