"""The pretend agencies that decide on applications; their contract is docs/reference/applications.openapi.yaml.

Who may apply, the fee and the course of an application stand in `applications.yml`; the course follows the clock.
"""

import hashlib
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal

from aiohttp import web
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter

from sandbox.persons import persons
from sandbox.problems import problem
from sandbox.seed import Names, Seed, SeedModel
from sandbox.state import State

FILE = "applications.yml"
APPLICATION = "application"  # kind of record: by key
PHONE = "phone"  # the value by which an applicant is reached
KEY = TypeAdapter(Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{8,100}$")])
type Money = Annotated[str, Field(pattern=r"^(0|[1-9][0-9]{0,7})\.[0-9]{2}$")]


class Fee(SeedModel):
    """What it costs by one value, times a factor by another."""

    by: str
    amounts: dict[str, Money]
    times: dict[str, dict[str, int]] = Field(default_factory=dict)

    def of(self, values: dict[str, str]) -> str | None:
        """The fee in yuan; None where the values name none."""
        amount = self.amounts.get(values.get(self.by, ""))
        if amount is None:
            return None
        total = Decimal(amount)
        for name, factors in self.times.items():
            total *= factors.get(values.get(name, ""), 1)
        return f"{total:.2f}"


class Step(SeedModel):
    """From so many hours after it was submitted (and paid) on, an application has this status."""

    hours: Annotated[float, Field(ge=0)]
    status: Literal["submitted", "accepted", "ready", "refused"]
    note: Names | None = None


class ServiceSeed(SeedModel):
    """One kind of application. `matched` names the values that must be those of one person of persons.yml."""

    matched: dict[Literal["id_number", "name", "permit_number"], str]
    fee: Fee | None = None
    days: Annotated[int, Field(ge=0)]
    course: list[Step]
    barred: dict[str, Names] = Field(default_factory=dict)  # people who may not apply, and why


class Seeds(SeedModel):
    services: dict[str, ServiceSeed]


class WireModel(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Form(WireModel):
    """`POST check`, `PUT applications/{key}`."""

    values: Annotated[
        dict[
            Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,59}$")],
            Annotated[str, Field(min_length=1, max_length=500)],
        ],
        Field(min_length=1, max_length=20),
    ]


class Payment(WireModel):
    """`PUT applications/{key}/payment`."""

    order: Annotated[str, Field(min_length=1, max_length=64)]
    amount: Money
    trade_no: Annotated[str, Field(min_length=1, max_length=64)]
    paid_at: AwareDatetime


class Applications:
    """The agencies of every city that has an `applications.yml`."""

    name = "applications"

    def __init__(self, *, seed: Seed, state: State, clock: Callable[[], datetime]) -> None:
        self._seed, self._state, self._clock = seed, state, clock

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        at = "/applications/{city}/{service}"
        yield web.post(f"{at}/check", self._check)
        yield web.get(f"{at}/applications/{{key}}", self._get)
        yield web.put(f"{at}/applications/{{key}}", self._submit)
        yield web.put(f"{at}/applications/{{key}}/payment", self._pay)
        yield web.get("/_sandbox/applications/{city}", self._all)

    def cities(self) -> list[str]:
        return self._seed.cities(FILE)

    def facts(self, city: str) -> dict[str, str]:  # noqa: ARG002 - the person of all facts may apply for everything
        return {}

    async def _check(self, request: web.Request) -> web.Response:
        values = Form.model_validate_json(await request.read()).values
        service = self._service(request)
        if service is None:
            return _no_service()
        refusal = self._refusal(request, service, values, None)
        if refusal is not None:
            return refusal
        barred = self._barred(request, service, values)
        return web.json_response(
            {
                "eligible": barred is None,
                "reason": None if barred is None else barred.model_dump(),
                "fee": service.fee.of(values) if service.fee else None,
                "days": service.days,
            }
        )

    async def _submit(self, request: web.Request) -> web.Response:
        key = KEY.validate_python(request.match_info["key"])
        values = Form.model_validate_json(await request.read()).values
        service = self._service(request)
        if service is None:
            return _no_service()
        before = self._state.get(self.name, request.match_info["city"], APPLICATION, key)
        if before is not None:
            if before["values"] != values or before["service"] != request.match_info["service"]:
                return problem(409, "key-reused", "This key belongs to another application.")
            return web.json_response(self._answer(service, before))
        refusal = self._refusal(request, service, values, key)
        if refusal is not None:
            return refusal
        if self._barred(request, service, values) is not None:
            return problem(409, "not-eligible", "This person may not apply.")
        body = {
            "service": request.match_info["service"],
            "values": values,
            "person": self._person(request, service, values),
            "reference": _reference(request.match_info["service"], key),
            "fee": service.fee.of(values) if service.fee else None,
            "at": self._clock().isoformat(),
            "payment": None,
        }
        self._state.put((self.name, request.match_info["city"], APPLICATION, key, body))
        return web.json_response(self._answer(service, body))

    async def _get(self, request: web.Request) -> web.Response:
        found = self._found(request)
        return found if isinstance(found, web.Response) else web.json_response(self._answer(*found))

    async def _pay(self, request: web.Request) -> web.Response:
        payment = Payment.model_validate_json(await request.read()).model_dump(mode="json")
        found = self._found(request)
        if isinstance(found, web.Response):
            return found
        service, body = found
        paid = body["payment"]
        if paid is not None:
            if (paid["order"], paid["trade_no"]) != (payment["order"], payment["trade_no"]):
                return problem(409, "already-paid", "It was paid by another payment.")
            return web.json_response(self._answer(service, body))
        if payment["amount"] != body["fee"]:
            return problem(409, "wrong-amount", f"The fee is {body['fee'] or 'nothing'}.")
        body = {**body, "payment": payment, "at": self._clock().isoformat()}
        key = request.match_info["key"]
        self._state.put((self.name, request.match_info["city"], APPLICATION, key, body))
        return web.json_response(self._answer(service, body))

    async def _all(self, request: web.Request) -> web.Response:
        """All applications, in order: what the agency itself has on record."""
        kept = self._state.all(self.name, request.match_info["city"], APPLICATION)
        return web.json_response({"applications": [{"key": key, **body} for key, body in kept]})

    def _service(self, request: web.Request) -> ServiceSeed | None:
        seeds = self._seed.load(request.match_info["city"], FILE, Seeds.model_validate)
        return seeds.services.get(request.match_info["service"])

    def _found(self, request: web.Request) -> tuple[ServiceSeed, dict[str, Any]] | web.Response:
        key, service = KEY.validate_python(request.match_info["key"]), self._service(request)
        body = self._state.get(self.name, request.match_info["city"], APPLICATION, key)
        if service is None or body is None or body["service"] != request.match_info["service"]:
            return problem(404, "not-found", "There is no such application.")
        return service, body

    def _person(self, request: web.Request, service: ServiceSeed, values: dict[str, str]) -> str | None:
        """The key of the person that all matched values belong to."""
        people = persons(self._seed, request.match_info["city"])
        found = people.by_id_number(values.get(service.matched.get("id_number", ""), ""))
        if found is None:
            return None
        key, person = found
        known = {"id_number": people.id_number(key), "name": person.name, "permit_number": people.permit_number(key)}
        return key if all(values.get(name) == known[what] for what, name in service.matched.items()) else None

    def _refusal(
        self, request: web.Request, service: ServiceSeed, values: dict[str, str], key: str | None
    ) -> web.Response | None:
        person = self._person(request, service, values)
        if person is None:
            return problem(409, "unknown-person", "These values do not belong to one person on record.")
        for other, body in self._state.all(self.name, request.match_info["city"], APPLICATION):
            same = body["service"] == request.match_info["service"] and body["person"] == person and other != key
            if same and self._answer(service, body)["status"] not in ("ready", "refused"):
                return problem(409, "pending", "An application of this person is under way.")
        return None

    def _barred(self, request: web.Request, service: ServiceSeed, values: dict[str, str]) -> Names | None:
        return service.barred.get(self._person(request, service, values) or "")

    def _answer(self, service: ServiceSeed, body: dict[str, Any]) -> dict[str, Any]:
        """As the contract's `Application`."""
        paid, note = body["payment"] is not None, None
        status = "awaiting_payment"
        if paid or body["fee"] is None:
            passed = self._clock() - datetime.fromisoformat(body["at"])
            step = [one for one in service.course if passed >= timedelta(hours=one.hours)][-1]
            status, note = step.status, step.note
        return {
            "reference": body["reference"],
            "status": status,
            "fee": body["fee"],
            "paid": paid,
            "receipt": receipt_of(body["reference"]) if paid else None,
            "note": None if note is None else note.model_dump(),
        }


def matched(seed: Seed, city: str, service: str) -> dict[str, str]:
    """Names of the values of a service that are about a person; nothing where the city has no such agency."""
    if city not in seed.cities(FILE):
        return {}
    found = seed.load(city, FILE, Seeds.model_validate).services.get(service)
    return {} if found is None else {str(what): name for what, name in found.matched.items()}


def _reference(service: str, key: str) -> str:
    letters = "".join(part[0] for part in service.split("_")).upper()
    return f"{letters}{int(hashlib.sha256(key.encode()).hexdigest(), 16) % 10**10:010}"


def _no_service() -> web.Response:
    return problem(404, "no-such-service", "This agency takes no such applications.")


def receipt_of(reference: str) -> str:
    """The number of the receipt of an application's fee."""
    return f"R{reference}"
