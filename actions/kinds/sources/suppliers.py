"""Suppliers of water, electricity and gas as a source of bills: those that are not paid yet, and how late they are."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from itertools import dropwhile, takewhile
from zoneinfo import ZoneInfo

from pydantic import JsonValue

from actions.backends.http import Endpoint
from actions.backends.utilities import Bill, Utilities
from actions.backends.wire import Names
from actions.backends.wire import Payment as Report
from actions.kinds.statements import BillSource, Item, NotTaken, Payment, Refusal, Statement
from actions.schema import BillService
from desk.contract.errors import BackendNonsense, BackendRefused
from desk.contract.messages import Text
from values.lexicon import lexicon

_WORDS = lexicon(__file__)

FINAL = frozenset({"already-paid", "wrong-amount", "not-found"})
"""Refusals of a payment that asking again cannot change. `key-reused` is none: then something is wrong with us."""
CHINESE_MONTHS = _WORDS["chinese_months"]
ENGLISH_MONTHS = ("jan", "feb", "mar", "apr", "", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
"""May is left out: it is a verb, too."""
LAST_MONTH = _WORDS["last_month"]
OVERDUE = _WORDS["overdue"]
_MONTH = _WORDS.text("month")


class Suppliers:
    """Bills that are not paid yet, the newest first, and payments for them."""

    def __init__(self, utilities: Utilities, zone: ZoneInfo) -> None:
        self._utilities = utilities
        self._zone = zone

    async def look_up(self, values: Mapping[str, str]) -> Statement | Refusal:
        try:
            found = await self._utilities.bills(values["utility_type"], values["account_number"])
        except BackendRefused as exc:
            if exc.code == "unknown-account":
                return Refusal("account_number")
            raise
        as_of = found.as_of.astimezone(self._zone)
        due = [_item(values["account_number"], one, as_of.date()) for one in found.bills if one.status != "paid"]
        return Statement(as_of, tuple(due), about={"address": {"name": _glimpses(found.address)}})

    async def settle(self, payment: Payment) -> str | NotTaken:
        report = Report(order=payment.order, amount=payment.amount, trade_no=payment.trade_no, paid_at=payment.paid_at)
        key = f"{payment.order}-{payment.reference}"
        try:
            standing = await self._utilities.pay(payment.reference, report, key=key)
        except BackendRefused as exc:
            if exc.code in FINAL:
                return NotTaken(exc.code)
            raise
        if standing.status != "paid" or standing.receipt is None:
            raise BackendNonsense("A supplier took a payment and names no receipt.")
        return standing.receipt


def open_suppliers(endpoint: Endpoint, zone: ZoneInfo, declared: BillService) -> BillSource:  # noqa: ARG001
    """The source of a city's suppliers."""
    return Suppliers(Utilities(endpoint), zone)


def _glimpses(address: Names) -> dict[str, JsonValue]:
    """How an address begins: who pays for the household knows it by that, and who guessed a number learns no road.

    Nothing proves an account: its number alone opens its bills, as suppliers have it.
    """
    return {language: _glimpse(written) for language, written in address.model_dump(exclude_none=True).items()}


def _glimpse(address: str) -> str:
    """A letter of Chinese, two of others, of the first word; never a number of the house."""
    word = "".join(takewhile(str.isalpha, dropwhile(lambda one: not one.isalpha(), address)))
    return f"{word[: 2 if word.isascii() else 1]}***"


def _item(account: str, bill: Bill, today: date) -> Item:
    return Item(
        reference=bill.number,
        amount=Decimal(bill.amount),
        facts={
            "account_number": account,
            "period": _said(_period(bill)),
            "usage": _said(Text(key=f"bill.used_{bill.usage.unit.lower()}", args={"quantity": bill.usage.quantity})),
            "amount": {"money": bill.amount},
            "terms": _said(_terms(bill, today)),
            "bill": bill.number,
        },
        words=tuple(_words(bill, today)),
    )


def _period(bill: Bill) -> Text:
    """A month, several, or some days of one."""
    first, last = bill.from_, bill.to
    whole = first.day == 1 and (last + timedelta(days=1)).day == 1
    if not whole:
        days = (last - first).days + 1
        dates: dict[str, JsonValue] = {"from": {"date": first.isoformat()}, "to": {"date": last.isoformat()}}
        return Text(key="bill.days", args={**dates, "count": days})
    month: JsonValue = {"month": f"{last:%Y-%m}"}
    if (first.year, first.month) == (last.year, last.month):
        return Text(key="bill.month", args={"month": month})
    return Text(key="bill.months", args={"from": {"month": f"{first:%Y-%m}"}, "to": month})


def _terms(bill: Bill, today: date) -> Text:
    """Until when it is to be paid; once overdue, since when, and what that costs."""
    due: dict[str, JsonValue] = {"due": {"date": bill.due.isoformat()}}
    if bill.status != "overdue":
        return Text(key="bill.due_by", args=due)
    fee: JsonValue = {"money": bill.late_fee}
    return Text(key="bill.overdue", args={**due, "count": max(1, (today - bill.due).days), "late_fee": fee})


def _words(bill: Bill, today: date) -> Iterable[str]:
    """Words by which a resident may name the bill: its month, or that it is late."""
    month = bill.to.month
    yield f"{month}{_MONTH}"
    yield f"{CHINESE_MONTHS[month - 1]}{_MONTH}"
    if ENGLISH_MONTHS[month - 1]:
        yield f"{bill.to:%B}".lower()
        yield ENGLISH_MONTHS[month - 1]
    if (bill.to.year * 12 + month) == today.year * 12 + today.month - 1:
        yield from LAST_MONTH
    if bill.status == "overdue":
        yield from OVERDUE


def _said(text: Text) -> JsonValue:
    return {"text": text.model_dump()}
