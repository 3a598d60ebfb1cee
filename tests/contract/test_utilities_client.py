"""The client of the suppliers, and the bills it makes of them, over the pretend ones, whole and with faults."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import aiohttp
import pytest
from aiohttp.test_utils import TestServer
from fixtures import loaded
from fixtures.faults import LASTING, ONCE, PATIENT, Fault, limits_under
from fixtures.pretend_city import pretend_city
from structlog.testing import capture_logs

from actions.backends.http import Endpoint, Limits, open_session
from actions.backends.utilities import Utilities
from actions.backends.wire import Payment
from actions.kinds.sources.suppliers import Suppliers
from actions.kinds.statements import Item, NotTaken, Refusal, Statement
from actions.kinds.statements import Payment as Paid
from desk.contract.errors import BackendError, BackendNonsense, BackendRefused
from sandbox.households import Household, utilities

CITY, SYSTEM = "hangzhou", "utilities"
ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
TYPES = ("water", "electricity", "gas")


@dataclass
class World:
    """A running sandbox, a client of it, and the source of bills over that."""

    url: str
    session: aiohttp.ClientSession
    limits: Limits = PATIENT
    facts: dict[str, str] = field(default_factory=dict)

    @property
    def client(self) -> Utilities:
        address = f"{self.url}/{SYSTEM}/{CITY}"
        return Utilities(Endpoint("utilities", address, self.session, limits=self.limits, chance=lambda: 0.0))

    @property
    def source(self) -> Suppliers:
        return Suppliers(self.client, ZONE)

    async def control(self, method: str, path: str, body: dict[str, object]) -> None:
        async with self.session.request(method, f"{self.url}/_sandbox/{path}", json=body) as response:
            assert response.status in (200, 201), await response.text()

    async def fault(self, **what: object) -> None:
        """Ask the sandbox for a fault."""
        self.limits = limits_under(what)
        await self.control("POST", "faults", {"system": SYSTEM, "city": CITY, **what})

    async def due(self, kind: str, account: str | None = None) -> tuple[Item, ...]:
        """What the source shows for an account; without one for that of the facts."""
        values = {"utility_type": kind, "account_number": account or self.facts[f"{kind}_account"]}
        found = await self.source.look_up(values)
        assert isinstance(found, Statement)
        return found.items


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    server = TestServer(pretend_city(tmp_path, lambda: NOW))
    await server.start_server()
    url = str(server.make_url("")).rstrip("/")
    async with open_session(PATIENT) as session:
        world = World(url, session)
        async with session.get(f"{url}/_sandbox/facts/{CITY}") as response:
            world.facts = await response.json()
        yield world
    await server.close()


def household(kind: str, bills: int, **wanted: object) -> Household:
    """The first household of a type with so many bills, the newest of which is as wanted."""
    for one in utilities(loaded.seed(), CITY).households:
        newest = one.bills[0] if one.bills else None
        fits = all(getattr(newest, name) == value for name, value in wanted.items())
        if one.type == kind and len(one.bills) == bills and fits:
            return one
    raise LookupError(wanted)


def keys(item: Item) -> list[str]:
    """The keys of the texts that an item's facts are."""
    return [fact["text"]["key"] for fact in item.facts.values() if isinstance(fact, dict) and "text" in fact]


@pytest.mark.parametrize("kind", TYPES)
async def test_bills_of_an_account(world: World, kind: str) -> None:
    """Of each type the account's unpaid bill, with its amount; what was paid is not shown."""
    [item] = await world.due(kind)
    assert f"{item.amount:.2f}" == world.facts[f"{kind}_amount"]
    assert keys(item)[2] == "bill.due_by"


async def test_several_months_with_their_late_fees(world: World) -> None:
    """Three unpaid bills, the newest first: those past their day are overdue, with a fee of their own."""
    items = await world.due("electricity", household("electricity", 3).account)
    assert [keys(one) for one in items] == [
        ["bill.month", "bill.used_kwh", "bill.due_by"],
        ["bill.month", "bill.used_kwh", "bill.overdue"],
        ["bill.month", "bill.used_kwh", "bill.overdue"],
    ]
    terms = [one.facts["terms"] for one in items]
    fees = [Decimal(one["text"]["args"]["late_fee"]["money"]) for one in terms[1:]]  # type: ignore[index,call-overload]
    assert 0 < fees[0] < fees[1]


async def test_a_part_of_a_month_has_its_days(world: World) -> None:
    """Moved out on a day: from the first to that day, counted."""
    moved_out = next(
        one
        for one in utilities(loaded.seed(), CITY).households
        if one.type == "gas" and one.bills and one.bills[0].to_day
    )
    [item] = await world.due("gas", moved_out.account)
    period = item.facts["period"]["text"]  # type: ignore[index,call-overload]
    assert (period["key"], period["args"]["count"]) == ("bill.days", moved_out.bills[0].to_day)  # type: ignore[index,call-overload]


async def test_unpaid_becomes_overdue_by_the_agencies_clock(world: World) -> None:
    """Forty days on, the same bill is overdue and costs more."""
    [before] = await world.due("water")
    await world.control("PUT", "clock", {"ahead_seconds": 40 * 86400})
    [after] = await world.due("water")
    assert before.reference == after.reference
    assert before.amount < after.amount
    assert keys(after)[2] == "bill.overdue"


async def test_unknown_account_is_a_refusal_of_the_account(world: World) -> None:
    """Another type's account is unknown: the account is what is wrong."""
    found = await world.source.look_up({"utility_type": "gas", "account_number": world.facts["water_account"]})
    assert found == Refusal("account_number")


async def payment(world: World, kind: str = "water", **changes: str) -> Paid:
    """Money that has arrived for the fact's bill."""
    [item] = await world.due(kind)
    values = {"amount": f"{item.amount:.2f}", "order": "202611240000000000000001", "trade_no": "trade-1", **changes}
    return Paid(reference=item.reference, paid_at=NOW, **values)


async def test_payment_is_reported_once_however_often(world: World) -> None:
    """The same payment again answers with the same receipt; nothing is due any more."""
    paid = await payment(world)
    receipt = await world.source.settle(paid)
    assert isinstance(receipt, str)
    assert await world.source.settle(paid) == receipt
    assert await world.due("water") == ()


@pytest.mark.parametrize(("change", "code"), [({"amount": "0.01"}, "wrong-amount"), ({}, "already-paid")])
async def test_what_a_supplier_refuses_for_good_is_not_taken(world: World, change: dict[str, str], code: str) -> None:
    """A wrong amount, a bill that was paid at the counter: the supplier's own word."""
    paid = await payment(world, **change)
    if code == "already-paid":
        counter = Payment(order="counter", amount=paid.amount, trade_no="counter", paid_at=NOW)
        await world.client.pay(paid.reference, counter, key="counter-1")
    assert await world.source.settle(paid) == NotTaken(code)


async def test_payment_survives_an_answer_that_was_cut(world: World) -> None:
    """The report arrived and its answer did not: the repetition finds the payment done, once."""
    paid = await payment(world)
    await world.fault(cut=True, count=1)
    assert isinstance(await world.source.settle(paid), str)
    standing = await world.client.standing(paid.reference)
    assert (standing.status, standing.amount) == ("paid", paid.amount)


@pytest.mark.parametrize("fault", ONCE, ids=str)
async def test_one_fault_is_survived(world: World, fault: Fault) -> None:
    """Reading is repeated: one failure of any kind is not noticed."""
    await world.fault(**fault, count=1)
    assert len(await world.due("gas")) == 1


@pytest.mark.parametrize(("fault", "error"), LASTING, ids=str)
async def test_lasting_fault_is_a_retryable_error(world: World, fault: Fault, error: type[BackendError]) -> None:
    """What does not go away within the budget is an error that says trying later can help."""
    await world.fault(**fault)
    with pytest.raises(error) as caught:
        await world.due("gas")
    assert caught.value.retryable


async def test_nothing_personal_is_logged(world: World) -> None:
    """The account stands in no log line, whatever fails."""
    await world.fault(nonsense=True)
    with capture_logs() as logs, pytest.raises(BackendNonsense) as caught:
        await world.due("electricity")
    assert world.facts["electricity_account"] not in f"{logs} {caught.value}"


async def test_unknown_bill_is_a_refusal(world: World) -> None:
    """A number of no bill."""
    with pytest.raises(BackendRefused) as caught:
        await world.client.standing("100000000000000")
    assert caught.value.code == "not-found"
