"""The addresses of agencies with appointments: `/appointments/<city>/<service>/…`."""

from collections.abc import Callable, Iterable
from datetime import datetime

from aiohttp import web
from pydantic import JsonValue

from sandbox.appointments.data import FILE, Office, Service, agencies, service_of
from sandbox.appointments.facts import facts_of
from sandbox.appointments.ledger import SYSTEM, Ledger, RefusedError
from sandbox.appointments.wire import DayAsked, KeyModel, Payment, Place, Slot, Wish
from sandbox.problems import problem
from sandbox.seed import Seed
from sandbox.state import Body, State

TITLES = {
    "unknown-office": "There is no such office, or no such department in it.",
    "not-found": "There is no such booking.",
    "slot-taken": "Nothing is free at that time.",
    "closed": "The office is not open then, or the day cannot be booked.",
    "already-booked": "One of these persons has an appointment already.",
    "document-not-taken": "One of these persons is named by a document that is not taken here.",
    "key-reused": "This key belongs to another booking.",
    "cancelled": "This booking was given up.",
    "past": "This appointment has begun, or is over.",
    "already-paid": "This booking was paid by another payment.",
    "wrong-amount": "This is not the fee.",
    "fee-differs": "It was paid, and an appointment there costs something else.",
}


class Appointments:
    """The agencies of every city that has an `appointments.yml`."""

    name = SYSTEM

    def __init__(self, *, seed: Seed, state: State, clock: Callable[[], datetime]) -> None:
        self._seed, self._state, self._clock = seed, state, clock

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        at = "/appointments/{city}/{service}"
        yield web.get(f"{at}/offices", self._offices)
        yield web.get(f"{at}/days", self._days)
        yield web.get(f"{at}/slots", self._slots)
        yield web.get(f"{at}/bookings/{{key}}", self._get)
        yield web.put(f"{at}/bookings/{{key}}", self._book)
        yield web.delete(f"{at}/bookings/{{key}}", self._cancel)
        yield web.put(f"{at}/bookings/{{key}}/slot", self._move)
        yield web.put(f"{at}/bookings/{{key}}/payment", self._pay)
        yield web.get("/_sandbox/appointments/{city}/{service}/bookings", self._all)

    def cities(self) -> list[str]:
        return self._seed.cities(FILE)

    def facts(self, city: str) -> dict[str, str]:
        found: dict[str, str] = {}
        for name, service in agencies(self._seed, city).services.items():
            if service.facts is not None:
                found |= facts_of(Ledger(self._state, city, name, service, self._clock()), found.values())
        return found

    def _ledger(self, request: web.Request) -> Ledger:
        city, name = request.match_info["city"], request.match_info["service"]
        return Ledger(self._state, city, name, service_of(self._seed, city, name), self._clock())

    async def _offices(self, request: web.Request) -> web.Response:
        service = self._ledger(request).service
        return web.json_response({"offices": [_office(service, one) for one in service.offices]})

    async def _days(self, request: web.Request) -> web.Response:
        ledger, asked = self._ledger(request), Place.model_validate(dict(request.query))
        office = ledger.service.office(asked.office, asked.department)
        if office is None:
            return _refused(RefusedError("unknown-office", 404))
        taken, days = ledger.taken(), []
        for day in ledger.service.days(ledger.today):
            times = ledger.times(office, day)
            slots = [Slot(**asked.model_dump(), date=day.isoformat(), time=at) for at in times]
            free = sum(ledger.free(slot, taken.get(slot.id, 0)) for slot in slots)
            days.append({"date": day.isoformat(), "open": bool(times), "free": free})
        return web.json_response({"days": days})

    async def _slots(self, request: web.Request) -> web.Response:
        ledger, asked = self._ledger(request), DayAsked.model_validate(dict(request.query))
        office = ledger.service.office(asked.office, asked.department)
        if office is None:
            return _refused(RefusedError("unknown-office", 404))
        taken = ledger.taken()
        times = ledger.times(office, datetime.fromisoformat(asked.date).date())
        slots = [Slot(**asked.model_dump(), time=at) for at in times]
        return web.json_response(
            {"slots": [{"time": slot.time, "free": ledger.free(slot, taken.get(slot.id, 0))} for slot in slots]}
        )

    async def _get(self, request: web.Request) -> web.Response:
        return _answer(lambda: self._ledger(request).booking(_key(request)))

    async def _book(self, request: web.Request) -> web.Response:
        wish = Wish.model_validate_json(await request.read())
        return _answer(lambda: self._ledger(request).book(_key(request), wish))

    async def _cancel(self, request: web.Request) -> web.Response:
        return _answer(lambda: self._ledger(request).cancel(_key(request)))

    async def _move(self, request: web.Request) -> web.Response:
        slot = Slot.model_validate_json(await request.read())
        return _answer(lambda: self._ledger(request).move(_key(request), slot))

    async def _pay(self, request: web.Request) -> web.Response:
        payment = Payment.model_validate_json(await request.read())
        return _answer(lambda: self._ledger(request).pay(_key(request), payment))

    async def _all(self, request: web.Request) -> web.Response:
        """All bookings since the city began: what the agency itself has on record."""
        return web.json_response({"bookings": self._ledger(request).all()})


def _key(request: web.Request) -> str:
    return KeyModel(key=request.match_info["key"]).key


def _answer(act: Callable[[], Body]) -> web.Response:
    try:
        return web.json_response(act())
    except RefusedError as exc:
        return _refused(exc)


def _refused(refusal: RefusedError) -> web.Response:
    return problem(refusal.status, refusal.kind, TITLES[refusal.kind])


def _office(service: Service, office: Office) -> dict[str, JsonValue]:
    """As the contract's `Office`."""
    departments: list[JsonValue] = [{"id": one, **service.departments[one].model_dump()} for one in office.departments]
    return {**office.model_dump(include={"id", "names", "address", "phone", "also", "fee"}), "departments": departments}
