"""The traffic police as a source of bills: violations that are not paid yet."""

from collections.abc import Mapping
from decimal import Decimal
from zoneinfo import ZoneInfo

from actions.backends.http import Endpoint
from actions.backends.traffic_police import TrafficPolice, Violation
from actions.backends.wire import Payment as Report
from actions.kinds.statements import BillSource, Item, NotTaken, Payment, Refusal, Statement
from actions.schema import BillService
from desk.contract.errors import BackendNonsense, BackendRefused

UNPROVED = frozenset({"unknown-vehicle", "vin-mismatch"})
"""Refusals of plate and VIN together: which of them is wrong, nobody is told."""
FINAL = frozenset({"already-paid", "wrong-amount", "not-found"})
"""Refusals of a payment that asking again cannot change. `key-reused` is none: then something is wrong with us."""


class Violations:
    """Violations that are not paid yet, and payments for them. Times are put into the city's zone."""

    def __init__(self, police: TrafficPolice, zone: ZoneInfo) -> None:
        self._police = police
        self._zone = zone

    async def look_up(self, values: Mapping[str, str]) -> Statement | Refusal:
        try:
            found = await self._police.violations(values["plate"], values["vin_last6"])
        except BackendRefused as exc:
            if exc.code in UNPROVED:
                return Refusal("vin_last6")
            raise
        due = [_item(values["plate"], one, self._zone) for one in found.violations if one.status == "unpaid"]
        return Statement(found.as_of.astimezone(self._zone), tuple(due))

    async def settle(self, payment: Payment) -> str | NotTaken:
        report = Report(order=payment.order, amount=payment.amount, trade_no=payment.trade_no, paid_at=payment.paid_at)
        key = f"{payment.order}-{payment.reference}"
        try:
            notice = await self._police.pay(payment.reference, report, key=key)
        except BackendRefused as exc:
            if exc.code in FINAL:
                return NotTaken(exc.code)
            raise
        if notice.status != "paid" or notice.receipt is None:
            raise BackendNonsense("The traffic police took a payment and names no receipt.")
        return notice.receipt


def _item(plate: str, violation: Violation, zone: ZoneInfo) -> Item:
    return Item(
        reference=violation.notice,
        amount=Decimal(violation.amount),
        facts={
            "plate": plate,
            "place": {"name": violation.place.model_dump()},
            "at": {"datetime": violation.at.astimezone(zone).isoformat()},
            "act": {"name": violation.act.names.model_dump()},
            "points": violation.points,
            "amount": {"money": violation.amount},
            "notice": violation.notice,
        },
    )


def open_violations(endpoint: Endpoint, zone: ZoneInfo, declared: BillService) -> BillSource:  # noqa: ARG001
    """The source of a city's traffic police."""
    return Violations(TrafficPolice(endpoint), zone)
