"""Bills of several suppliers, paid. Real store, wire and sandbox; a puppet for a bot."""

import json
from typing import Any

import pytest
from fixtures.payments import CITY, PayHouse

from desk.conversations.rows import ConversationRow


async def facts(paying: PayHouse) -> dict[str, str]:
    return dict((await paying.control("GET", f"/facts/{CITY}"))[1])


async def offered(paying: PayHouse, known: dict[str, str], kind: str) -> tuple[ConversationRow, dict[str, Any]]:
    """A conversation in which one bill was shown and its payment offered."""
    conversation = await paying.house.open()
    values = {"utility_type": kind, "account_number": known[f"{kind}_account"]}
    await paying.say(conversation, f"utility_bills {json.dumps(values)}")
    payment = await paying.say(conversation, "affirm")
    assert payment is not None
    return conversation, payment


async def taken(paying: PayHouse) -> list[dict[str, Any]]:
    """The payments that the suppliers have on record."""
    return list((await paying.control("GET", f"/utilities/{CITY}/payments"))[1]["payments"])


@pytest.mark.parametrize(
    ("kind", "agency"), [("water", "杭州市水务集团"), ("electricity", "国网浙江省电力"), ("gas", "杭州市燃气集团")]
)
async def test_each_bill_is_paid_to_its_supplier_once(paying: PayHouse, kind: str, agency: str) -> None:
    """From the offer to the receipt: the supplier has the money once, and everything names that supplier."""
    known = await facts(paying)
    conversation, payment = await offered(paying, known, kind)
    assert payment["amount"] == known[f"{kind}_amount"]
    await paying.pay(payment)
    await paying.becomes(payment, "booked")
    assert [(one["amount"], one["order"]) for one in await taken(paying)] == [(payment["amount"], payment["order"])]
    said = await paying.house.texts(conversation)
    assert agency in said[-1]
    order = await paying.parts.payments.dependencies.find(payment["order"])
    assert order.receipt_number is not None
    path = paying.parts.pages.dependencies.links.receipt(order.receipt_number).removeprefix(paying.site.url)
    _, page, _ = await paying.site.ask("GET", path)
    assert agency in page
    assert known[f"{kind}_account"] not in page


@pytest.mark.parametrize("fault", [{"cut": True}, {"nonsense": True}, {"status": 503}, {"latency_ms": 5000}], ids=str)
async def test_a_supplier_that_fails_has_the_money_once_all_the_same(paying: PayHouse, fault: dict[str, Any]) -> None:
    """The report is lost, its answer is, or it is late: told again until it is taken, and taken once."""
    known = await facts(paying)
    _, payment = await offered(paying, known, "gas")
    status, _ = await paying.control("POST", "/faults", {"system": "utilities", "city": CITY, "count": 2, **fault})
    assert status == 201
    await paying.pay(payment)
    await paying.becomes(payment, "booked")
    assert [one["order"] for one in await taken(paying)] == [payment["order"]]


async def test_a_bill_paid_at_the_counter_meanwhile_is_paid_back(paying: PayHouse) -> None:
    """The supplier refuses the second payment for good: the money returns."""
    known = await facts(paying)
    _, payment = await offered(paying, known, "electricity")
    order = await paying.parts.payments.dependencies.find(payment["order"])
    [item] = order.opened(paying.parts.payments.dependencies.keys).items
    report = {
        "order": "counter-1",
        "amount": payment["amount"],
        "trade_no": "counter-1",
        "paid_at": "2026-11-24T09:00:00+08:00",
    }
    url = f"{paying.sandbox_url}/utilities/{CITY}/bills/{item.reference}/payment"
    async with paying.http.put(url, json=report, headers={"Idempotency-Key": "counter-0001"}) as response:
        assert response.status == 200
    await paying.pay(payment)
    await paying.becomes(payment, "refunded")
    assert [one["order"] for one in await taken(paying)] == ["counter-1"]


async def test_two_suppliers_are_two_orders_paid_apart(paying: PayHouse) -> None:
    """All at once is an order for each supplier; each is paid and booked for itself."""
    known = await facts(paying)
    conversation, _ = await offered(paying, known, "water")
    values = {"utility_type": "gas", "account_number": known["gas_account"]}
    await paying.say(conversation, f"utility_bills {json.dumps(values)}")
    payment = await paying.say(conversation, "affirm")
    assert payment is not None
    numbers = await paying.house.scalar(
        "SELECT string_agg(agency, ' ' ORDER BY agency) FROM orders WHERE conversation_id = :id AND status = 'open'",
        id=conversation.id,
    )
    assert numbers == "gas water"
    await paying.pay(payment)
    await paying.becomes(payment, "booked")
    assert [one["amount"] for one in await taken(paying)] == [known["gas_amount"]]
