"""A payment from the offer to the receipt, and what can go wrong. Real store, wire and sandbox; a puppet for a bot."""

import asyncio
import json
from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest
from fixtures.house import KEYS, assert_sound
from fixtures.patience import HANG_SECONDS
from fixtures.payments import (
    AMOUNT,
    CITY,
    NOTICE,
    PLATE,
    TWO_NOTICES,
    Mute,
    PayHouse,
    Silent,
    pay_back,
)
from sqlalchemy import text

from desk.alipay.answers import CHINA
from desk.contract.errors import Conflict, NotFound
from desk.contract.staff import Places
from desk.conversations import erasure
from desk.conversations.live import Live
from desk.payments.beside import conversation_of_order
from desk.payments.ledger import forget
from desk.payments.reconciliation import Comparison, Kind, Reconciliation
from desk.payments.service import Payments
from desk.store.database import transaction
from desk.store.terms import Category, Stays, Tally, Term
from tools.sandbox_orders import make_payable, void_open

FORGERIES = ("tamper", "forge_signature", "forge_amount", "forge_app", "forge_seller")


async def test_a_fine_is_paid_once_and_there_is_a_receipt(paying: PayHouse) -> None:
    """Offer, page, payment, notification, booking: the police has the money once, the resident hears it all."""
    conversation, payment = await paying.offered()
    assert (payment["amount"], payment["currency"], payment["status"]) == (AMOUNT, "CNY", "open")
    await paying.pay(payment)
    await paying.becomes(payment, "booked")
    assert (await paying.police())["status"] == "paid"
    assert await paying.heard(conversation) == ["paid", "booked"]
    receipt = await paying.house.scalar("SELECT serial FROM receipts WHERE order_number = :n", n=payment["order"])
    said = await paying.house.texts(conversation)
    assert any(f"R{receipt}-" in text for text in said)
    assert_sound(await paying.house.events(conversation), await _messages(paying, conversation.id))


async def test_the_conversation_of_an_order_is_found_by_its_number(paying: PayHouse) -> None:
    """By whoever may see it there, until it is erased."""
    conversation, payment = await paying.offered()
    house, everywhere = paying.house, Places(everywhere=True)
    async with house.engine.connect() as connection:
        found = await conversation_of_order(connection, payment["order"], everywhere)
        assert found is not None
        assert found[0] == conversation.id
        assert await conversation_of_order(connection, payment["order"], Places(cities=("ningbo",))) is None
    confirmation = house.catalogs.render(Stays().erased, "zh_Hans")
    await erasure.erase(house.engine, Live(house.redis), conversation.id, confirmation, house.parts())
    async with house.engine.connect() as connection:
        assert await conversation_of_order(connection, payment["order"], everywhere) is None


@pytest.mark.parametrize("locale", ["zh_Hans", "zh_Hant", "en"])
async def test_anyone_verifies_the_receipt(paying: PayHouse, locale: str) -> None:
    """The public page shows amount, agency and standing with the plate masked; with a wrong code there is none."""
    _, payment = await paying.offered(locale=locale)
    await paying.pay(payment)
    await paying.becomes(payment, "booked")
    order = await paying.parts.payments.dependencies.find(payment["order"])
    assert order.receipt_number is not None
    path = paying.parts.pages.dependencies.links.receipt(order.receipt_number).removeprefix(paying.site.url)
    status, page, headers = await paying.site.ask("GET", f"{path}&lang={locale.replace('_', '-')}")
    assert status == 200
    assert "script-src 'self'" in headers["Content-Security-Policy"]
    assert [part for part in ("200.00", "浙A****G", order.receipt_number) if part not in page] == []
    assert PLATE not in page
    number, _, code = path.partition("?c=")
    assert (await paying.site.ask("GET", f"{number}?c={'A' * len(code)}"))[0] == 404
    assert (await paying.site.ask("GET", f"{number}/qr.svg?c={code}"))[2]["Content-Type"] == "image/svg+xml"


@pytest.mark.parametrize("locale", ["zh_Hans", "zh_Hant", "en"])
async def test_a_receipt_is_found_by_what_is_typed(paying: PayHouse, locale: str) -> None:
    """Number and code, as they are read off paper, lead to it; what is wrong is said beside its field, and no more."""
    _, payment = await paying.offered(locale=locale)
    await paying.pay(payment)
    await paying.becomes(payment, "booked")
    order = await paying.parts.payments.dependencies.find(payment["order"])
    assert order.receipt_number is not None
    code = paying.parts.pages.dependencies.links.receipt_code(order.receipt_number)
    said = paying.house.catalogs.section("web.verify_", locale)

    async def typed(number: str, code: str) -> tuple[int, str, str]:
        query = {"lang": locale.replace("_", "-"), "number": number, "code": code}
        status, page, headers = await paying.site.ask("GET", "/receipt", params=query, allow_redirects=False)
        return status, page, headers.get("Location", "")

    status, _, there = await typed(order.receipt_number.lower().replace("-", " "), f"{code[:5].lower()} {code[5:]}")
    found = await paying.site.ask("GET", there)
    nothing, wrong, none = await typed("", ""), await typed("R1000001-1", code), await typed("R99999995-" + "1", code)
    guess = await typed(order.receipt_number, "A" * len(code))
    assert (status, found[0], order.receipt_number in found[1]) == (303, 200, True)
    assert [nothing[1].count(said[f"missing_{name}"]) for name in ("number", "code")] == [2, 2]  # above, and beside
    assert (wrong[0], said["no_number"] in wrong[1], none[0]) == (200, True, 200)
    assert (said["no_receipt"] in guess[1], order.receipt_number in guess[1], "200.00" in guess[1]) == (
        True,
        True,
        False,
    )


async def test_who_comes_back_from_paying_is_not_asked_to_pay_again(paying: PayHouse) -> None:
    """Alipay leads there once it is paid; until the desk knows, the page says so and has no way to pay."""
    _, payment = await paying.offered()
    path = payment["url"].removeprefix(paying.site.url)
    number, _, key = path.partition("?")
    _, _, headers = await paying.site.ask("GET", f"{number}/prepare?{key}&on=phone", allow_redirects=False)
    sent = parse_qs(urlsplit(headers["Location"]).query)
    back, left = sent["return_url"][0], json.loads(sent["biz_content"][0])["quit_url"]
    pages = [(await paying.site.ask_at(address))[1] for address in (back, left)]
    assert [page.count('data-status="confirming"') for page in pages] == [1, 0]
    assert [f"{number}/prepare" in page for page in pages] == [False, True]
    await paying.pay(payment)
    await paying.becomes(payment, "booked")
    assert 'data-status="booked"' in (await paying.site.ask_at(back))[1]


async def test_a_notification_fifty_times_at_once_is_one_payment(paying: PayHouse) -> None:
    """Replayed: one transition, one booking, one receipt, and every one is answered with success."""
    conversation, payment = await paying.offered()
    await paying.mischief("duplicate", times=50)
    await paying.pay(payment)
    await paying.becomes(payment, "booked")

    async with asyncio.timeout(HANG_SECONDS):
        while any(one["outcome"] == "pending" for one in await paying.notices(payment)):
            await asyncio.sleep(0.05)
    notices = await paying.notices(payment)
    assert len(notices) >= 51
    assert {answer for one in notices for answer in one["answers"]} == {"200 success"}
    assert await paying.heard(conversation) == ["paid", "booked"]
    assert await paying.house.scalar("SELECT count(*) FROM receipts") == 1
    assert await paying.house.scalar("SELECT count(*) FROM order_events WHERE happening = 'paid'") == 1


async def test_a_notification_after_the_refund_pays_nothing_again(paying: PayHouse) -> None:
    """Said once more when the money is back: answered with success, and the order stays refunded, booked once."""
    conversation, payment = await paying.offered()
    await paying.pay(payment)
    await paying.becomes(payment, "booked")
    await pay_back(paying.parts.payments.dependencies, payment["order"])
    await paying.becomes(payment, "refunded")
    told, before = await paying.heard(conversation), len(await paying.notices(payment))
    await paying.mischief("duplicate", order=payment["order"], now=True)
    async with asyncio.timeout(HANG_SECONDS):
        while any(one["outcome"] == "pending" for one in await paying.notices(payment)):
            await asyncio.sleep(0.05)
    again = (await paying.notices(payment))[before:]
    assert {answer for one in again for answer in one["answers"]} == {"200 success"}
    assert await paying.status(payment) == "refunded"
    assert await paying.heard(conversation) == told
    assert await paying.house.scalar("SELECT count(*) FROM order_events WHERE happening = 'paid'") == 1


async def test_erasing_parts_orders_where_no_gateway_is_asked(paying: PayHouse) -> None:
    """As `desk keys load` erases, and a desk where payments were turned off; data of the next hold none of it."""
    conversation, payment = await paying.offered()
    await paying.pay(payment)
    await paying.becomes(payment, "booked")
    house, parts = paying.house, paying.house.parts()
    async with transaction(house.engine) as connection:
        before = await erasure.data_of(connection, conversation.id, parts)
    assert [one["number"] for one in before["orders"]] == [payment["order"]]
    confirmation = house.catalogs.render(Stays().erased, "zh_Hans")
    await erasure.erase(house.engine, Live(house.redis), conversation.id, confirmation, parts)
    assert await house.scalar("SELECT count(*) FROM orders WHERE conversation_id IS NULL AND status = 'booked'") == 1
    async with transaction(house.engine) as connection:
        assert (await erasure.data_of(connection, conversation.id, parts))["orders"] == []


async def test_orders_of_erased_residents_go_when_accounting_is_over(paying: PayHouse) -> None:
    """After so many years; one that is younger, or whose resident did not erase, stays. Payments need not be on."""
    conversation, payment = await paying.offered()
    await paying.pay(payment)
    await paying.becomes(payment, "booked")
    parts = paying.house.parts(paying.parts.cashier)
    confirmation = paying.house.catalogs.render(Stays().erased, "zh_Hans")

    async def forgotten() -> Tally:
        async with transaction(paying.house.engine) as connection:
            await connection.execute(text("UPDATE orders SET created_at = created_at - interval '6 years'"))
            await connection.execute(text("UPDATE orders SET paid_at = paid_at - interval '6 years'"))
            return await forget(connection, Category.ORDERS, Term(10))

    assert [await forgotten(), await forgotten()] == [Tally({}), Tally({})]
    await erasure.erase(paying.house.engine, Live(paying.house.redis), conversation.id, confirmation, parts)
    async with transaction(paying.house.engine) as connection:
        assert await forget(connection, Category.UNPAID, Term(1)) == Tally({})
        assert await forget(connection, Category.ORDERS, Term(30)) == Tally({})
        assert await forget(connection, Category.ORDERS, Term(10)) == Tally({"hangzhou": 1})
    assert await paying.house.scalar("SELECT count(*) FROM orders") == 0
    assert await paying.house.scalar("SELECT count(*) FROM order_items") == 0


@pytest.mark.parametrize(("minutes", "gone"), [(-1, {"hangzhou": 1}), (0, {})], ids=["last minute", "first"])
async def test_years_of_accounting_count_from_the_end_of_a_year(
    paying: PayHouse, minutes: int, gone: dict[str, int]
) -> None:
    """With a term of ten years: what was paid in the first minute of the year ten years ago is kept all of this one."""
    conversation, payment = await paying.offered()
    await paying.pay(payment)
    await paying.becomes(payment, "booked")
    await _erased(paying, conversation.id)
    new_year = datetime(datetime.now(CHINA).year - 10, 1, 1, tzinfo=CHINA)
    async with transaction(paying.house.engine) as connection:
        moment = new_year + timedelta(minutes=minutes)
        await connection.execute(text("UPDATE orders SET paid_at = :moment"), {"moment": moment})
        assert await forget(connection, Category.ORDERS, Term(10)) == Tally(gone)


async def test_orders_that_nobody_paid_go_soon(paying: PayHouse) -> None:
    """Once they are parted from their resident, and after some days, in which money that comes late finds them."""
    conversation, _ = await paying.offered()
    await _erased(paying, conversation.id)
    async with transaction(paying.house.engine) as connection:
        assert await forget(connection, Category.UNPAID, Term(90)) == Tally({})
        await connection.execute(text("UPDATE orders SET created_at = created_at - interval '91 days'"))
        assert await forget(connection, Category.ORDERS, Term(1)) == Tally({})
        assert await forget(connection, Category.UNPAID, Term(90)) == Tally({"hangzhou": 1})
    assert await paying.house.scalar("SELECT count(*) FROM orders") == 0


async def _erased(paying: PayHouse, conversation_id: UUID) -> None:
    parts = paying.house.parts(paying.parts.cashier)
    confirmation = paying.house.catalogs.render(Stays().erased, "zh_Hans")
    await erasure.erase(paying.house.engine, Live(paying.house.redis), conversation_id, confirmation, parts)


@pytest.mark.parametrize("forgery", FORGERIES)
async def test_a_forged_notification_is_refused(paying: PayHouse, forgery: str) -> None:
    """An unpaid order stays open whatever is claimed; nothing of the claim is kept."""
    conversation, payment = await paying.offered()
    await paying.open_page(payment)
    await paying.mischief(forgery, order=payment["order"], now=True)
    async with asyncio.timeout(HANG_SECONDS):
        while not [answer for one in await paying.notices(payment) for answer in one["answers"]]:
            await asyncio.sleep(0.05)
    assert {answer for one in await paying.notices(payment) for answer in one["answers"]} == {"400 failure"}
    assert await paying.status(payment) == "open"
    assert await paying.heard(conversation) == []
    assert await paying.house.scalar("SELECT count(*) FROM payment_notifications") == 0


async def test_a_lost_notification_is_found_by_the_periodic_query(paying: PayHouse) -> None:
    """No notification at all: the quarter-hourly look asks the gateway, and the order is booked."""
    _, payment = await paying.offered()
    await paying.mischief("lose")
    await paying.pay(payment)
    assert await paying.status(payment) == "open"
    assert await paying.look_for_unsettled() == 1
    await paying.becomes(payment, "booked")
    assert (await paying.police())["status"] == "paid"


async def test_what_the_police_refuses_is_refunded_and_said(paying: PayHouse) -> None:
    """Paid at a counter in the meantime: the money goes back, the resident hears why, and there is no receipt."""
    conversation, payment = await paying.offered()
    await paying.paid_elsewhere(NOTICE, AMOUNT)
    await paying.pay(payment)
    await paying.becomes(payment, "refunded")
    assert (await paying.trade(payment))["refunded"] == AMOUNT
    assert await paying.heard(conversation) == ["paid", "refunding", "refunded"]
    assert any("此前已经缴清" in text for text in await paying.house.texts(conversation))
    assert await paying.house.scalar("SELECT count(*) FROM receipts") == 0


async def test_of_two_fines_the_refused_one_is_refunded(paying: PayHouse) -> None:
    """Both in one order, one paid elsewhere: the other is booked with a receipt over it, and the rest comes back."""
    button = await paying.offered_both()
    await paying.paid_elsewhere(TWO_NOTICES[1], "150.00")
    await paying.pay(button)
    await paying.becomes(button, "booked")
    async with asyncio.timeout(HANG_SECONDS):
        while (await paying.trade(button))["refunded"] != "150.00":
            await asyncio.sleep(0.05)
    assert (await paying.police(TWO_NOTICES[0]))["status"] == "paid"
    order = await paying.parts.payments.dependencies.find(button["order"])
    assert order.receipt_number is not None
    path = paying.parts.pages.dependencies.links.receipt(order.receipt_number).removeprefix(paying.site.url)
    page = (await paying.site.ask("GET", path))[1]
    assert "200.00" in page
    assert "350.00" not in page


async def test_pay_again_offers_the_same_order(paying: PayHouse) -> None:
    """One order, however often it is asked for."""
    conversation, payment = await paying.offered()
    assert await paying.say(conversation, "affirm") == payment
    assert await paying.house.scalar("SELECT count(*) FROM orders") == 1


async def test_cancel_closes_the_order_here_and_at_the_gateway(paying: PayHouse) -> None:
    """After cancel no payment is shown, and the trade that was begun can no longer be paid."""
    conversation, payment = await paying.offered()
    await paying.open_page(payment)
    assert await paying.say(conversation, "cancel") is None
    assert await paying.status(payment) == "closed"
    assert await paying.heard(conversation) == ["closed"]
    path = payment["url"].removeprefix(paying.site.url)
    number, _, key = path.partition("?")
    assert (await paying.site.ask("GET", f"{number}/qr.svg?{key}"))[0] == 409


async def test_money_for_a_cancelled_order_is_booked(paying: PayHouse) -> None:
    """Whoever scanned before cancelling and pays after it has paid: the fine is booked."""
    conversation, payment = await paying.offered()
    await paying.open_page(payment)
    await paying.say(conversation, "cancel")
    status, _ = await paying.control("POST", f"/alipay/pay/{payment['order']}")
    assert status == 200
    await paying.becomes(payment, "booked")
    assert await paying.heard(conversation) == ["closed", "paid", "booked"]


async def test_an_order_expires_and_is_said_to(paying: PayHouse) -> None:
    """After half an hour the order is closed, once, and the resident is told."""
    conversation, payment = await paying.offered()
    await paying.parts.payments.close(payment["order"])
    assert await paying.status(payment) == "open"
    paying.clock.jump(minutes=31)
    await paying.parts.payments.close(payment["order"])
    await paying.parts.payments.close(payment["order"])
    assert await paying.status(payment) == "closed"
    assert await paying.heard(conversation) == ["closed"]


async def test_an_agency_that_is_silent_for_a_day_gives_the_money_back(paying: PayHouse) -> None:
    """Not reached for 24 hours: refunded. Before that it stays paid."""
    payment = await paying.noted_as_paid()
    silent = Payments(paying.parts.payments.dependencies, Silent())
    await paying.set_ahead(hours=23)
    await silent.book(payment["order"])
    assert await paying.status(payment) == "paid"
    await paying.set_ahead(hours=25)
    await silent.book(payment["order"])
    await paying.becomes(payment, "refunded")


async def test_money_that_an_agency_may_have_booked_is_not_given_back(paying: PayHouse) -> None:
    """Once an answer was lost, a day of silence gives nothing back: the agency must say what it did."""
    payment = await paying.noted_as_paid()
    dependencies = paying.parts.payments.dependencies
    await Payments(dependencies, Mute()).book(payment["order"])
    await paying.set_ahead(hours=25)
    await Payments(dependencies, Silent()).book(payment["order"])
    assert await paying.status(payment) == "paid"
    await paying.parts.payments.book(payment["order"])
    assert await paying.status(payment) == "booked"


async def test_the_daily_bill_agrees(paying: PayHouse) -> None:
    """A booked order and a refunded one: every line of the bill is ours, and all of ours is in it."""
    _, first = await paying.offered()
    await paying.pay(first)
    await paying.becomes(first, "booked")
    second = await paying.offered_both()
    for notice, amount in zip(TWO_NOTICES, ("200.00", "150.00"), strict=True):
        await paying.paid_elsewhere(notice, amount)
    await paying.pay(second)
    await paying.becomes(second, "refunded")
    compared = await _compare(paying)
    assert (compared.payments, compared.refunds, list(compared.differences)) == (2, 1, [])


async def test_the_daily_bill_finds_what_was_missed(paying: PayHouse) -> None:
    """No notification and no query: the bill brings the payment, it is noted and booked, and the difference is kept."""
    _, payment = await paying.offered()
    await paying.mischief("lose")
    await paying.pay(payment)
    compared = await _compare(paying)
    assert [(one.kind, one.order, one.mended) for one in compared.differences] == [
        (Kind.MISSED, payment["order"], True)
    ]
    await paying.becomes(payment, "booked")
    assert (await _compare(paying)).differences == []
    assert await paying.house.scalar("SELECT count(*) FROM payment_differences WHERE mended") == 1


async def test_a_bill_with_an_order_that_is_not_ours_is_a_difference(paying: PayHouse) -> None:
    """Money of an unknown order raises the alarm and is kept."""
    _, payment = await paying.offered()
    await paying.pay(payment)
    await paying.becomes(payment, "booked")
    async with transaction(paying.house.engine) as connection:
        await connection.execute(text("DELETE FROM orders"))
    compared = await _compare(paying)
    assert [one.kind for one in compared.differences] == [Kind.UNKNOWN_ORDER]
    assert not compared.agrees


async def test_a_clerk_refunds_a_booked_order_once(paying: PayHouse) -> None:
    """All of it goes back; a second time there is nothing left; the receipt says so."""
    conversation, payment = await paying.offered()
    await paying.pay(payment)
    await paying.becomes(payment, "booked")
    await pay_back(paying.parts.payments.dependencies, payment["order"])
    with pytest.raises(Conflict):
        await pay_back(paying.parts.payments.dependencies, payment["order"])
    await paying.becomes(payment, "refunded")
    assert await paying.heard(conversation) == ["paid", "booked", "refunding", "refunded"]
    order = await paying.parts.payments.dependencies.find(payment["order"])
    assert order.receipt_number is not None
    path = paying.parts.pages.dependencies.links.receipt(order.receipt_number).removeprefix(paying.site.url)
    assert "receipt-refunded" in (await paying.site.ask("GET", path))[1]


async def test_a_pay_page_needs_its_code(paying: PayHouse) -> None:
    """Number alone, or another order's code: no such page."""
    _, payment = await paying.offered()
    path = payment["url"].removeprefix(paying.site.url)
    number, _, key = path.partition("?k=")
    for wrong in (number, f"{number}?k=", f"{number}?k={key[:-1]}", f"{number}?k={'A' * len(key)}"):
        assert (await paying.site.ask("GET", wrong))[0] == 404
        assert (await paying.site.ask("GET", wrong.replace(number, f"{number}/qr.svg")))[0] == 404


async def test_an_order_can_be_made_payable_without_its_page(paying: PayHouse) -> None:
    """As `desk sandbox pay` does; there is no route for it, and for what is no order there is no way."""
    _, payment = await paying.offered()
    assert (await paying.site.ask("POST", f"/pay/{payment['order']}/prepare", json={}))[0] == 405
    with pytest.raises(NotFound):
        await make_payable(paying.parts, "0" * 24)
    await make_payable(paying.parts, payment["order"])
    assert (await paying.control("POST", f"/alipay/pay/{payment['order']}"))[0] == 200
    await paying.becomes(payment, "booked")


async def test_a_reset_of_the_sandbox_voids_open_orders(paying: PayHouse) -> None:
    """Those of the city alone; the conversation hears of it, and what is void cannot be paid."""
    conversation, payment = await paying.offered()
    assert await void_open(paying.parts, "ningbo", paying.sandbox_url) == []
    assert await void_open(paying.parts, CITY, paying.sandbox_url) == [payment["order"]]
    assert await paying.heard(conversation) == ["closed"]
    with pytest.raises(Conflict):
        await make_payable(paying.parts, payment["order"])


async def test_orders_at_a_true_gateway_are_not_voided(paying: PayHouse) -> None:
    """Whatever sandbox runs beside them."""
    _, payment = await paying.offered()
    with pytest.raises(Conflict):
        await void_open(paying.parts, CITY, "http://127.0.0.1:1")
    assert await paying.status(payment) == "open"


@pytest.mark.parametrize(("agent", "method"), [("Mobile", "wap.pay"), ("X11", "page.pay")])
async def test_a_phone_is_led_to_the_page_for_phones(paying: PayHouse, agent: str, method: str) -> None:
    """The provider's page fits the device; nothing is called to make its address."""
    _, payment = await paying.offered()
    path = payment["url"].removeprefix(paying.site.url)
    number, _, key = path.partition("?")
    headers = {"User-Agent": agent}
    status, _, answered = await paying.site.ask(
        "GET", f"{number}/prepare?{key}", headers=headers, allow_redirects=False
    )
    assert status == 303
    assert method in answered["Location"]


async def test_erasing_parts_orders_from_the_conversation(paying: PayHouse) -> None:
    """An open order is closed, nothing of orders is told in the conversation any more, and what is kept is sealed."""
    conversation, payment = await paying.offered()
    await paying.open_page(payment)
    confirmation = paying.house.catalogs.render(Stays().erased, "zh_Hans")
    await erasure.erase(
        paying.house.engine,
        Live(paying.house.redis),
        conversation.id,
        confirmation,
        paying.house.parts(paying.parts.cashier),
    )
    assert await paying.status(payment) == "closed"
    assert await paying.say(conversation, "payment_status") is None
    assert any("没有付款记录" in text for text in await paying.house.texts(conversation))
    private = await paying.house.scalar("SELECT private FROM orders")
    assert PLATE.encode() not in bytes(private)


@pytest.mark.parametrize("locale", ["zh_Hans", "zh_Hant", "en"])
async def test_pages_of_an_erased_resident_say_nothing_of_the_person(paying: PayHouse, locale: str) -> None:
    """Pay page, receipt and its file: what was paid to whom stays, the plate and what the fines are for do not."""
    conversation, payment = await paying.offered(locale=locale)
    await paying.pay(payment)
    await paying.becomes(payment, "booked")
    order = await paying.parts.payments.dependencies.find(payment["order"])
    assert order.receipt_number is not None
    private = order.opened(KEYS)
    titles = [paying.house.catalogs.text(item.title, order.locale) for item in private.items]  # type: ignore[arg-type]
    path = payment["url"].removeprefix(paying.site.url)
    assert PLATE in (await paying.site.ask("GET", path))[1]
    confirmation = paying.house.catalogs.render(Stays().erased, "zh_Hans")
    await erasure.erase(
        paying.house.engine,
        Live(paying.house.redis),
        conversation.id,
        confirmation,
        paying.house.parts(paying.parts.cashier),
    )
    receipt = paying.parts.pages.dependencies.links.receipt(order.receipt_number).removeprefix(paying.site.url)
    for address in (path, receipt):
        status, page, _ = await paying.site.ask("GET", address)
        assert status == 200
        assert [part for part in (AMOUNT, "浙A****G", order.number[-4:]) if part not in page] == []
        assert [part for part in (PLATE, NOTICE, *titles) if part in page] == []


async def _compare(paying: PayHouse) -> Comparison:
    """Compare today's bill, the day after tomorrow."""
    day = datetime.now(CHINA).date()
    await paying.set_ahead(days=2)
    return await Reconciliation(paying.parts.payments).of_day(day)


async def _messages(paying: PayHouse, conversation: object) -> list[int]:
    return list(
        await paying.house.scalar(
            "SELECT array_agg(id ORDER BY id) FROM inbound_messages WHERE conversation_id = :id", id=conversation
        )
    )
