"""The numbers that pretend agencies gave out, and whose they are: contract docs/reference/references.openapi.yaml.

What was booked, applied for and reported stands in the state of the systems that took it; here it is found by number.
"""

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from typing import Annotated

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from sandbox import applications
from sandbox.appointments import ledger
from sandbox.open311.register import SYSTEM as HOTLINE
from sandbox.open311.register import Register
from sandbox.persons import FILE
from sandbox.problems import problem
from sandbox.seed import Seed, UnknownCityError
from sandbox.state import State


class Asked(BaseModel):
    """`POST query`."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)
    reference: Annotated[str, Field(pattern=r"^[A-Za-z0-9]{4,64}$")]


@dataclass(frozen=True, slots=True)
class Found:
    """A case as the contract's `Referenced`."""

    key: str
    reference: str
    phone: str | None
    on: str
    values: dict[str, str] = field(default_factory=dict)


type Look = Callable[[Seed, State, str, str], Iterable[Found]]
"""All cases of a city's service: a system's part of this one."""


def _appointments(_: Seed, state: State, city: str, service: str) -> Iterable[Found]:
    for key, body in state.all(ledger.SYSTEM, city, f"{service} booking"):
        if body != ledger.VOID:
            yield Found(key, body["reference"], body["wish"]["phone"], body["on"])


def _applications(seed: Seed, state: State, city: str, service: str) -> Iterable[Found]:
    personal = {applications.PHONE, *applications.matched(seed, city, service).values()}
    for key, body in state.all(applications.Applications.name, city, applications.APPLICATION):
        if body["service"] == service:
            values = {name: value for name, value in body["values"].items() if name not in personal}
            yield Found(key, body["reference"], body["values"].get(applications.PHONE), body["at"][:10], values)


def _reports(_: Seed, state: State, city: str, service: str) -> Iterable[Found]:
    """The hotline takes reports of all sorts: its numbers are asked for by its own name."""
    if service != HOTLINE:
        return
    for kept in Register(state).all(city):
        point = f"geo:{kept.lat:.6f},{kept.long:.6f}" if kept.lat is not None and kept.long is not None else "-"
        values = {"category": kept.service_code, "place": kept.address or point}
        yield Found(kept.id, kept.id, kept.phone, kept.at.date().isoformat(), values)


LOOKS: tuple[Look, ...] = (_appointments, _applications, _reports)


class References:
    """The agencies of every city that there are people in."""

    name = "references"

    def __init__(self, *, seed: Seed, state: State) -> None:
        self._seed, self._state = seed, state

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        yield web.post("/references/{city}/{service}/query", self._query)

    def cities(self) -> list[str]:
        return self._seed.cities(FILE)

    def facts(self, city: str) -> dict[str, str]:  # noqa: ARG002 - nobody has made anything when a city begins
        return {}

    async def _query(self, request: web.Request) -> web.Response:
        asked = Asked.model_validate_json(await request.read())
        city, service = request.match_info["city"], request.match_info["service"]
        if city not in self.cities():
            raise UnknownCityError(f"Nobody has given out numbers in {city!r}.")
        for look in LOOKS:
            for found in look(self._seed, self._state, city, service):
                if found.reference.upper() == asked.reference.upper():
                    return web.json_response(asdict(found))
        return problem(404, "unknown-reference", "No such number was given out.")
