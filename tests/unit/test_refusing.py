"""What is refused in so many words is over: said once, closed, and not pressed again."""

from dataclasses import replace

import pytest
from fixtures.booking import HOSPITAL, MARRIAGE, NAMES, Applicant
from fixtures.dialogue import MORNING, NOTICE, PLATE, TAIL, TESTVILLE
from fixtures.hotline import Reporter
from fixtures.household import POWER, WATER, Household
from fixtures.paying import Payer
from fixtures.services import SERVICES
from fixtures.turns import turn_of

from actions.dialogue.reading.refusing import Act, refuses, speaks_of_charging
from actions.dialogue.state.turn import Part
from desk.contract.commands import Command
from desk.contract.messages import CloseOrder, Entity, OpenOrder
from desk.contract.wire import Locale
from desk.texts.catalogs import Catalogs

Likely = tuple[tuple[Command, float], ...]


@pytest.mark.parametrize(
    ("act", "text"),
    [
        ("book", "先别预约了"),
        ("book", "他家里不同意，先不登记"),
        ("book", "算啦，今朝唔約喇"),
        ("book", "别急呀，我没说要挂号"),
        ("book", "please don't book it yet"),
        ("book", "no, I never asked you to book anything"),
        ("book", "we are not going after all"),
        ("submit", "别替我递交上去"),
        ("submit", "唔好幫我提交呀"),
        ("submit", "不报了😅"),
        ("submit", "do not send it"),
        ("submit", "I never wanted to file this"),
        ("report", "我不报别的了"),
        ("report", "we are not reporting anything else"),
        ("pay", "这么多？今天不交咧"),
        ("pay", "唔俾住"),
        ("pay", "我没想缴这个费"),
        ("pay", "别扣我的钱"),
        ("pay", "I did not ask to pay for anything"),
        ("pay", "do not charge my card"),
    ],
)
def test_a_denied_verb_of_the_thing_refuses_it(act: Act, text: str) -> None:
    """By grammar, in three languages, wherever it stands."""
    assert refuses(text, act)


@pytest.mark.parametrize(
    ("act", "text"),
    [
        ("book", "约不约得上？"),
        ("book", "不约十点，约九点"),
        ("book", "别忘了帮我约"),
        ("book", "如果不约会怎样"),
        ("book", "我没说不约呀"),
        ("book", "周三不去了，改到周四"),
        ("book", "我还没约"),
        ("book", "don't book it on Friday"),
        ("book", "can I not book?"),
        ("submit", "不要提交我的电话"),
        ("submit", "别交错了"),
        ("submit", "do not send my phone number"),
        ("report", "物业都不来，没人反映过"),
        ("report", "打了电话他们不报"),
        ("pay", "不交会怎么样"),
        ("pay", "我没交过这笔"),
        ("pay", "不能在这里交吗"),
        ("pay", "不得不交"),
        ("pay", "I can't pay here"),
        ("pay", "what if I do not pay"),
        ("pay", "不付全部，付第一笔"),
    ],
)
def test_what_asks_names_another_or_cannot_be_refuses_nothing(act: Act, text: str) -> None:
    """Nor does a denial that is denied."""
    assert not refuses(text, act)


@pytest.mark.parametrize("text", ["会不会自动扣钱", "係咪會扣我錢", "am I being charged?"])
def test_money_taken_is_spoken_of(text: str) -> None:
    """Whoever takes it."""
    assert speaks_of_charging(text)


@pytest.mark.parametrize(
    ("locale", "text", "intent", "nothing"),
    [
        ("zh_Hans", "戒指还没打好，这回先不登记", "nlu_fallback", "没有约任何时间"),
        ("zh_Hant", "佢話未諗清楚，唔好幫我登記呀", "out_of_scope", "沒有預約任何時間"),
        (
            "en",
            "she wants to wait for her sister, we are not booking it now",
            "marriage_registration",
            "Nothing is booked",
        ),
    ],
)
async def test_a_summary_that_is_refused_ends(
    catalogs: Catalogs, locale: Locale, text: str, intent: str, nothing: str
) -> None:
    """Whatever the model makes of it; its summary and its buttons are not shown again."""
    resident = Applicant(catalogs, SERVICES, MARRIAGE, locale=locale)
    await resident.fill()
    resident.commands = (("unclear", 0.4), ("change", 0.3))
    said = await resident.say(text, intent)
    assert (resident.state, resident.buttons) == ((None, None), [])
    assert nothing in said
    assert NAMES[0] not in said


async def test_a_form_that_is_refused_in_the_middle_ends(catalogs: Catalogs) -> None:
    """While something is asked for, too."""
    resident = Applicant(catalogs, SERVICES, HOSPITAL)
    await resident.say("挂号 第一医院 骨科", HOSPITAL, office="第一医院", department="骨科")
    await resident.say("膝盖好多了，不挂了", "inform")
    assert resident.state == (None, None)


@pytest.mark.parametrize("text", ["先别提交", "唔好交上去住", "please do not submit it"])
async def test_a_report_that_is_refused_is_not_sent(catalogs: Catalogs, text: str) -> None:
    """And that is said."""
    resident = Reporter(catalogs, SERVICES)
    await resident.summed_up()
    await resident.tell(text, "nlu_fallback")
    assert [reply.key for reply in resident.outcome.replies] == ["common.set_aside", "ended.nothing_sent"]
    assert resident.hotline.submissions == 0


async def test_another_day_is_no_refusal(catalogs: Catalogs) -> None:
    """What takes the place of the refused is taken."""
    resident = Applicant(catalogs, SERVICES, MARRIAGE)
    await resident.fill()
    await resident.say("那天不去了，改到12月4号", "change_appointment")
    assert resident.session.open[-1].values["date"] == "2026-12-04"


@pytest.fixture
def payer(catalogs: Catalogs) -> Payer:
    return Payer(catalogs, SERVICES)


async def test_a_bill_that_is_refused_is_not_shown_again(payer: Payer) -> None:
    """Beside a sigh that sounds like a question, and in words that sound like the service."""
    await payer.say(f"{PLATE} {TAIL}", "traffic_fines", plate=PLATE, vin_last6=TAIL)
    sigh = Part("咋这么多", "traffic_fines", 0.6, commands=(("ask_fee", 0.7),))
    payer.commands = (("start", 0.5), ("ask_fee", 0.3))
    await payer.say("咋这么多？这两天不交了", "traffic_fines", parts=(sigh, Part("这两天不交了", "deny", 0.5)))
    assert [reply.key for reply in payer.outcome.replies] == ["bill.not_now"]
    assert payer.buttons == []
    payer.commands = (("unclear", 0.5), ("start", 0.2))
    await payer.say("唉，开车真费钱", "traffic_fines")
    assert payer.outcome.service is None
    assert payer.opened is None


async def test_one_that_is_refused_beside_one_that_was_paid(catalogs: Catalogs) -> None:
    """What was paid before is another matter."""
    household = Household(catalogs, SERVICES)
    await household.ask("交水费", "水费", account_number=WATER)
    await household.ask(f"{WATER}", intent="inform")
    await household.ask("缴费", intent="affirm")
    household.becomes("booked", receipt="R1")
    await household.ask(f"电费 {POWER}", "电费", account_number=POWER)
    await household.ask("电费下月再讲，先不给了", "电费")
    assert [reply.key for reply in household.outcome.replies] == ["bill.not_now"]


async def test_an_order_that_is_refused_is_closed_and_nothing_is_charged(payer: Payer) -> None:
    """Who asks first whether money is taken hears that none is, with what cancels it."""
    await payer.say(f"{PLATE} {TAIL}", "traffic_fines", plate=PLATE, vin_last6=TAIL)
    await payer.say("缴了吧", "affirm")
    order = payer.opened
    assert isinstance(order, OpenOrder)
    said = await payer.say("我不去管它的话会自己扣款吗", "nlu_fallback")
    assert "不会自动扣款" in said
    assert payer.buttons == ["取消支付"] or len(payer.buttons) == 1
    said = await payer.say("老伴不放心，这个不付了，不会扣我钱吧", "nlu_fallback")
    assert [one.order for one in payer.effects if isinstance(one, CloseOrder)] == [order.order]
    assert "没有扣款" in said


async def test_what_waits_and_is_refused_by_name_ends_first(catalogs: Catalogs) -> None:
    """The rest of the message is heard without it, and goes on with what is in front."""
    household = Household(catalogs, SERVICES, locale="en")
    await household.ask("water bill", "water")
    begun = turn_of("c", "text", "next_bus", household.city, "en", MORNING, text="and the next bus")
    await household.take(begun)
    assert household.state == ("next_bus", "stop")
    parts = (Part("no water bills", "utility_bills", 0.9), Part("the stop is Lake 广场", "inform", 0.6))
    said = turn_of(
        "c", "text", "utility_bills", household.city, "en", MORNING, text="no water bills! the stop is Lake 广场"
    )
    await household.take(replace(said, parts=parts, entities=(Entity(entity="stop", value="Lake 广场"),)))
    keys = [reply.key for reply in household.outcome.replies]
    assert keys == ["common.set_aside", "card.value"]
    assert household.session.open == ()
    assert household.session.let_go == ("utility_bills",)


async def test_what_was_let_go_is_begun_again_by_its_name(payer: Payer) -> None:
    """And not by words that only sound like it."""
    await payer.say("查违章", "traffic_fines")
    await payer.say("不查了", "cancel")
    assert payer.session.let_go == ("traffic_fines",)
    turn = turn_of("c", "text", "traffic_fines", TESTVILLE, "zh_Hans", MORNING, text="买两张票", confidence=0.7)
    payer.commands = (("unclear", 0.5),)
    await payer.take(turn)
    assert payer.outcome.service is None
    await payer.take(replace(turn, text="烦死这些罚款了"))
    assert payer.outcome.service is None  # its name alone, in a sigh
    await payer.take(replace(turn, text="那还是查下罚款吧", confidence=0.9))
    assert payer.state == ("traffic_fines", "plate")
    assert payer.session.let_go == ()


async def test_the_result_can_still_be_paid_by_its_word(payer: Payer) -> None:
    """Refused now is not refused for ever."""
    await payer.say(f"{PLATE} {TAIL}", "traffic_fines", plate=PLATE, vin_last6=TAIL)
    await payer.say("先不交了", "deny")
    await payer.say("缴纳", "affirm")
    assert payer.opened is not None
    assert [one.reference for one in payer.opened.items] == [NOTICE]


@pytest.mark.parametrize(
    ("text", "later", "pays"),
    [
        ("记分的事改天再讲，钱先交了吧", "记分的事改天再讲", "钱先交了吧"),
        ("points can wait, pay the fine now", "points can wait", " pay the fine now"),
    ],
)
async def test_what_is_put_off_beside_a_payment_is_another_matter(
    payer: Payer, text: str, later: str, pays: str
) -> None:
    """Which of the two is wished now is paid."""
    await payer.say(f"{PLATE} {TAIL}", "traffic_fines", plate=PLATE, vin_last6=TAIL)
    parts = (
        Part(later, "traffic_fines", 0.9, commands=(("later", 0.64), ("ask_next", 0.26))),
        Part(pays, "affirm", 0.5, commands=(("pay_all", 0.62), ("status", 0.2))),
    )
    payer.commands = (("later", 0.5), ("ask_next", 0.28), ("pay_all", 0.1))
    await payer.say(text, "traffic_fines", parts=parts)
    assert payer.opened is not None


async def test_an_end_behind_a_name_ends_the_form(catalogs: Catalogs) -> None:
    """Words and situation both hear it, and what follows only puts it off."""
    resident = Applicant(catalogs, SERVICES, MARRIAGE)
    await resident.say("登记结婚 西湖区婚姻登记处", MARRIAGE, office="西湖区婚姻登记处")
    name = Entity(entity="person_name", value=NAMES[0])
    parts = (
        Part(f"我叫{NAMES[0]}", "inform", 0.99, commands=(("provide", 0.99),), entities=(name,)),
        Part("嗐还是算了", "cancel", 0.98, commands=(("cancel_this", 0.95),)),
        Part("开春了再说", "nlu_fallback", 0.3, commands=(("later", 0.95),)),
    )
    resident.commands = (("provide", 0.85), ("later", 0.13))
    await resident.say(f"我叫{NAMES[0]}。嗐还是算了，开春了再说", MARRIAGE, parts=parts, person_name=NAMES[0])
    assert resident.state == (None, None)


async def test_a_sigh_before_a_value_ends_nothing(catalogs: Catalogs) -> None:
    """What follows is given."""
    resident = Applicant(catalogs, SERVICES, MARRIAGE)
    await resident.say("登记结婚 西湖区婚姻登记处", MARRIAGE, office="西湖区婚姻登记处")
    name = Entity(entity="person_name", value=NAMES[0])
    parts = (
        Part("算了算了", "cancel", 0.98, commands=(("cancel_this", 0.95),)),
        Part(NAMES[0], "inform", 0.99, commands=(("provide", 0.99),), entities=(name,)),
    )
    await resident.say(f"算了算了，{NAMES[0]}", "inform", parts=parts, person_name=NAMES[0])
    assert resident.state[0] == MARRIAGE


async def test_a_form_nobody_meant_gives_way_to_what_waits(catalogs: Catalogs) -> None:
    """Its own first words are no loss."""
    resident = Reporter(catalogs, SERVICES, locale="en")
    await resident.say("the next bus", "next_bus")
    await resident.tell("my back is broken")
    assert resident.state == ("report_problem", "category")
    parts = (Part("no no, not a lamp", "deny", 0.8), Part("the bus at Lake 广场", "next_bus", 0.98))
    turn = turn_of(
        "c", "text", "report_problem", resident.city, "en", MORNING, text="no no, not a lamp! the bus at Lake 广场"
    )
    heard = replace(turn, parts=parts, commands=(("provide", 0.3), ("start", 0.3)))
    await resident.take(replace(heard, entities=(Entity(entity="stop", value="Lake 广场"),)))
    assert resident.session.open == ()
