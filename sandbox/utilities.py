"""The pretend suppliers of water, electricity and gas: bills by account, their standing, payments.

The contract is `docs/reference/utilities.openapi.yaml`. Only payments are kept; all else follows from the
data and the day.
"""

import hashlib
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from aiohttp import web
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter

from sandbox.households import ACCOUNT, FILE, NUMBER, Bill, Utilities, UtilityType, bills_of, utilities
from sandbox.ports import UsedUpError
from sandbox.problems import problem
from sandbox.seed import Seed
from sandbox.state import State
from sandbox.vehicles import Money

PAYMENT, KEY = "payment", "key"  # kinds of records: by bill number, by Idempotency-Key
ZONE = ZoneInfo("Asia/Shanghai")
BILL_NUMBER = TypeAdapter(Annotated[str, Field(pattern=NUMBER)])
IDEMPOTENCY_KEY = TypeAdapter(Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{8,100}$")])


class WireModel(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Account(WireModel):
    """`POST bills/query`."""

    utility_type: UtilityType
    account_number: Annotated[str, Field(pattern=ACCOUNT)]


class Payment(WireModel):
    """`PUT bills/{number}/payment`."""

    order: Annotated[str, Field(min_length=1, max_length=64)]
    amount: Money
    trade_no: Annotated[str, Field(min_length=1, max_length=64)]
    paid_at: AwareDatetime


class Suppliers:
    """The suppliers of every city that has a `utilities.yml`.

    `clock` decides which month a bill is of, `agency_clock` how late it is: tests set only that one ahead.
    """

    name = "utilities"

    def __init__(
        self, *, seed: Seed, state: State, clock: Callable[[], datetime], agency_clock: Callable[[], datetime]
    ) -> None:
        self._seed, self._state = seed, state
        self._clock, self._agency_clock = clock, agency_clock

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        yield web.post("/utilities/{city}/bills/query", self._query)
        yield web.get("/utilities/{city}/bills/{number:(?!query$)[^{}/]+}", self._get)
        yield web.put("/utilities/{city}/bills/{number}/payment", self._pay)
        yield web.get("/_sandbox/utilities/{city}/payments", self._payments)

    def cities(self) -> list[str]:
        return self._seed.cities(FILE)

    def facts(self, city: str) -> dict[str, str]:
        known, found = self._known(city), dict[str, str]()
        for kind in known.suppliers:
            bill = self._only_bill(city, known, kind, set(found.values()))
            found[f"{kind}_account"] = bill.household.account
            found[f"{kind}_amount"] = f"{bill.amount(self._today):.2f}"
        return found

    def _only_bill(self, city: str, known: Utilities, kind: UtilityType, taken: set[str]) -> Bill:
        """The unpaid bill, of last month, of a household that has no other; of an amount that is no other fact."""
        for household in (one for one in known.households if one.type == kind):
            bills = bills_of(known, household, self._calendar)
            unpaid = [bill for bill in bills if self._standing(city, bill)["status"] != "paid"]
            fresh = [bill for bill in unpaid if bill.seed.ago == 1 and bill.first.day == 1]
            if len(unpaid) == len(fresh) == 1 and f"{fresh[0].amount(self._today):.2f}" not in taken:
                return fresh[0]
        raise UsedUpError(
            f"All such {kind} bills in {city} have been paid. Begin anew: desk sandbox reset --city {city}"
        )

    @property
    def _calendar(self) -> date:
        return self._clock().astimezone(ZONE).date()

    @property
    def _today(self) -> date:
        return self._agency_clock().astimezone(ZONE).date()

    def _known(self, city: str) -> Utilities:
        return utilities(self._seed, city)

    def _standing(self, city: str, bill: Bill) -> dict[str, Any]:
        """The bill as it stands now, as the contract's `Standing`."""
        payment, seeded = self._state.get(self.name, city, PAYMENT, bill.number), bill.seed.paid
        paid_at = payment["paid_at"] if payment else _noon(bill.due) if seeded else None
        amount = payment["amount"] if payment else f"{bill.charge if seeded else bill.amount(self._today):.2f}"
        late = "overdue" if bill.due < self._today else "unpaid"
        return {
            "number": bill.number,
            "amount": amount,
            "status": "paid" if paid_at else late,
            "paid_at": paid_at,
            "receipt": _receipt(bill.number) if paid_at else None,
        }

    def _bill(self, city: str, number: str) -> Bill | None:
        known = self._known(city)
        of_it = (one for one in known.households if number[1:-6] == one.account)
        found = (bill for household in of_it for bill in bills_of(known, household, self._calendar))
        return next((bill for bill in found if bill.number == number), None)

    async def _query(self, request: web.Request) -> web.Response:
        city = request.match_info["city"]
        known, asked = self._known(city), Account.model_validate_json(await request.read())
        household = known.household(asked.utility_type, asked.account_number)
        if household is None:
            return problem(404, "unknown-account", "This supplier has no such account.")
        road = household.road
        return web.json_response(
            {
                "utility_type": household.type,
                "account_number": household.account,
                "address": {"zh_Hans": f"{road.zh_Hans}***号", "en": f"*** {road.en}"},
                "as_of": self._agency_clock().astimezone(ZONE).isoformat(timespec="seconds"),
                "bills": [self._written(city, bill) for bill in bills_of(known, household, self._calendar)],
            }
        )

    def _written(self, city: str, bill: Bill) -> dict[str, Any]:
        """As the contract's `Bill`."""
        standing = self._standing(city, bill)
        charge = f"{bill.charge:.2f}"
        used = bill.seed.used
        return {
            "number": bill.number,
            "from": bill.first.isoformat(),
            "to": bill.last.isoformat(),
            "usage": {"quantity": f"{used:f}", "unit": bill.supplier.unit},
            "charge": charge,
            "late_fee": f"{type(bill.charge)(standing['amount']) - bill.charge:.2f}",
            "amount": standing["amount"],
            "due": bill.due.isoformat(),
            "status": standing["status"],
        }

    async def _get(self, request: web.Request) -> web.Response:
        city, number = request.match_info["city"], BILL_NUMBER.validate_python(request.match_info["number"])
        found = self._bill(city, number)
        return _not_found() if found is None else web.json_response(self._standing(city, found))

    async def _pay(self, request: web.Request) -> web.Response:
        city, number = request.match_info["city"], BILL_NUMBER.validate_python(request.match_info["number"])
        key = IDEMPOTENCY_KEY.validate_python(request.headers.get("Idempotency-Key"))
        payment = Payment.model_validate_json(await request.read())
        bill = self._bill(city, number)
        if bill is None:
            return _not_found()
        digest = hashlib.sha256(f"{number} {payment.model_dump_json()}".encode()).hexdigest()
        before = self._state.get(self.name, city, KEY, key)
        if before is not None:
            if before["request"] != digest:
                return problem(409, "key-reused", "This Idempotency-Key belongs to another request.")
            return web.json_response(self._standing(city, bill))
        standing, paid_by = self._standing(city, bill), self._state.get(self.name, city, PAYMENT, number)
        if standing["status"] == "paid":
            if paid_by is None or (paid_by["order"], paid_by["trade_no"]) != (payment.order, payment.trade_no):
                return problem(409, "already-paid", "This bill was paid by another payment.")
            return web.json_response(standing)
        if payment.amount not in self._owed(bill, payment.paid_at):
            return problem(422, "wrong-amount", f"The bill is over {standing['amount']} yuan.")
        self._state.put(
            (self.name, city, PAYMENT, number, payment.model_dump(mode="json")),
            (self.name, city, KEY, key, {"request": digest}),
        )
        return web.json_response(self._standing(city, bill))

    def _owed(self, bill: Bill, paid_at: datetime) -> set[str]:
        """The amounts that were owed from the day before a payment until today."""
        now, due = self._agency_clock(), datetime(bill.due.year, bill.due.month, bill.due.day, tzinfo=ZONE)
        last = self._today
        first = min(max(min(max(paid_at, due), now).astimezone(ZONE).date() - timedelta(days=1), bill.due), last)
        return {f"{bill.amount(first + timedelta(days=day)):.2f}" for day in range((last - first).days + 1)}

    async def _payments(self, request: web.Request) -> web.Response:
        """All payments that were accepted since the city began, in order: what the suppliers have on record."""
        paid = self._state.all(self.name, request.match_info["city"], PAYMENT)
        return web.json_response({"payments": [{"number": number, **payment} for number, payment in paid]})


def _noon(day: date) -> str:
    return datetime(day.year, day.month, day.day, 12, tzinfo=ZONE).isoformat()


def _receipt(number: str) -> str:
    """The receipt's number: twelve digits that follow from the bill's."""
    return f"{int(hashlib.sha256(number.encode()).hexdigest(), 16) % 10**12:012d}"


def _not_found() -> web.Response:
    return problem(404, "not-found", "There is no such bill.")
