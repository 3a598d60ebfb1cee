"""Money paid back at a ticket in the console: once, up to the limit at once, above it by two. Pretend Alipay."""

from decimal import Decimal

import pytest
from fixtures.desks import desks_at, hire
from fixtures.payments import AMOUNT, PayHouse
from fixtures.staffed import actor

from desk.contract.staff import Grant, Role
from desk.conversations.rows import ConversationRow
from desk.payments.clerk_refunds import ClerkRefunds
from desk.store.database import transaction

CLERK, LEADS = Grant(Role.CLERK, "hangzhou"), Grant(Role.AGENCY_ADMIN, "hangzhou")


async def waits(paying: PayHouse, conversation: ConversationRow) -> str:
    """The page of a ticket of a conversation."""
    house = paying.house
    async with transaction(house.engine) as connection:
        await house.hand_over().open(
            connection, conversation, opened_by="resident", reason="refund", service="traffic_fines"
        )
    return f"/console/tickets/{(await house.clerks.waiting(actor('op')))[-1].reference}"


@pytest.mark.parametrize("limit", ["1000.00", "50.00"], ids=["at once", "by two"])
async def test_a_clerk_pays_back_at_the_ticket(paying: PayHouse, limit: str) -> None:
    """With a reason; above the limit another allows it first, and nothing is offered that is paid back."""
    conversation, payment = await paying.offered()
    await paying.pay(payment)
    await paying.becomes(payment, "booked")
    path, order = await waits(paying, conversation), str(payment["order"])
    refunds = ClerkRefunds(paying.parts.payments.dependencies, Decimal(limit))
    kai, lin = await hire(paying.house.engine, "kai", CLERK), await hire(paying.house.engine, "lin", LEADS)
    async with desks_at(paying.house, refunds=refunds) as desks, desks.chair(kai) as clerk, desks.chair(lin) as leads:
        page = await clerk.get(path)
        assert (order in page.text, f"¥{AMOUNT}" in page.text, 'id="do-refund"' in page.text) == (True, True, True)
        without = await clerk.post(f"{path}/refund", {"order": order, "reason": " "}, of=path)
        assert (without.status, "Give a reason" in without.errors) == (422, True)
        done = await clerk.post(f"{path}/refund", {"order": order, "reason": "charged twice"}, of=path)
        two = Decimal(AMOUNT) > Decimal(limit)
        assert ("Another person has to allow it" if two else "on its way back") in done.text
        if two:
            again = await clerk.post(f"{path}/refund", {"order": order, "reason": "once more"}, of=path)
            assert again.status == 422
            await leads.post("/console/requests/1", {"decision": "allow"}, of="/console/requests/1")
        await paying.becomes(payment, "refunded")
        assert 'id="do-refund"' not in (await clerk.get(path)).text
        late = await clerk.post(f"{path}/refund", {"order": order, "reason": "again"}, of=path)
        assert (late.status, "Nothing of this order" in late.errors) == (422, True)
    assert (await paying.trade(payment))["refunded"] == AMOUNT


async def test_only_orders_of_the_ticket_are_paid_back_there(paying: PayHouse) -> None:
    """Another resident's is not offered, and naming it does nothing; nor does somebody who may not pay back."""
    _, payment = await paying.offered()
    await paying.pay(payment)
    await paying.becomes(payment, "booked")
    path, order = await waits(paying, await paying.house.open()), str(payment["order"])
    refunds = ClerkRefunds(paying.parts.payments.dependencies, Decimal("1000.00"))
    kai = await hire(paying.house.engine, "kai", CLERK)
    async with desks_at(paying.house, refunds=refunds) as desks, desks.chair(kai) as clerk:
        assert 'id="do-refund"' not in (await clerk.get(path)).text
        answer = await clerk.post(f"{path}/refund", {"order": order, "reason": "charged twice"}, of=path)
    assert (answer.status, "Nothing of this order" in answer.errors) == (422, True)
    assert await paying.status(payment) == "booked"
