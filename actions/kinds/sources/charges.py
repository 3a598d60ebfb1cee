"""Any agency that charges for something as a source of bills: what is not paid yet, each by the title it gives."""

from collections.abc import Mapping
from decimal import Decimal
from zoneinfo import ZoneInfo

from pydantic import JsonValue

from actions.backends.charges import Charge, Charges
from actions.backends.http import Endpoint
from actions.backends.wire import Payment as Report
from actions.kinds.statements import BillSource, Item, NotTaken, Payment, Refusal, Statement
from actions.schema import BillService
from actions.schema.field import CHOICE
from desk.contract.errors import BackendNonsense, BackendRefused, ConfigurationError
from desk.contract.messages import Text

FINAL = frozenset({"already-paid", "wrong-amount", "not-found"})
"""Refusals of a payment that asking again cannot change. `key-reused` is none: then something is wrong with us."""
FACTS = frozenset({"charge_for", "amount", "terms", "charge"})
"""What is known of each item, besides the values that it was looked up by."""


class ChargesDue:
    """Charges that are not paid yet, and payments for them. `refused` is the field that is wrong where nobody is found:
    the last that is typed, whichever of them it was.
    """

    def __init__(self, charges: Charges, zone: ZoneInfo, refused: str) -> None:
        self._charges = charges
        self._zone = zone
        self._refused = refused

    async def look_up(self, values: Mapping[str, str]) -> Statement | Refusal:
        try:
            found = await self._charges.of(values)
        except BackendRefused as exc:
            if exc.code == "unknown-subject":
                return Refusal(self._refused)
            raise
        due = [_item(values, one) for one in found.charges if one.status != "paid"]
        about: dict[str, JsonValue] = {"about": {"name": found.about.model_dump()}}
        return Statement(found.as_of.astimezone(self._zone), tuple(due), about=about)

    async def settle(self, payment: Payment) -> str | NotTaken:
        report = Report(order=payment.order, amount=payment.amount, trade_no=payment.trade_no, paid_at=payment.paid_at)
        key = f"{payment.order}-{payment.reference}"
        try:
            standing = await self._charges.pay(payment.reference, report, key=key)
        except BackendRefused as exc:
            if exc.code in FINAL:
                return NotTaken(exc.code)
            raise
        if standing.status != "paid" or standing.receipt is None:
            raise BackendNonsense("An agency took a payment and names no receipt.")
        return standing.receipt


def open_charges(endpoint: Endpoint, zone: ZoneInfo, declared: BillService) -> BillSource:
    """The source of an agency.

    Raises:
        ConfigurationError: the service shows what this contract does not tell, or is found by choices alone.
    """
    known = FACTS | {field.name for field in declared.fields}
    if unknown := sorted(set(declared.item_facts) - known):
        raise ConfigurationError(
            f"item_facts: of a charge nobody knows {', '.join(unknown)}; there are {', '.join(sorted(known))}."
        )
    typed = [field.name for field in declared.fields if field.validation != CHOICE]
    if not typed:
        raise ConfigurationError("fields: a subject of charges is found by something that is typed, not by choices.")
    return ChargesDue(Charges(endpoint), zone, typed[-1])


def _item(values: Mapping[str, str], charge: Charge) -> Item:
    return Item(
        reference=charge.number,
        amount=Decimal(charge.amount),
        facts={
            **values,
            "charge_for": {"name": charge.title.model_dump()},
            "amount": {"money": charge.amount},
            "terms": {"text": _terms(charge).model_dump()},
            "charge": charge.number,
        },
    )


def _terms(charge: Charge) -> Text:
    """Until when it is to be paid, or since when it is late."""
    if charge.due is None:
        return Text(key="bill.no_deadline")
    key = "bill.past_due" if charge.status == "overdue" else "bill.due_by"
    return Text(key=key, args={"due": {"date": charge.due.isoformat()}})
