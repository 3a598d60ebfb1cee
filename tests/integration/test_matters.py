"""What a clerk must settle of an order: one ticket a matter, one word to the resident. Real store, wire and sandbox."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Literal

import pytest
from fixtures.payments import Mute, Otherwise, PayHouse, pay_back
from fixtures.staffed import actor
from sqlalchemy import text

from desk.alipay.answers import CHINA
from desk.contract.errors import BackendRefused, Conflict
from desk.conversations import erasure
from desk.conversations.live import Live
from desk.payments.ports import Gateway
from desk.payments.reconciliation import Reconciliation
from desk.payments.refunds import Refunds
from desk.payments.service import SILENCE, Payments
from desk.store.terms import Stays, Tally, Term
from desk.tickets.rows import TicketRow
from desk.tickets.service import Clerks

TOLD = {
    "agency_silent": {"zh_Hans": "迟迟没有答复", "zh_Hant": "遲遲沒有答覆", "en": "has not said yet"},
    "second_trade": {"zh_Hans": "支付了两次", "zh_Hant": "付了兩次", "en": "was paid twice"},
    "amount_differs": {"zh_Hans": "金额不符", "zh_Hant": "金額不符", "en": "amounts differ"},
    "refund_refused": {"zh_Hans": "未能自动退回", "zh_Hant": "未能自動退回", "en": "could not return"},
}
LOCALES = ("zh_Hans", "zh_Hant", "en")


@dataclass(frozen=True)
class PaidTrade:
    """What a gateway knows of a trade that was paid."""

    trade_no: str
    total_amount: str
    paid_at: datetime
    trade_status: Literal["TRADE_SUCCESS"] = "TRADE_SUCCESS"


class Odd(Otherwise):
    """A gateway that tells of another trade than there was, and refuses refunds for good."""

    def __init__(self, gateway: Gateway, trade: PaidTrade | None = None) -> None:
        super().__init__(gateway)
        self._trade = trade

    async def query(self, _: str) -> PaidTrade | None:
        return self._trade

    async def refund(self, *_: object) -> None:
        raise BackendRefused(code="ACQ.TRADE_NOT_ALLOW_REFUND")

    async def refund_done(self, *_: object) -> bool:
        return False


async def _silent(paying: PayHouse, payment: dict[str, Any]) -> None:
    """The agency's answer is lost, and lost again three hours later, twice."""
    await paying.mischief("lose")
    await paying.control("POST", "/faults", {"system": "traffic-police", "status": 502})
    await paying.pay(payment)
    mute = Payments(paying.parts.payments.dependencies, Mute())
    await paying.parts.payments.check(payment["order"])
    for _ in range(3):
        await mute.book(payment["order"])
        paying.clock.jump(hours=3)


async def _twice(paying: PayHouse, payment: dict[str, Any]) -> None:
    """A second trade is notified three times."""
    await paying.pay(payment)
    await paying.becomes(payment, "booked")
    for _ in range(3):
        await _note(paying, payment, payment["amount"])


async def _other(paying: PayHouse, payment: dict[str, Any]) -> None:
    """The gateway says that another amount was paid: to the query, to the job that closes, to the query again."""
    await paying.open_page(payment)
    dependencies = paying.parts.payments.dependencies
    odd = PaidTrade("T-odd", "20.00", dependencies.now())
    payments = Payments(replace(dependencies, gateway=Odd(dependencies.gateway, odd)), Mute())
    for _ in range(2):
        with pytest.raises(Conflict):
            await payments.check(payment["order"])
        paying.clock.jump(minutes=31)
        await payments.close(payment["order"])
    assert await paying.status(payment) == "open", "it does not expire, as if nothing had been paid"


async def _refused(paying: PayHouse, payment: dict[str, Any]) -> None:
    """What a clerk pays back is refused by the gateway for good."""
    await paying.pay(payment)
    await paying.becomes(payment, "booked")
    await paying.control(
        "POST", "/faults", {"system": "alipay", "query": {"method": "alipay.trade.refund"}, "status": 502}
    )
    dependencies = paying.parts.payments.dependencies
    refund = await pay_back(dependencies, payment["order"])
    for _ in range(3):
        paying.clock.jump(seconds=11)
        await Refunds(replace(dependencies, gateway=Odd(dependencies.gateway))).carry_out(refund.id)


STORIES = {"agency_silent": _silent, "second_trade": _twice, "amount_differs": _other, "refund_refused": _refused}


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("kind", sorted(STORIES))
async def test_a_matter_is_one_ticket_and_one_word(paying: PayHouse, kind: str, locale: str) -> None:
    """However often it is come across; the resident goes on with the bot, and hears of the ticket when asking."""
    conversation, payment = await paying.offered(locale=locale)
    await STORIES[kind](paying, payment)
    tickets = await _tickets(paying)
    assert [(one.reason, one.state, one.conversation_id) for one in tickets] == [(kind, "open", conversation.id)]
    told = [one for one in await paying.house.texts(conversation) if TOLD[kind][locale] in one]
    assert len(told) == 1
    assert tickets[0].reference in told[0]
    before = len(await paying.house.texts(conversation))
    await paying.say(conversation, "payment_status")
    answers = (await paying.house.texts(conversation))[before:]
    assert len(answers) == 1
    assert tickets[0].reference in answers[0]


async def test_agency_that_is_silent_for_less_is_no_matter(paying: PayHouse) -> None:
    """Until two hours have passed it is asked again, and nobody is troubled."""
    payment = await paying.noted_as_paid()
    mute = Payments(paying.parts.payments.dependencies, Mute())
    await paying.set_ahead(seconds=(SILENCE - timedelta(minutes=5)).total_seconds())
    await mute.book(payment["order"])
    assert await _tickets(paying) == []


@pytest.mark.parametrize(("claimed", "state"), [(False, "withdrawn"), (True, "claimed")])
async def test_agency_that_speaks_at_last_settles_the_matter(paying: PayHouse, claimed: bool, state: str) -> None:
    """Booked after all: the ticket that nobody has claimed ends by itself; one that was claimed is the clerk's."""
    _, payment = await paying.offered()
    await _silent(paying, payment)
    if claimed:
        await _clerks(paying).claim(actor("Wang"), (await _tickets(paying))[0].id)
    await paying.control("DELETE", "/faults")
    await paying.parts.payments.book(payment["order"])
    assert await paying.status(payment) == "booked"
    assert [one.state for one in await _tickets(paying)] == [state]


async def test_forged_amount_is_no_matter(paying: PayHouse) -> None:
    """A notification alone, even one that is signed, opens no ticket: the gateway is asked, and it knows better."""
    _, payment = await paying.offered()
    await paying.open_page(payment)
    with pytest.raises(Conflict):
        await _note(paying, payment, "0.01")
    await paying.parts.payments.check(payment["order"])
    assert await _tickets(paying) == []
    assert await paying.status(payment) == "open"


async def test_bill_with_a_second_trade_is_the_same_matter(paying: PayHouse) -> None:
    """What a notification has brought up the bill brings up again: one ticket."""
    _, payment = await paying.offered()
    await _twice(paying, payment)
    dependencies = paying.parts.payments.dependencies
    lines = [
        _BillLine(payment["order"], number, "payment", payment["amount"])
        for number in ((await dependencies.find(payment["order"])).trade_no or "", "T-second")
    ]
    bills = Reconciliation(Payments(replace(dependencies, gateway=_Billed(dependencies.gateway, lines)), Mute()))
    await bills.of_day(datetime.now(CHINA).date())
    assert [one.reason for one in await _tickets(paying)] == ["second_trade"]


async def test_erasing_leaves_the_matter_to_the_clerk(paying: PayHouse) -> None:
    """The ticket is parted from the conversation; it can be claimed and closed, and there is nobody to write to."""
    conversation, payment = await paying.offered()
    await _refused(paying, payment)
    confirmation = paying.house.catalogs.render(Stays().erased, "zh_Hans")
    live = Live(paying.house.redis)
    await erasure.erase(
        paying.house.engine, live, conversation.id, confirmation, paying.house.parts(paying.parts.cashier)
    )
    ticket = (await _tickets(paying))[0]
    assert (ticket.state, ticket.conversation_id) == ("open", None)
    clerks = _clerks(paying)
    await clerks.claim(actor("Wang"), ticket.id)
    assert await clerks.transcript(actor("wang"), ticket) == []
    with pytest.raises(Conflict, match="erased"):
        await clerks.reply(actor("Wang"), ticket.id, "您好")
    assert (await clerks.close(actor("Wang"), ticket.id)).state == "closed"


async def test_what_comes_up_after_erasing_is_a_matter_too(paying: PayHouse) -> None:
    """Money has no conversation any more: the clerks hear of it all the same."""
    conversation, payment = await paying.offered()
    await paying.pay(payment)
    await paying.becomes(payment, "booked")
    confirmation = paying.house.catalogs.render(Stays().erased, "zh_Hans")
    live = Live(paying.house.redis)
    await erasure.erase(
        paying.house.engine, live, conversation.id, confirmation, paying.house.parts(paying.parts.cashier)
    )
    await _note(paying, payment, payment["amount"])
    assert [(one.reason, one.conversation_id) for one in await _tickets(paying)] == [("second_trade", None)]


async def test_once_claimed_only_that_clerk_speaks(paying: PayHouse) -> None:
    """A claimed matter holds the conversation; another ticket of it cannot be claimed by somebody else meanwhile."""
    conversation, payment = await paying.offered()
    await _twice(paying, payment)
    await _refused_after(paying, payment)
    clerks, (first, second) = _clerks(paying), await _tickets(paying)
    await clerks.claim(actor("Wang"), first.id)
    with pytest.raises(Conflict, match="another clerk"):
        await clerks.claim(actor("Li"), second.id)
    before = len(await paying.house.texts(conversation))
    await paying.say(conversation, "payment_status")
    assert len(await paying.house.texts(conversation)) == before
    await clerks.close(actor("Wang"), first.id)
    assert (await clerks.claim(actor("Li"), second.id)).claimed_by == "Li"


async def test_conversation_with_a_matter_is_not_forgotten(paying: PayHouse) -> None:
    """However long nobody writes, until a clerk is done with it."""
    conversation, payment = await paying.offered()
    await _twice(paying, payment)
    assert await erasure.forget_idle(paying.house.engine, Term(0), parts=paying.house.parts()) == Tally(
        {}, {"hangzhou": 1}
    )
    clerks, ticket = _clerks(paying), (await _tickets(paying))[0]
    await clerks.claim(actor("Wang"), ticket.id)
    await clerks.close(actor("Wang"), ticket.id)
    assert await erasure.forget_idle(paying.house.engine, Term(0), parts=paying.house.parts()) == Tally({"hangzhou": 1})
    assert conversation.id is not None


@dataclass(frozen=True)
class _BillLine:
    order: str
    trade_no: str
    kind: Literal["payment"]
    amount: str
    refund_request: str | None = None


class _Billed(Otherwise):
    """A gateway whose bill is given."""

    def __init__(self, gateway: Gateway, lines: list[_BillLine]) -> None:
        super().__init__(gateway)
        self._lines = lines

    async def bill(self, _: object) -> list[_BillLine]:
        return self._lines


async def _refused_after(paying: PayHouse, payment: dict[str, Any]) -> None:
    dependencies = paying.parts.payments.dependencies
    await paying.control(
        "POST", "/faults", {"system": "alipay", "query": {"method": "alipay.trade.refund"}, "status": 502}
    )
    refund = await pay_back(dependencies, payment["order"])
    assert refund.amount == Decimal(payment["amount"])
    paying.clock.jump(seconds=11)
    await Refunds(replace(dependencies, gateway=Odd(dependencies.gateway))).carry_out(refund.id)


async def _note(paying: PayHouse, payment: dict[str, Any], amount: str) -> bool:
    """A notification of a second trade."""
    return await paying.parts.payments.note(
        payment["order"],
        trade_no="T-second",
        trade_status="TRADE_SUCCESS",
        amount=amount,
        is_paid=True,
        paid_at=paying.parts.payments.dependencies.now(),
        source="notification",
    )


def _clerks(paying: PayHouse) -> Clerks:
    house = paying.house
    return Clerks(house.engine, Live(house.redis), house.catalogs, house.cities)


async def _tickets(paying: PayHouse) -> list[TicketRow]:
    """All tickets, whatever became of them."""
    async with paying.house.engine.connect() as connection:
        ids = list((await connection.execute(text("SELECT id FROM tickets ORDER BY id"))).scalars())
    return [await _clerks(paying).find(actor("Wang"), one) for one in ids]
