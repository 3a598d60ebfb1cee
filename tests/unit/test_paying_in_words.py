"""Sentences that want nothing but to pay what is shown, or not now: whatever they are understood as."""

from dataclasses import replace

import pytest
from fixtures.dialogue import NOTICE, PLATE, TAIL, item
from fixtures.household import POWER, WATER, Household
from fixtures.paying import Payer
from fixtures.services import SERVICES
from fixtures.turns import turn_of

from actions.dialogue.reading.inquiry import Inquiry
from actions.dialogue.reading.pay_intent import sounds_like_paying, wants_to_pay, wants_which
from actions.dialogue.state.turn import Part
from desk.contract.commands import Command
from desk.contract.messages import CloseOrder
from desk.contract.wire import Locale
from desk.texts.catalogs import Catalogs

SECOND, THIRD = "3301059292091501", "3301059292091502"
INTENTS = ("affirm", "inform", "nlu_fallback", "payment_status", "utility_bills", "goodbye", "choose", "out_of_scope")


async def shown(catalogs: Catalogs, locale: Locale = "zh_Hans", *more: str) -> Payer:
    payer = Payer(catalogs, SERVICES, locale=locale)
    payer.register.due[PLATE] = [item(PLATE), *(item(PLATE, "150.00", notice) for notice in more)]
    await payer.say(f"{PLATE} {TAIL}", "traffic_fines", plate=PLATE, vin_last6=TAIL)
    return payer


def ordered(payer: Payer) -> list[str]:
    return [one.reference for one in payer.opened.items] if payer.opened else []


@pytest.mark.parametrize(
    "text",
    [
        "付吧",
        "一起交了",
        "好的帮我付了吧",
        "畀埋佢",
        "俾晒佢啦",
        "繳付",
        "pay it",
        "OK, I'll pay them all now",
        "go ahead and pay",
    ],
)
def test_a_wish_to_pay_is_heard(text: str) -> None:
    """In all scripts, with courtesy and quantity around it."""
    assert wants_to_pay(text)


@pytest.mark.parametrize(
    "text",
    [
        "怎么付",
        "付了没",
        "别付",
        "我已经付了",
        "付完了",
        "能付吗",
        "我要交水费",
        "pay my gas bill",
        "did I pay?",
        "点交",
        "733540",
    ],
)
def test_anything_else_is_none(text: str) -> None:
    """Questions, refusals, what is done already, other matters and values."""
    assert not wants_which(text)


@pytest.mark.parametrize("intent", INTENTS)
@pytest.mark.parametrize(("locale", "text"), [("zh_Hans", "付吧"), ("zh_Hant", "畀埋佢"), ("en", "just pay it")])
async def test_it_pays_what_is_shown_whatever_is_guessed(
    catalogs: Catalogs, intent: str, locale: Locale, text: str
) -> None:
    """The payment follows at once."""
    payer = await shown(catalogs, locale)
    await payer.say(text, intent)
    assert ordered(payer) == [NOTICE]


@pytest.mark.parametrize("intent", ["inform", "nlu_fallback", "traffic_fines", "payment_status"])
@pytest.mark.parametrize(
    ("text", "paid"),
    [
        ("全部", [NOTICE, SECOND, THIRD]),
        ("一起交了", [NOTICE, SECOND, THIRD]),
        ("all of them", [NOTICE, SECOND, THIRD]),
        ("前两笔先缴", [NOTICE, SECOND]),
        ("俾頭兩筆先", [NOTICE, SECOND]),
        ("pay the first two", [NOTICE, SECOND]),
        ("第一笔和第三笔", [NOTICE, THIRD]),
        ("the first and the third", [NOTICE, THIRD]),
        ("除了第二笔都交", [NOTICE, THIRD]),
        ("pay all but the second", [NOTICE, THIRD]),
        ("只交最后一笔", [THIRD]),
        ("just the last one", [THIRD]),
        ("第二筆", [SECOND]),
    ],
)
async def test_some_all_or_one_of_several(catalogs: Catalogs, intent: str, text: str, paid: list[str]) -> None:
    """What is named is ordered, and nothing else."""
    payer = await shown(catalogs, "zh_Hans", SECOND, THIRD)
    await payer.say(text, intent)
    assert ordered(payer) == paid


@pytest.mark.parametrize(
    ("locale", "text", "intent", "part"),
    [
        ("zh_Hans", "好的但是先不付", "deny", "现在不缴，没有扣款"),
        ("zh_Hans", "下次再交", "nlu_fallback", "现在不缴，没有扣款"),
        ("zh_Hant", "遲啲先俾", "deny", "現在不繳，沒有扣款"),
        ("en", "not now", "deny", "nothing has been paid"),
    ],
)
async def test_not_now_pays_nothing_and_says_how_later(
    catalogs: Catalogs, locale: Locale, text: str, intent: str, part: str
) -> None:
    """The result stays, and is pressed no more: no button pays it."""
    payer = await shown(catalogs, locale)
    assert part in await payer.say(text, intent)
    assert (ordered(payer), payer.buttons) == ([], [])
    await payer.say("pay", "affirm")
    assert ordered(payer) == [NOTICE]


@pytest.mark.parametrize(
    ("locale", "text", "part"),
    [
        ("zh_Hans", "9", "只有3个"),
        ("zh_Hans", "第五个", "只有3个"),
        ("zh_Hant", "第九個", "只有3個"),
        ("en", "the fifth one", "only 3"),
    ],
)
async def test_a_number_beyond_the_choices_shows_them_again(
    catalogs: Catalogs, locale: Locale, text: str, part: str
) -> None:
    """One of these is to be picked; their buttons stand beside it."""
    payer = await shown(catalogs, locale, SECOND, THIRD)
    before = [one for one in payer.buttons if "200" in one or "150" in one]
    said = await payer.say(
        text, "choose", **({} if text.isdigit() else {"ordinal": text.split()[-2] if " " in text else text})
    )
    assert part in said
    assert payer.buttons == before
    assert ordered(payer) == []


@pytest.mark.parametrize("text", ["都行", "随便", "全部", "付", "第一个", "all", "both"])
@pytest.mark.parametrize("intent", ["choose", "inform", "affirm"])
async def test_with_nothing_shown_there_is_nothing_to_pay(catalogs: Catalogs, text: str, intent: str) -> None:
    """The same words at the beginning of a conversation are answered."""
    payer = Payer(catalogs, SERVICES)
    assert await payer.say(text, intent)
    assert ordered(payer) == []


@pytest.mark.parametrize(
    ("locale", "text", "intent"),
    [
        ("zh_Hans", "我不想付电费那个", "utility_bills"),
        ("zh_Hant", "唔俾電費喇", "utility_bills"),
        ("en", "I don't want to pay the electricity one", "utility_bills"),
    ],
)
async def test_what_is_not_to_be_paid_after_all_is_closed(
    catalogs: Catalogs, locale: Locale, text: str, intent: str
) -> None:
    """Of two open orders the one that is named; the other stays."""
    household = Household(catalogs, SERVICES, locale=locale)
    await household.ask(f"水费{WATER} 电费{POWER}", "water", "electricity")
    await household.say("一起付", "nlu_fallback")
    orders = {one.subject_of["account_number"]: one.order for one in household.all_opened}
    assert set(orders) == {WATER, POWER}
    await household.say(text, intent)
    assert household.effects == (CloseOrder(order=orders[POWER]),)


async def test_all_at_once_is_all_that_several_services_have_shown(catalogs: Catalogs) -> None:
    """The fines and nothing of them twice."""
    payer = await shown(catalogs, "zh_Hans", SECOND)
    await payer.say("都交了", "nlu_fallback")
    assert ordered(payer) == [NOTICE, SECOND]


@pytest.mark.parametrize(("likely", "paid"), [(0.92, [NOTICE]), (0.4, [])])
async def test_the_wish_after_a_refusal_is_the_wish(catalogs: Catalogs, likely: float, paid: list[str]) -> None:
    """A last clause that surely pays counts alone."""
    payer = await shown(catalogs, "en")
    parts = (
        Part("on second thought", "cancel", 0.98),
        Part(" pay it", "affirm", 0.97, commands=(("pay_all", likely),)),
    )
    await payer.say("on second thought, pay it", "cancel", parts=parts)
    assert ordered(payer) == paid


@pytest.mark.parametrize(
    ("text", "intent", "commands", "parts"),
    [
        pytest.param(
            "等下，钱让我妈自己去交",
            "utility_bills",
            (("pay_all", 0.83), ("cancel_this", 0.08)),
            (Part("等下", "cancel", 0.9, commands=(("pay_all", 0.7),)), Part("钱让我妈自己去交", "inform", 0.5)),
            id="a clause ends it",
        ),
        pytest.param("我要申辩，不是给钱", "deny", (("pay_all", 0.65), ("ask_next", 0.2)), (), id="and asks"),
        pytest.param("唔係俾錢呀", "affirm", (("pay_all", 0.6), ("refuse", 0.33)), (), id="words alone say yes"),
        pytest.param(
            "let my dad pay it himself", "traffic_fines", (("pay_all", 0.7), ("later", 0.2)), (), id="another"
        ),
    ],
)
async def test_money_is_ordered_only_where_nothing_speaks_against_it(
    catalogs: Catalogs, text: str, intent: str, commands: tuple[tuple[Command, float], ...], parts: tuple[Part, ...]
) -> None:
    """What is misheard so costs a press; an order that nobody meant costs trust."""
    payer = await shown(catalogs)
    payer.commands = commands
    await payer.say(text, intent, parts=parts)
    assert ordered(payer) == []
    payer.commands = ()
    await payer.say("交吧", "affirm")
    assert ordered(payer) == [NOTICE]


@pytest.mark.parametrize(
    ("text", "pays"), [("教吧教吧", True), ("好的，教了吧", True), ("叫车", False), ("谢谢", False)]
)
def test_a_wish_to_pay_that_is_written_by_ear(text: str, *, pays: bool) -> None:
    """Each piece of it sounds like paying, or fills."""
    assert sounds_like_paying(text) is pays


@pytest.mark.parametrize(("likely", "pays"), [("pay_all", True), ("later", False)])
async def test_words_that_are_sure_of_nothing_pay_where_matter_and_situation_agree(
    catalogs: Catalogs, likely: Command, *, pays: bool
) -> None:
    """After the order was closed, too, though the words alone sound like a farewell."""
    payer = await shown(catalogs)
    await payer.say("交", "affirm")
    await payer.say("取消", "cancel")
    payer.commands = ((likely, 0.35), ("start", 0.12))
    inquiry = Inquiry(0.05, (("affirm", 0.74), ("goodbye", 0.06)))
    turn = turn_of("c", "text", "goodbye", payer.city, payer.locale, payer.now, text="that one I will do then")
    await payer.take(replace(turn, confidence=0.55, inquiry=inquiry))
    assert bool(ordered(payer)) is pays
