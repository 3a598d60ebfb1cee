"""Pretend agencies that charge for something, each at an address of its own: what is due, its standing, payments.

The contract is `docs/reference/charges.openapi.yaml`. Only payments are kept; all else follows from `charges.yml` and
the day.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from aiohttp import web
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter, model_validator

from sandbox.ports import UsedUpError
from sandbox.problems import problem
from sandbox.seed import Names, Seed, SeedModel
from sandbox.state import State
from sandbox.vehicles import Money

FILE = "charges.yml"
PAYMENT, KEY = "payment", "key"  # kinds of records: by number of the charge, by Idempotency-Key
ZONE = ZoneInfo("Asia/Shanghai")
NUMBER = TypeAdapter(Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{4,40}$")])
IDEMPOTENCY_KEY = TypeAdapter(Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{8,100}$")])


class SeedCharge(SeedModel):
    """A charge of the month that was `ago` months before this one; with a `deadline`, due at the end of the next."""

    title: Names
    amount: Money
    ago: Annotated[int, Field(ge=1, le=24)]
    deadline: bool = True
    paid: bool = False


class Account(SeedModel):
    """Whom or what charges are of: found by all of its values, as the service's fields are called."""

    values: Annotated[dict[str, str], Field(min_length=1)]
    about: Names
    charges: list[SeedCharge] = Field(default_factory=list)


class Agency(SeedModel):
    """One agency."""

    accounts: list[Account]

    @model_validator(mode="after")
    def _knows_each_once(self) -> "Agency":
        known = [tuple(sorted(one.values.items())) for one in self.accounts]
        if len(set(known)) < len(known):
            raise ValueError("an account stands there twice")
        return self


class Agencies(SeedModel):
    services: dict[str, Agency]


class WireModel(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Query(WireModel):
    """`POST charges/query`."""

    values: Annotated[dict[str, str], Field(min_length=1, max_length=10)]


class Payment(WireModel):
    """`PUT charges/{number}/payment`."""

    order: Annotated[str, Field(min_length=1, max_length=64)]
    amount: Money
    trade_no: Annotated[str, Field(min_length=1, max_length=64)]
    paid_at: AwareDatetime


@dataclass(frozen=True)
class Charge:
    """A charge in a month; `of` is the city, the service, and the places of account and charge."""

    of: tuple[str, str, int, int]
    seed: SeedCharge
    today: date

    @cached_property
    def number(self) -> str:
        """Twelve digits that follow from what it is of."""
        return f"{_digits(*self.of):012d}"

    @property
    def due(self) -> date | None:
        """The last day of the month after its own."""
        if not self.seed.deadline:
            return None
        months = self.today.year * 12 + self.today.month - 1 - self.seed.ago + 2
        return date(months // 12, months % 12 + 1, 1) - timedelta(days=1)


class Charges:
    """The agencies of every city that has a `charges.yml`; `agency_clock` decides what is overdue."""

    name = "charges"

    def __init__(
        self, *, seed: Seed, state: State, clock: Callable[[], datetime], agency_clock: Callable[[], datetime]
    ) -> None:
        self._seed, self._state = seed, state
        self._clock, self._agency_clock = clock, agency_clock

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        base = "/charges/{city}/{service}/charges"
        yield web.post(f"{base}/query", self._query)
        yield web.get(f"{base}/{{number:(?!query$)[^{{}}/]+}}", self._get)
        yield web.put(f"{base}/{{number}}/payment", self._pay)
        yield web.get("/_sandbox/charges/{city}/payments", self._payments)

    def cities(self) -> list[str]:
        return self._seed.cities(FILE)

    def facts(self, city: str) -> dict[str, str]:
        """Of each service the values of an account with one unpaid charge, and its amount."""
        found: dict[str, str] = {}
        for service, agency in self._agencies(city).services.items():
            account, charge = self._only_charge(city, service, agency)
            found |= {f"{service}_{name}": value for name, value in account.values.items()}
            found[f"{service}_amount"] = charge.seed.amount
        return found

    def _only_charge(self, city: str, service: str, agency: Agency) -> tuple[Account, Charge]:
        for place, account in enumerate(agency.accounts):
            charges = self._charges(city, service, place, account)
            unpaid = [one for one in charges if self._standing(city, one)["status"] != "paid"]
            if len(unpaid) == 1:
                return account, unpaid[0]
        raise UsedUpError(
            f"All single charges of {service} in {city} have been paid. Begin anew: desk sandbox reset --city {city}"
        )

    def _agencies(self, city: str) -> Agencies:
        return self._seed.load(city, FILE, Agencies.model_validate)

    def _charges(self, city: str, service: str, place: int, account: Account) -> list[Charge]:
        today = self._clock().astimezone(ZONE).date()
        return [Charge((city, service, place, at), seed, today) for at, seed in enumerate(account.charges)]

    def _standing(self, city: str, charge: Charge) -> dict[str, Any]:
        """The charge as it stands now, as the contract's `Standing`."""
        payment = self._state.get(self.name, city, PAYMENT, charge.number)
        paid_at = payment["paid_at"] if payment else f"{charge.today:%Y-%m}-01T12:00:00+08:00"
        is_paid = payment is not None or charge.seed.paid
        late = charge.due is not None and charge.due < self._agency_clock().astimezone(ZONE).date()
        return {
            "number": charge.number,
            "amount": charge.seed.amount,
            "status": "paid" if is_paid else "overdue" if late else "unpaid",
            "paid_at": paid_at if is_paid else None,
            "receipt": f"R{_digits(charge.number):012d}" if is_paid else None,
        }

    def _found(self, request: web.Request, number: str) -> Charge | None:
        city, service = request.match_info["city"], request.match_info["service"]
        agency = self._agencies(city).services.get(service)
        accounts = enumerate(agency.accounts if agency is not None else ())
        every = (one for place, account in accounts for one in self._charges(city, service, place, account))
        return next((one for one in every if one.number == number), None)

    async def _query(self, request: web.Request) -> web.Response:
        city, service = request.match_info["city"], request.match_info["service"]
        agency, asked = self._agencies(city).services.get(service), Query.model_validate_json(await request.read())
        known: Mapping[int, Account] = dict(enumerate(agency.accounts if agency is not None else ()))
        place = next((place for place, one in known.items() if one.values == asked.values), None)
        if place is None:
            return problem(404, "unknown-subject", "This agency knows nobody by these values.")
        account = known[place]
        return web.json_response(
            {
                "about": account.about.model_dump(),
                "as_of": self._agency_clock().astimezone(ZONE).isoformat(timespec="seconds"),
                "charges": [self._written(city, one) for one in self._charges(city, service, place, account)],
            }
        )

    def _written(self, city: str, charge: Charge) -> dict[str, Any]:
        """As the contract's `Charge`."""
        standing, due = self._standing(city, charge), charge.due
        return {
            "number": charge.number,
            "title": charge.seed.title.model_dump(),
            "amount": standing["amount"],
            "due": None if due is None else due.isoformat(),
            "status": standing["status"],
        }

    async def _get(self, request: web.Request) -> web.Response:
        found = self._found(request, NUMBER.validate_python(request.match_info["number"]))
        return _not_found() if found is None else web.json_response(self._standing(request.match_info["city"], found))

    async def _pay(self, request: web.Request) -> web.Response:
        city, number = request.match_info["city"], NUMBER.validate_python(request.match_info["number"])
        key = IDEMPOTENCY_KEY.validate_python(request.headers.get("Idempotency-Key"))
        payment = Payment.model_validate_json(await request.read())
        charge = self._found(request, number)
        if charge is None:
            return _not_found()
        digest = hashlib.sha256(f"{number} {payment.model_dump_json()}".encode()).hexdigest()
        before = self._state.get(self.name, city, KEY, key)
        if before is not None:
            if before["request"] != digest:
                return problem(409, "key-reused", "This Idempotency-Key belongs to another request.")
            return web.json_response(self._standing(city, charge))
        standing, paid_by = self._standing(city, charge), self._state.get(self.name, city, PAYMENT, number)
        if standing["status"] == "paid":
            if paid_by is None or (paid_by["order"], paid_by["trade_no"]) != (payment.order, payment.trade_no):
                return problem(409, "already-paid", "This charge was paid by another payment.")
            return web.json_response(standing)
        if payment.amount != standing["amount"]:
            return problem(422, "wrong-amount", f"The charge is over {standing['amount']} yuan.")
        self._state.put(
            (self.name, city, PAYMENT, number, payment.model_dump(mode="json")),
            (self.name, city, KEY, key, {"request": digest}),
        )
        return web.json_response(self._standing(city, charge))

    async def _payments(self, request: web.Request) -> web.Response:
        """All payments that were accepted since the city began, in order: what the agencies have on record."""
        paid = self._state.all(self.name, request.match_info["city"], PAYMENT)
        return web.json_response({"payments": [{"number": number, **payment} for number, payment in paid]})


def _digits(*of: object) -> int:
    return int(hashlib.sha256("/".join(map(str, of)).encode()).hexdigest(), 16) % 10**12


def _not_found() -> web.Response:
    return problem(404, "not-found", "There is no such charge.")
