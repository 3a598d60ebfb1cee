"""Several fines of a car, in three languages: one, some or all of them paid, and how the order stands afterwards."""

import pytest
from fixtures.dialogue import NOTICE, PLATE, TAIL, item
from fixtures.paying import LINKS, Payer
from fixtures.services import SERVICES

from desk.contract.messages import OrderStatus
from desk.contract.rendered import PaymentState
from desk.contract.wire import LOCALES, Locale
from desk.texts.catalogs import Catalogs

OTHERS = ("3301059292091501", "3301059292091502")
ALL = [NOTICE, *OTHERS]
ASKED: dict[Locale, str] = {"zh_Hans": "查违章", "zh_Hant": "查違章", "en": "check the fines of"}
SOME: dict[Locale, tuple[str, str, str]] = {
    "zh_Hans": ("只交第二笔", "前两笔先缴", "全部交"),
    "zh_Hant": ("只繳第二筆", "俾頭兩筆先", "全部繳"),
    "en": ("just the second one", "pay the first two", "pay all of them"),
}
STATUSES: tuple[OrderStatus, ...] = ("open", "paid", "booked", "refunding", "refunded", "closed")
ABOUT_STATUS: dict[Locale, tuple[str, ...]] = {
    "zh_Hans": ("还没有支付", "已经付款", "已缴清", "正在原路退回", "已全部退回", "已关闭"),
    "zh_Hant": ("尚未付款", "已付款", "已繳清", "正按原付款方式退回", "已全數退回", "已關閉"),
    "en": ("not been paid yet", "has been paid", "confirmed by", "is being returned", "returned in full", "is closed"),
}


async def shown(catalogs: Catalogs, locale: Locale) -> Payer:
    """A car with three fines, 200.00, 150.00 and 150.00."""
    payer = Payer(catalogs, SERVICES, locale=locale)
    payer.register.due[PLATE] = [item(PLATE), *(item(PLATE, "150.00", one) for one in OTHERS)]
    said = await payer.say(f"{ASKED[locale]} {PLATE} {TAIL}", "traffic_fines", plate=PLATE, vin_last6=TAIL)
    assert said.count("150.00") >= 2
    return payer


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize(
    ("place", "paid", "amount"),
    [(0, [OTHERS[0]], "150.00"), (1, ALL[:2], "350.00"), (2, ALL, "500.00")],
    ids=["one", "some", "all"],
)
async def test_one_some_or_all_in_words(
    catalogs: Catalogs, locale: Locale, place: int, paid: list[str], amount: str
) -> None:
    """One order for what is named; amount, plate and address of its page are said in the resident's language."""
    payer = await shown(catalogs, locale)
    said = await payer.say(SOME[locale][place], "traffic_fines")
    assert payer.opened is not None
    assert [one.reference for one in payer.opened.items] == paid
    assert payer.opened.amount == amount
    assert [part for part in (amount, PLATE, LINKS.pay_page(payer.opened.order)) if part not in said] == []


@pytest.mark.parametrize("locale", LOCALES)
async def test_one_or_all_by_button(catalogs: Catalogs, locale: Locale) -> None:
    """Each fine has its button and all together have one."""
    payer = await shown(catalogs, locale)
    buttons = [one for message in payer.messages for one in message.buttons if one.payload.startswith("/choose")]
    assert len(buttons) == 4
    await payer.press_payload(next(one.payload for one in buttons if OTHERS[1] in one.payload))
    assert payer.opened is not None
    assert [one.reference for one in payer.opened.items] == [OTHERS[1]]
    await payer.press_payload(next(one.payload for one in buttons if '"all-' in one.payload))
    assert [one.reference for one in payer.opened.items] == ALL


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("status", STATUSES)
async def test_card_and_words_say_how_it_stands(catalogs: Catalogs, locale: Locale, status: OrderStatus) -> None:
    """Asked for, every status is said in words; the card carries the same status, order and page."""
    payer = await shown(catalogs, locale)
    await payer.say(SOME[locale][2], "traffic_fines")
    assert payer.opened is not None
    number = payer.opened.order
    payer.becomes(status, receipt="R1000001-7")
    assert ABOUT_STATUS[locale][STATUSES.index(status)] in await payer.say("?!a", "payment_status")
    state = PaymentState(order=number, amount="500.00", status=status, url=LINKS.pay_page(number))
    rendered = [catalogs.render(LINKS.reply(one), locale, {number: state}) for one in payer.outcome.replies]
    cards = [card for one in rendered for card in one.cards]
    assert [card.payment for card in cards] == [state]
    assert [row.value for row in cards[0].rows if PLATE in row.value] == [PLATE]


@pytest.mark.parametrize("locale", LOCALES)
async def test_what_a_clerk_settles_is_named(catalogs: Catalogs, locale: Locale) -> None:
    """The ticket's number is said for a status and for a refund; nothing else is opened."""
    payer = await shown(catalogs, locale)
    await payer.say(SOME[locale][2], "traffic_fines")
    payer.becomes("paid", ticket="T-1001-7")
    for intent in ("payment_status", "refund"):
        assert "T-1001-7" in await payer.say("?!a", intent)
        assert payer.outcome.effects == ()
