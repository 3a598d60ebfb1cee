"""Paying in a dialogue: what was shown is the summary, and orders are opened, repeated, reported, cancelled."""

from dataclasses import replace
from datetime import timedelta

import pytest
from fixtures.dialogue import NOTICE, PLATE, TAIL, item
from fixtures.paying import LINKS, Payer
from fixtures.services import SERVICES
from fixtures.turns import turn_of

from desk.contract.messages import ORDER_MINUTES, CloseOrder, Entity, OpenTicket
from desk.contract.proving import Tried
from desk.contract.wire import Locale
from desk.texts.catalogs import Catalogs

OTHERS = ("3301059292091501", "3301059292091502")


@pytest.fixture
def payer(catalogs: Catalogs) -> Payer:
    return Payer(catalogs, SERVICES)


async def shown(payer: Payer) -> str:
    return await payer.say(f"查违章 {PLATE} {TAIL}", "traffic_fines", plate=PLATE, vin_last6=TAIL)


async def several_shown(payer: Payer) -> None:
    payer.register.due[PLATE] = [item(PLATE), item(PLATE, "150.00", OTHERS[0]), item(PLATE, "150.00", OTHERS[1])]
    await shown(payer)


def references(payer: Payer) -> list[str]:
    return [one.reference for one in payer.opened.items] if payer.opened else []


@pytest.mark.parametrize(
    ("text", "intent"),
    [("好的", "affirm"), ("交", "affirm"), ("把罚款交了", "traffic_fines"), ("我要交违章罚款", "traffic_fines")],
)
async def test_one_fine_is_ordered_without_a_further_question(payer: Payer, text: str, intent: str) -> None:
    """With one item open the next yes or pay yields the payment: amount, what for, about whom, and where."""
    await shown(payer)
    said = await payer.say(text, intent)
    assert payer.opened is not None
    assert (payer.opened.amount, payer.opened.subject_of, references(payer)) == ("200.00", {"plate": PLATE}, [NOTICE])
    assert [part for part in ("200.00元", PLATE, LINKS.pay_page(payer.opened.order)) if part not in said] == []


@pytest.mark.parametrize("locale", ["zh_Hans", "zh_Hant", "en"])
async def test_the_card_repeats_the_text(catalogs: Catalogs, locale: Locale) -> None:
    """The payment's card holds the order's number, and no value that the text does not say."""
    payer = Payer(catalogs, SERVICES, locale=locale)
    await shown(payer)
    said = await payer.say("pay", "affirm")
    [card] = [card for message in payer.messages for card in message.cards]
    assert card.kind == "payment"
    assert [row.value for row in card.rows if row.value not in said] == []


@pytest.mark.parametrize(
    ("text", "intent", "entities", "chosen"),
    [
        ("第二笔", "choose", {"ordinal": "第二笔"}, [OTHERS[0]]),
        ("最后一笔", "choose", {"ordinal": "最后一笔"}, [OTHERS[1]]),
        ("pay the second", "traffic_fines", {"ordinal": "second"}, [OTHERS[0]]),
        ("2", "nlu_fallback", {}, [OTHERS[0]]),
        ("只交200元那条", "traffic_fines", {"amount": "200元"}, [NOTICE]),
        ("全部交", "affirm", {}, [NOTICE, *OTHERS]),
        ("pay all of them", "traffic_fines", {}, [NOTICE, *OTHERS]),
    ],
)
async def test_of_several_the_named_ones_are_one_order(
    payer: Payer, text: str, intent: str, entities: dict[str, str], chosen: list[str]
) -> None:
    """One of several by its number or amount, or all of them: one order for what was named."""
    await several_shown(payer)
    await payer.say(text, intent, **entities)
    assert references(payer) == chosen


async def test_two_numbers_are_two_items_of_one_order(payer: Payer) -> None:
    """First and third: both in one order."""
    await several_shown(payer)
    ordinals = tuple(Entity(entity="ordinal", value=value) for value in ("第一", "第三"))
    turn = turn_of("c", "text", "choose", payer.city, payer.locale, payer.now, text="第一和第三笔")
    await payer.take(replace(turn, entities=ordinals))
    assert references(payer) == [NOTICE, OTHERS[1]]


async def test_of_several_it_is_asked_which(payer: Payer) -> None:
    """A plain yes to several is no choice: it is asked, with a button for each and one for all."""
    await several_shown(payer)
    await payer.say("好的", "affirm")
    assert payer.opened is None
    await payer.press("缴第3笔 150.00元")
    assert references(payer) == [OTHERS[1]]


async def test_the_button_for_all_pays_only_what_it_was_made_for(payer: Payer) -> None:
    """A button for all that was shown earlier does not pay another list."""
    await several_shown(payer)
    payer.register.due[PLATE].pop()
    messages = payer.messages
    await shown(payer)
    payer.messages = messages
    await payer.press("全部缴纳 500.00元")
    assert payer.opened is None


async def test_pay_again_is_the_same_order(payer: Payer) -> None:
    """While an order is open, "pay" repeats it and opens no other."""
    await shown(payer)
    await payer.say("交", "affirm")
    number = payer.orders[0].order
    said = await payer.say("交", "affirm")
    assert (payer.opened, payer.shown_order) == (None, number)
    assert LINKS.pay_page(number) in said


async def test_after_a_digression_pay_is_still_about_the_fine(payer: Payer) -> None:
    """The bus in between, then "pay": the fine that was shown."""
    await shown(payer)
    await payer.say("武林广场的公交", "next_bus", stop="武林广场")
    await payer.say("刚才那笔交了", "affirm")
    assert references(payer) == [NOTICE]


async def test_what_was_paid_is_not_ordered_again(payer: Payer) -> None:
    """A booked fine is reported with its receipt instead of being ordered once more."""
    await shown(payer)
    await payer.say("交", "affirm")
    payer.becomes("booked", receipt="R1000001-7")
    said = await payer.say("交", "affirm")
    assert payer.opened is None
    assert LINKS.receipt("R1000001-7") in said


@pytest.mark.parametrize("status", ["closed", "refunded"])
async def test_after_an_order_has_ended_the_same_can_be_ordered_anew(payer: Payer, status: str) -> None:
    """Closed or refunded: the next order has another number."""
    await shown(payer)
    await payer.say("交", "affirm")
    before = payer.orders[0].order
    payer.becomes(status)  # type: ignore[arg-type]
    await payer.say("交", "affirm")
    assert payer.opened is not None
    assert payer.opened.order != before


async def test_an_expired_order_is_not_offered(payer: Payer) -> None:
    """After its half hour an order is reported as expired, with no address."""
    await shown(payer)
    await payer.say("交", "affirm")
    payer.wait(minutes=31)
    said = await payer.say("付款成功了吗", "payment_status")
    assert payer.shown_order is None
    assert "https://" not in said


@pytest.mark.parametrize(("text", "intent"), [("取消", "cancel"), ("不交了", "deny")])
async def test_cancel_closes_the_order(payer: Payer, text: str, intent: str) -> None:
    """Cancel ends the open order and says that nothing was charged; to take note of that orders nothing anew."""
    await shown(payer)
    await payer.say("交", "affirm")
    number = payer.orders[0].order
    said = await payer.say(text, intent)
    assert payer.effects == (CloseOrder(order=number),)
    assert "没有扣款" in said
    await payer.say("好的", "affirm")
    assert payer.opened is None


async def test_money_back_that_no_word_says_fetches_nobody(payer: Payer) -> None:
    """Whom else to have it from is heard so after a payment; a clerk comes where words say it, too."""
    await shown(payer)
    await payer.say("交", "affirm")
    payer.becomes("booked")
    payer.commands = (("refund", 0.7), ("ask_next", 0.1))
    await payer.say("这笔我找合租的人要去", "nlu_fallback")
    assert not [one for one in payer.effects if isinstance(one, OpenTicket)]
    await payer.say("钱退给我", "nlu_fallback", ranking={"nlu_fallback": 0.4, "refund": 0.55})
    assert [one.reason for one in payer.effects if isinstance(one, OpenTicket)] == ["refund"]


async def test_cancel_after_something_else_is_asked_about(payer: Payer) -> None:
    """What ends is not sure then: the order is shown with the button that cancels it; once more it is meant."""
    await shown(payer)
    await payer.say("交", "affirm")
    number = payer.orders[0].order
    await payer.say("你还能干什么", "list_services")
    said = await payer.say("取消", "cancel")
    assert not [one for one in payer.effects if isinstance(one, CloseOrder)]
    assert number in said
    assert "取消付款" in payer.buttons
    await payer.say("取消", "cancel")
    assert payer.effects == (CloseOrder(order=number),)


async def test_cancel_that_names_the_payment_closes_it_whatever_was_said_last(payer: Payer) -> None:
    """Nothing is to be asked about."""
    await shown(payer)
    await payer.say("交", "affirm")
    number = payer.orders[0].order
    await payer.say("你还能干什么", "list_services")
    await payer.say("取消订单", "cancel")
    assert payer.effects == (CloseOrder(order=number),)


async def test_who_thinks_better_of_it_pays_after_all(payer: Payer) -> None:
    """What was shown is still there: a wish to pay, after the payment was called off, gets a new order."""
    await shown(payer)
    await payer.say("交", "affirm")
    first = payer.orders[0].order
    await payer.say("取消", "cancel")
    payer.commands = (("pay_all", 0.9),)
    await payer.say("还是交了吧", "affirm")
    assert payer.opened is not None
    assert payer.opened.order != first


async def two_orders(payer: Payer) -> tuple[str, str]:
    """Two fines in two orders, both open; the older's number first."""
    await several_shown(payer)
    await payer.say("第一笔", "choose", ordinal="第一笔")
    await payer.say("第二笔", "choose", ordinal="第二笔")
    newer, older = (one.order for one in payer.orders)
    return older, newer


async def test_cancel_closes_all_that_can_be_paid(payer: Payer) -> None:
    """Of two open orders none stays behind, and each is named."""
    older, newer = await two_orders(payer)
    said = await payer.say("取消", "cancel")
    assert {one.order for one in payer.effects if isinstance(one, CloseOrder)} == {older, newer}
    assert [number for number in (older, newer) if number not in said] == []


async def test_the_button_of_a_card_cancels_its_own_order(payer: Payer) -> None:
    """Of two open orders the one whose card it is, also while a service asks something; the other stays payable."""
    older, newer = await two_orders(payer)
    await payer.say("坐公交", "next_bus")
    said = await payer.press_payload(f'/cancel{{"reference": "{older}"}}')
    assert payer.effects == (CloseOrder(order=older),)
    assert (older in said, newer in said) == (True, False)
    assert payer.state == ("next_bus", "stop")


async def test_the_button_of_a_paid_orders_card_says_how_it_stands(payer: Payer) -> None:
    """Paid in the meantime: nothing is closed, and that it is paid is said."""
    older, _ = await two_orders(payer)
    payer.becomes("paid", older)
    said = await payer.press_payload(f'/cancel{{"reference": "{older}"}}')
    assert payer.effects == ()
    assert older in said


async def test_all_open_orders_are_reported_with_their_cards(payer: Payer) -> None:
    """Asked how payments stand, each that can be paid has its card."""
    await two_orders(payer)
    await payer.say("付款成功了吗", "payment_status")
    assert len([card for message in payer.messages for card in message.cards]) == 2


async def test_an_equal_number_of_another_agency_is_another_thing(payer: Payer) -> None:
    """A reference is its agency's: what was paid there is not taken for paid here."""
    await shown(payer)
    await payer.say("交", "affirm")
    payer.becomes("booked", receipt="R1000001-7")
    payer.orders = [one.model_copy(update={"agency": "water"}) for one in payer.orders]
    await payer.say("交", "affirm")
    assert references(payer) == [NOTICE]


async def test_restart_closes_the_order(payer: Payer) -> None:
    """Starting over leaves no order open."""
    await shown(payer)
    await payer.say("交", "affirm")
    await payer.say("重新开始", "restart")
    assert [one.status for one in payer.orders] == ["closed"]


async def test_status_without_orders_says_so(payer: Payer) -> None:
    """Nothing was paid here: said, with whom to ask."""
    assert "没有付款记录" in await payer.say("刚才的钱到账没", "payment_status")


@pytest.mark.parametrize(
    ("status", "word"),
    [
        ("open", "还没有支付"),
        ("paid", "已经付款"),
        ("booked", "已缴清"),
        ("refunding", "正在原路退回"),
        ("refunded", "已全部退回"),
        ("closed", "已关闭"),
    ],
)
async def test_every_status_is_reported(payer: Payer, status: str, word: str) -> None:
    """payment_status says how the order stands; only an open one is shown as a payment."""
    await shown(payer)
    await payer.say("交", "affirm")
    payer.becomes(status, receipt="R1000001-7")  # type: ignore[arg-type]
    assert word in await payer.say("付款成功了吗", "payment_status")
    assert (payer.shown_order is not None) == (status == "open")


async def test_a_booked_fine_is_refunded_by_a_clerk_alone(payer: Payer) -> None:
    """The agency decides: the request opens a ticket for the service."""
    await shown(payer)
    await payer.say("交", "affirm")
    payer.becomes("booked", receipt="R1000001-7")
    await payer.say("我要退款", "refund")
    assert payer.effects == (OpenTicket(reason="refund", service="traffic_fines"),)


async def test_nothing_paid_is_nothing_to_refund(payer: Payer) -> None:
    """Without a payment no ticket is opened."""
    await payer.say("退款", "refund")
    assert payer.effects == ()


async def test_the_number_of_an_order_follows_from_the_message(catalogs: Catalogs) -> None:
    """The same message answered again opens the same order."""
    numbers = []
    for _ in range(2):
        payer = Payer(catalogs, SERVICES)
        await shown(payer)
        await payer.say("交", "affirm")
        numbers.append(payer.orders[0].order)
    assert numbers[0] == numbers[1]


async def test_an_open_order_ends_at_the_citys_time(payer: Payer) -> None:
    """The store's times are UTC; a resident reads the clock on the wall."""
    await shown(payer)
    await payer.say("交", "affirm")
    said = await payer.say("付款成功了吗", "payment_status")
    assert f"{payer.now + timedelta(minutes=ORDER_MINUTES):%H:%M}" in said


@pytest.mark.parametrize("asked", ["多少钱", "一共幾多錢", "how much is it"])
async def test_asking_how_much_shows_the_fines_again(payer: Payer, asked: str) -> None:
    """A question about what was just shown is answered from it, though the sentence alone says nothing."""
    await shown(payer)
    said = await payer.say(asked, "out_of_scope")
    assert [part for part in (PLATE, "200.00") if part not in said] == []
    assert payer.opened is None


async def paid_twice(payer: Payer) -> tuple[str, str]:
    """Two fines, paid in two orders, both booked; their numbers, the newer first."""
    payer.register.due[PLATE] = [item(PLATE), item(PLATE, "150.00", OTHERS[0])]
    await shown(payer)
    await payer.say("第一笔", "choose", ordinal="第一笔")
    payer.becomes("booked", receipt="R1000001-7")
    await shown(payer)
    await payer.say("第二笔", "choose", ordinal="第二笔")
    payer.becomes("booked", receipt="R1000002-5")
    return payer.orders[0].order, payer.orders[1].order


@pytest.mark.parametrize("number", ["R1000001-7", "r10000017", NOTICE])
async def test_a_payment_is_found_by_any_of_its_numbers(payer: Payer, number: str) -> None:
    """The receipt's, however it is written, or the agency's of what was paid: that one alone is reported."""
    newer, older = await paid_twice(payer)
    said = await payer.say("这笔到账没", "payment_status", reference=number)
    assert [part in said for part in ("R1000001-7", "R1000002-5", "200.00元", "150.00元")] == [True, False, True, False]
    assert newer != older


async def test_a_number_of_elsewhere_is_said_to_be_none_of_these(payer: Payer) -> None:
    """Said first, with whom to ask; then what there is here. For a refund it ends there: no other is paid back."""
    await paid_twice(payer)
    said = await payer.say("这笔到账没", "payment_status", reference="R7777777-1")
    assert [part in said for part in ("R7777777-1", "0000-12345", "R1000001-7", "R1000002-5")] == [True] * 4
    said = await payer.say("退款", "refund", reference="R7777777-1")
    assert "R7777777-1" in said
    assert [(one.what, one.right) for one in payer.effects if isinstance(one, Tried)] == [("reference", False)]
    assert len(payer.effects) == 1, "and nothing is paid back"


async def test_of_several_payments_it_is_asked_which_to_refund(payer: Payer) -> None:
    """Buttons that say what each was for; the chosen one goes to a clerk."""
    await paid_twice(payer)
    await payer.say("退款", "refund")
    assert payer.effects == ()
    [wanted] = [title for title in payer.buttons if "200.00元" in title]
    assert PLATE in wanted
    await payer.press(wanted)
    assert payer.effects == (OpenTicket(reason="refund", service="traffic_fines"),)
    assert "200.00元" in payer.messages[0].text


async def test_a_part_of_a_due_cannot_be_paid(payer: Payer) -> None:
    """That is said, and nothing is ordered; the whole of it can be."""
    await shown(payer)
    said = await payer.say("只交100块行不行", "affirm", amount="100块")
    assert payer.opened is None
    assert "不能只缴一部分" in said
    await payer.say("那交吧", "affirm")
    assert payer.opened is not None
