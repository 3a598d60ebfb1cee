"""Faults on demand, for one pretend system, in one city or everywhere: slow, failing, cut off, or talking nonsense.

A middleware, so that no system knows of it. Faults are kept in the state and survive a restart.
"""

import asyncio
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal, Self

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from pydantic import BaseModel, ConfigDict, Field, model_validator

from sandbox.problems import problem
from sandbox.state import State

OWNER, KIND = "_sandbox", "fault"
TYPES = {429: "rate-limited", 503: "unavailable"}  # of problem+json, by status; any other is `fault`
NONSENSE = b"\xef\xbb\xbf<!-- \x00\xff 200 OK -->{[%$"  # neither JSON nor a protobuf message


class Fault(BaseModel):
    """What goes wrong, how often and how many times.

    `latency_ms` passes before the request is handled. `status` answers instead of handling it: nothing is changed.
    `cut` and `nonsense` spoil the answer of a request that was handled: what it asked for has been done.
    `rate` is the part of requests that are struck, `count` how many will be before the fault is used up. With `query`
    only requests are struck that have all these in their query string, such as one method of a gateway; with `method`
    only those of an HTTP method, such as POST.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    system: str
    city: str | None = None
    query: dict[str, str] = {}
    method: Literal["GET", "POST", "PUT", "DELETE"] | None = None
    latency_ms: Annotated[int, Field(ge=0, le=60_000)] = 0
    status: Annotated[int, Field(ge=400, le=599)] | None = None
    cut: bool = False
    nonsense: bool = False
    rate: Annotated[float, Field(gt=0, le=1)] = 1.0
    count: Annotated[int, Field(ge=1)] | None = None

    @model_validator(mode="after")
    def _does_one_thing(self) -> Self:
        answers = [self.status is not None, self.cut, self.nonsense].count(True)
        if answers > 1:
            raise ValueError("status, cut and nonsense exclude each other; make two faults with a rate or a count")
        if answers == 0 and self.latency_ms == 0:
            raise ValueError("nothing would go wrong: give latency_ms, status, cut or nonsense")
        return self


@dataclass
class Faults:
    """All faults that are set."""

    state: State
    chance: random.Random = field(default_factory=random.Random)

    def set(self, fault: Fault) -> str:
        """Keep a fault; its id."""
        number = max((int(key) for key, _ in self.state.all(OWNER, None, KIND)), default=0) + 1
        self.state.put((OWNER, fault.city or "", KIND, str(number), fault.model_dump()))
        return str(number)

    def all(self) -> dict[str, Fault]:
        return {key: Fault.model_validate(body) for key, body in self.state.all(OWNER, None, KIND)}

    def lift(self, *, system: str | None = None, city: str | None = None) -> int:
        """Remove the faults of a system, of a city, of both, or all; how many there were."""
        gone = {
            key: fault
            for key, fault in self.all().items()
            if system in (None, fault.system) and city in (None, fault.city)
        }
        for key, fault in gone.items():
            self.state.delete(OWNER, fault.city or "", KIND, key)
        return len(gone)

    def strike(self, system: str, city: str, query: Mapping[str, str], method: str) -> Fault | None:
        """The first fault that hits this request, if any; counts it."""
        for key, fault in self.all().items():
            met = fault.system == system and fault.city in (None, city) and fault.query.items() <= query.items()
            if met and fault.method in (None, method) and self.chance.random() < fault.rate:
                place = fault.city or ""
                if fault.count == 1:
                    self.state.delete(OWNER, place, KIND, key)
                elif fault.count is not None:
                    left = fault.model_copy(update={"count": fault.count - 1})
                    self.state.put((OWNER, place, KIND, key, left.model_dump()))
                return fault
        return None


def middleware(faults: Faults) -> Middleware:
    """The middleware that strikes requests to `/<system>/<city>/…`, and to `/<system>/…` of a system without cities."""

    @web.middleware
    async def spoil(request: web.Request, handler: Handler) -> web.StreamResponse:
        system, _, rest = request.path.removeprefix("/").partition("/")
        fault = faults.strike(system, rest.partition("/")[0], dict(request.query), request.method)
        if fault is None:
            return await handler(request)
        await asyncio.sleep(fault.latency_ms / 1000)
        if fault.status is not None:
            answer = problem(fault.status, TYPES.get(fault.status, "fault"), "This fault was asked for.")
            if fault.status in (429, 503):
                answer.headers["Retry-After"] = "1"
            return answer
        response = await handler(request)
        if fault.nonsense:
            return web.Response(body=NONSENSE, headers={"Content-Type": _content_type(response)})
        return await _cut(request, response) if fault.cut else response

    return spoil


async def _cut(request: web.Request, response: web.StreamResponse) -> web.StreamResponse:
    """Promise the whole answer, send half of it, and drop the connection; without a body send nothing."""
    body = response.body if isinstance(response, web.Response) and isinstance(response.body, bytes) else b""
    half = web.StreamResponse(status=response.status, headers={"Content-Type": _content_type(response)})
    if body:
        half.content_length = len(body)
        await half.prepare(request)
        await half.write(body[: len(body) // 2])
    if request.transport is not None:
        request.transport.abort()
    return half


def _content_type(response: web.StreamResponse) -> str:
    return response.headers.get("Content-Type", "application/octet-stream")
