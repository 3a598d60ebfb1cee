"""The pretend traffic police: violations by plate and VIN tail, status of notices, payments.

The contract is `docs/reference/traffic-police.openapi.yaml`. Only payments are kept; all else is the register.
"""

import hashlib
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from aiohttp import web
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter

from sandbox.persons import persons
from sandbox.ports import UsedUpError
from sandbox.problems import problem
from sandbox.seed import Seed
from sandbox.state import State
from sandbox.vehicles import FILE, NOTICE, PLATE, VIN_LAST6, Money, Register, Vehicle, Violation, register

PAYMENT, KEY = "payment", "key"  # kinds of records: by notice number, by Idempotency-Key
ZONE = ZoneInfo("Asia/Shanghai")
NOTICE_NUMBER = TypeAdapter(Annotated[str, Field(pattern=NOTICE)])
IDEMPOTENCY_KEY = TypeAdapter(Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{8,100}$")])


class WireModel(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class VehicleProof(WireModel):
    """`POST violations/query`."""

    plate: Annotated[str, Field(pattern=PLATE)]
    vin_last6: Annotated[str, Field(pattern=VIN_LAST6)]


class Payment(WireModel):
    """`PUT notices/{notice}/payment`."""

    order: Annotated[str, Field(min_length=1, max_length=64)]
    amount: Money
    trade_no: Annotated[str, Field(min_length=1, max_length=64)]
    paid_at: AwareDatetime


class TrafficPolice:
    """The traffic police of every city that has a `traffic_police.yml`."""

    name = "traffic-police"

    def __init__(self, *, seed: Seed, state: State, clock: Callable[[], datetime]) -> None:
        self._seed, self._state, self._clock = seed, state, clock

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        yield web.post("/traffic-police/{city}/violations/query", self._query)
        yield web.get("/traffic-police/{city}/notices/{notice}", self._notice)
        yield web.put("/traffic-police/{city}/notices/{notice}/payment", self._pay)
        yield web.get("/_sandbox/traffic-police/{city}/payments", self._payments)

    def cities(self) -> list[str]:
        return self._seed.cities(FILE)

    def facts(self, city: str) -> dict[str, str]:
        people = persons(self._seed, city)
        fined, fine = self._vehicle_with_one_fine(city)
        owner = people.people[fined.owner]
        clean = next(
            (v for v in register(self._seed, city).vehicles if v.owner == people.resident and not v.violations), None
        )
        if clean is None:
            raise UsedUpError(f"{people.resident} of {city} owns no car without violations; mend {FILE}.")
        return {
            "plate_with_unpaid_fine": fined.plate,
            "vin_last6": fined.vin_last6,
            "fine_amount": self._register(city).acts[fine.act].fine,
            "owner_of_fined_plate": owner.name,
            "owner_phone_of_fined_plate": owner.phone,
            "plate_without_fines": clean.plate,
            "vin_last6_without_fines": clean.vin_last6,
        }

    def _vehicle_with_one_fine(self, city: str) -> tuple[Vehicle, Violation]:
        people = persons(self._seed, city)
        named = {people.resident, people.partner}  # other facts speak of them, and no two facts have the same value
        for vehicle in self._register(city).vehicles:
            if vehicle.owner in named or len(vehicle.violations) != 1:
                continue
            if self._status(city, vehicle.violations[0])["status"] == "unpaid":
                return vehicle, vehicle.violations[0]
        raise UsedUpError(f"Every single fine in {city} has been paid. Start anew: desk sandbox reset --city {city}")

    def _register(self, city: str) -> Register:
        return register(self._seed, city)

    def _status(self, city: str, violation: Violation) -> dict[str, Any]:
        """The notice as it stands now, as the contract's `Notice`."""
        payment = self._state.get(self.name, city, PAYMENT, violation.notice)
        seeded = violation.paid.isoformat() if violation.paid else None
        paid_at = payment["paid_at"] if payment else seeded
        return {
            "notice": violation.notice,
            "amount": self._register(city).acts[violation.act].fine,
            "status": "paid" if paid_at else "unpaid",
            "paid_at": paid_at,
            "receipt": receipt_of(violation.notice) if paid_at else None,
        }

    async def _query(self, request: web.Request) -> web.Response:
        city = request.match_info["city"]
        known, asked = self._register(city), VehicleProof.model_validate_json(await request.read())
        vehicle = known.vehicle(asked.plate)
        if vehicle is None:
            return problem(404, "unknown-vehicle", "No vehicle has this plate.")
        if vehicle.vin_last6 != asked.vin_last6:
            return problem(403, "vin-mismatch", "The vehicle's VIN does not end like this.")
        newest_first = sorted(vehicle.violations, key=lambda violation: violation.at, reverse=True)
        return web.json_response(
            {
                "plate": vehicle.plate,
                "as_of": self._clock().astimezone(ZONE).isoformat(timespec="seconds"),
                "violations": [self._violation(city, violation) for violation in newest_first],
            }
        )

    def _violation(self, city: str, violation: Violation) -> dict[str, Any]:
        """As the contract's `Violation`."""
        known, notice = self._register(city), self._status(city, violation)
        act = known.acts[violation.act]
        return {
            "notice": violation.notice,
            "act": {"code": violation.act, "names": act.names.model_dump()},
            "place": known.places[violation.place].model_dump(),
            "at": violation.at.isoformat(),
            "points": act.points,
            "amount": notice["amount"],
            "status": notice["status"],
        }

    async def _notice(self, request: web.Request) -> web.Response:
        city, number = request.match_info["city"], NOTICE_NUMBER.validate_python(request.match_info["notice"])
        found = self._register(city).of_notice(number)
        return _not_found() if found is None else web.json_response(self._status(city, found))

    async def _pay(self, request: web.Request) -> web.Response:
        city, number = request.match_info["city"], NOTICE_NUMBER.validate_python(request.match_info["notice"])
        known, key = self._register(city), IDEMPOTENCY_KEY.validate_python(request.headers.get("Idempotency-Key"))
        payment = Payment.model_validate_json(await request.read())
        violation = known.of_notice(number)
        if violation is None:
            return _not_found()
        request_digest = hashlib.sha256(f"{number} {payment.model_dump_json()}".encode()).hexdigest()
        before = self._state.get(self.name, city, KEY, key)
        if before is not None:
            if before["request"] != request_digest:
                return problem(409, "key-reused", "This Idempotency-Key belongs to another request.")
            return web.json_response(self._status(city, violation))
        notice, paid_by = self._status(city, violation), self._state.get(self.name, city, PAYMENT, number)
        if notice["status"] == "paid":
            if paid_by is None or (paid_by["order"], paid_by["trade_no"]) != (payment.order, payment.trade_no):
                return problem(409, "already-paid", "This notice was paid by another payment.")
            return web.json_response(notice)
        if payment.amount != notice["amount"]:
            return problem(422, "wrong-amount", f"The notice is over {notice['amount']} yuan.")
        self._state.put(
            (self.name, city, PAYMENT, number, payment.model_dump(mode="json")),
            (self.name, city, KEY, key, {"request": request_digest}),
        )
        return web.json_response(self._status(city, violation))

    async def _payments(self, request: web.Request) -> web.Response:
        """All payments that were accepted since the city began, in order: what the police itself has on record."""
        paid = self._state.all(self.name, request.match_info["city"], PAYMENT)
        return web.json_response({"payments": [{"notice": notice, **payment} for notice, payment in paid]})


def receipt_of(notice: str) -> str:
    """The receipt's number: twelve digits that follow from the notice's."""
    return f"{int(hashlib.sha256(notice.encode()).hexdigest(), 16) % 10**12:012d}"


def _not_found() -> web.Response:
    return problem(404, "not-found", "There is no such notice.")
