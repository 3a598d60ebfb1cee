"""What a clerk pays back of an order that the agency refused in part: the rest, once. Real store, wire and sandbox."""

import asyncio
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from fixtures.house import until
from fixtures.patience import HANG_SECONDS
from fixtures.payments import TWO_NOTICES, Otherwise, PayHouse, pay_back

from desk.contract.errors import BackendRefused, Conflict
from desk.payments.refunds import Refunds
from desk.payments.rows import RefundRow

TAKEN, REFUSED = "200.00", "150.00"


class Strict(Otherwise):
    """A gateway that refuses every refund for good."""

    async def refund(self, *_: object) -> None:
        raise BackendRefused(code="ACQ.TRADE_NOT_ALLOW_REFUND")


async def test_after_a_part_was_refused_a_clerk_pays_back_only_the_rest(paying: PayHouse) -> None:
    """Of 350.00 the agency refused 150.00: a clerk's refund is 200.00, and the receipt says what came back."""
    payment = await _booked_in_part(paying)
    await _back(paying, payment, REFUSED)
    begun = await _begin(paying, payment)
    assert (f"{begun.amount:.2f}", begun.reason) == (TAKEN, "clerk")
    await paying.becomes(payment, "refunded")
    assert (await paying.trade(payment))["refunded"] == "350.00"
    page = await _receipt(paying, payment)
    assert [part for part in ("receipt-refunded", TAKEN, "已退回") if part not in page] == []
    assert "350.00" not in page
    with pytest.raises(Conflict):
        await _begin(paying, payment)


async def test_a_clerk_need_not_wait_for_the_refused_part(paying: PayHouse) -> None:
    """While 150.00 are on their way the clerk's 200.00 follow: both once, and the order ends when both are back."""
    await _alipay_refunds_fail(paying)
    payment = await _booked_in_part(paying)
    assert (await _begin(paying, payment)).amount == Decimal(TAKEN)
    assert "receipt-refunding" in await _receipt(paying, payment)
    await paying.control("DELETE", "/faults")
    for refund in (f"{payment['order']}-1", f"{payment['order']}-2"):
        paying.clock.jump(seconds=11)
        await Refunds(paying.parts.payments.dependencies).carry_out(refund)
    await paying.becomes(payment, "refunded")
    assert sorted(one["amount"] for one in (await paying.trade(payment))["refunds"]) == sorted([REFUSED, TAKEN])


async def test_a_refused_refund_is_asked_for_again_alone(paying: PayHouse) -> None:
    """Alipay refused to pay 150.00 back: a clerk's word asks for these alone, the fine that was booked stays booked."""
    await _alipay_refunds_fail(paying)
    payment = await _booked_in_part(paying)
    await _refused(paying, f"{payment['order']}-1")
    await paying.control("DELETE", "/faults")
    begun = await _begin(paying, payment)
    assert (f"{begun.amount:.2f}", begun.reason) == (REFUSED, "not_taken")
    await _back(paying, payment, REFUSED)
    assert await paying.status(payment) == "booked"
    page = await _receipt(paying, payment)
    assert "receipt-valid" in page
    assert "已退回" not in page
    assert f"{(await _begin(paying, payment)).amount:.2f}" == TAKEN
    await paying.becomes(payment, "refunded")


async def _booked_in_part(paying: PayHouse) -> dict[str, Any]:
    """An order over both fines of a car, one of which was paid at a counter."""
    payment = await paying.offered_both()
    await paying.paid_elsewhere(TWO_NOTICES[1], REFUSED)
    await paying.pay(payment)
    await paying.becomes(payment, "booked")
    return payment


async def _begin(paying: PayHouse, payment: dict[str, Any]) -> RefundRow:
    return await pay_back(paying.parts.payments.dependencies, payment["order"])


async def _back(paying: PayHouse, payment: dict[str, Any], amount: str) -> None:
    """Wait until so much is back, by Alipay's word and ours."""

    async def now() -> tuple[str, Decimal]:
        order = await paying.parts.payments.dependencies.find(payment["order"])
        return str((await paying.trade(payment))["refunded"]), order.refunded

    await until(now, becomes=(amount, Decimal(amount)))


async def _refused(paying: PayHouse, refund: str) -> None:
    """Let the gateway refuse a refund for good; the job that just tried it keeps others away for a pause."""
    dependencies = paying.parts.payments.dependencies
    strict = Refunds(replace(dependencies, gateway=Strict(dependencies.gateway)))

    async def now() -> str:
        paying.clock.jump(seconds=11)
        await strict.carry_out(refund)
        return str(await paying.house.scalar("SELECT status FROM refunds WHERE id = :id", id=refund))

    await until(now, becomes="refused")


async def _alipay_refunds_fail(paying: PayHouse) -> None:
    fault = {"system": "alipay", "query": {"method": "alipay.trade.refund"}, "status": 502}
    assert (await paying.control("POST", "/faults", fault))[0] == 201


async def _receipt(paying: PayHouse, payment: dict[str, Any]) -> str:
    """The receipt's public page."""
    order = await paying.parts.payments.dependencies.find(payment["order"])
    assert order.receipt_number is not None
    path = paying.parts.pages.dependencies.links.receipt(order.receipt_number).removeprefix(paying.site.url)
    async with asyncio.timeout(HANG_SECONDS):
        status, page, _ = await paying.site.ask("GET", path)
    assert status == 200
    return str(page)
