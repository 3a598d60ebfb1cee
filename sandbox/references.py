"""The numbers that pretend agencies gave out, and whose they are: contract docs/reference/references.openapi.yaml.

What was booked, applied for and reported stands in the state of the systems that took it; here it is found by number.
"""

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field, replace
from typing import Annotated

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from sandbox import applications
from sandbox.appointments import ledger
from sandbox.open311.register import SYSTEM as HOTLINE
from sandbox.open311.register import Register
from sandbox.persons import FILE, persons
from sandbox.problems import problem
from sandbox.seed import Seed, UnknownCityError
from sandbox.state import State
from sandbox.traffic_police import PAYMENT, TrafficPolice, receipt_of
from sandbox.vehicles import FILE as CARS
from sandbox.vehicles import register

FINES = "traffic_fines"
"""Notices of the traffic police are asked for by this name."""


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
    payment: dict[str, str] | None = None
    also: frozenset[str] = frozenset()  # further numbers by which it is found

    def answer(self) -> dict[str, object]:
        """As the contract's `Referenced`."""
        return {name: value for name, value in asdict(self).items() if name != "also"}

    def paid(self, payment: dict[str, str] | None, receipt: str) -> "Found":
        """The same, with what was paid for it; it is found by the numbers of that, too."""
        if payment is None:
            return self
        told = {"amount": payment["amount"], "paid_at": payment["paid_at"], "receipt": receipt}
        return replace(self, payment=told, also=frozenset({payment.get("order", receipt), receipt}))


type Look = Callable[[Seed, State, str, str], Iterable[Found]]
"""All cases of a city's service: a system's part of this one."""


def _appointments(_: Seed, state: State, city: str, service: str) -> Iterable[Found]:
    for key, body in state.all(ledger.SYSTEM, city, f"{service} booking"):
        if body != ledger.VOID:
            found = Found(key, body["reference"], body["wish"]["phone"], body["on"])
            yield found.paid(body["payment"], f"SJ{body['reference'][2:]}")


def _applications(seed: Seed, state: State, city: str, service: str) -> Iterable[Found]:
    personal = {applications.PHONE, *applications.matched(seed, city, service).values()}
    for key, body in state.all(applications.Applications.name, city, applications.APPLICATION):
        if body["service"] == service:
            values = {name: value for name, value in body["values"].items() if name not in personal}
            phone = body["values"].get(applications.PHONE)
            found = Found(key, body["reference"], phone, body["at"][:10], values)
            yield found.paid(body["payment"], applications.receipt_of(body["reference"]))


def _reports(_: Seed, state: State, city: str, service: str) -> Iterable[Found]:
    """The hotline takes reports of all sorts: its numbers are asked for by its own name."""
    if service != HOTLINE:
        return
    for kept in Register(state).all(city):
        point = f"geo:{kept.lat:.6f},{kept.long:.6f}" if kept.lat is not None and kept.long is not None else "-"
        values = {"category": kept.service_code, "place": kept.address or point}
        yield Found(kept.id, kept.id, kept.phone, kept.at.date().isoformat(), values)


def _fines(seed: Seed, state: State, city: str, service: str) -> Iterable[Found]:
    """Notices of fines: the owner of the car is whose they are."""
    if service != FINES or city not in seed.cities(CARS):
        return
    known, people = register(seed, city), persons(seed, city).people
    for vehicle in known.vehicles:
        for one in vehicle.violations:
            found = Found(one.notice, one.notice, people[vehicle.owner].phone, one.at.date().isoformat())
            payment = state.get(TrafficPolice.name, city, PAYMENT, one.notice)
            if payment is None and one.paid is not None:
                payment = {"amount": known.acts[one.act].fine, "paid_at": one.paid.isoformat()}
            yield found.paid(payment, receipt_of(one.notice))


LOOKS: tuple[Look, ...] = (_appointments, _applications, _reports, _fines)


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
                if asked.reference.upper() in {one.upper() for one in (found.reference, *found.also)}:
                    return web.json_response(found.answer())
        return problem(404, "unknown-reference", "No such number was given out.")
