"""What was said is said again; a moment, a delay, a telephone and help with typing are heard for what they are."""

from typing import Any

import pytest
from fixtures.dialogue import HALL, MORNING, PLATE, POLICE, TAIL, TESTVILLE, Resident
from fixtures.services import SERVICES
from fixtures.turns import turn_of

from actions.dialogue.reading.inquiry import Inquiry, LikelyFact
from desk.contract.proving import Tried
from desk.contract.wire import Locale
from desk.texts.catalogs import Catalogs

WAITS_FOR_TAIL = ("traffic_fines", "vin_last6")
TAKEN_FOR = ("complain_about_bot", "nlu_fallback", "go_back", "human_agent", "list_services")


@pytest.mark.parametrize(
    ("locale", "asked"),
    [
        ("zh_Hans", "再说一遍"),
        ("zh_Hans", "没看清，再发一遍"),
        ("zh_Hans", "刚才说什么来着？"),
        ("zh_Hans", "什么？"),
        ("zh_Hant", "講多次"),
        ("zh_Hant", "唔好意思，可唔可以再講一次"),
        ("zh_Hant", "麻煩再說一遍"),
        ("en", "sorry, say that again?"),
        ("en", "Pardon?"),
        ("en", "could you repeat that please"),
    ],
)
@pytest.mark.parametrize("intent", TAKEN_FOR)
async def test_what_was_said_is_said_again(catalogs: Catalogs, locale: Locale, asked: str, intent: str) -> None:
    """Whatever it is taken for, nobody is called, nothing given is lost, and the question waits."""
    resident = Resident(catalogs, SERVICES, locale=locale)
    await resident.ask_for_fines()
    before = [message.text for message in resident.messages]
    await resident.say(asked, intent)
    assert [message.text for message in resident.messages][1:] == before
    assert resident.state == WAITS_FOR_TAIL
    assert resident.effects == ()
    await resident.say(asked, intent)
    assert [message.text for message in resident.messages][1:] == before


async def test_it_is_said_again_in_the_language_of_the_asking(resident: Resident) -> None:
    """Keys are remembered, no words."""
    await resident.ask_for_fines()
    said = await resident.say("say that again please", "go_back", language="en")
    assert "VIN" in said


async def test_what_is_said_again_later_has_its_time(resident: Resident) -> None:
    """A bus has come nearer since; said once more, it is still of that time."""
    await resident.say("下一班车", "next_bus", stop="武林广场")
    for minutes in (5, 5):
        resident.wait(minutes=minutes)
        said = await resident.say("再说一遍", "go_back")
        assert "09:00" in said
        assert "bus at 武林广场" in said


async def test_with_nothing_said_it_is_asked_what_is_wished(resident: Resident) -> None:
    """The first words of a conversation: there is nothing to say again."""
    await resident.say("什么？", "nlu_fallback")
    assert "交通违章查询与缴款" in resident.buttons


async def test_after_half_an_hour_nothing_is_said_again(resident: Resident) -> None:
    """What was said may have been personal."""
    await resident.ask_for_fines()
    resident.wait(minutes=31)
    assert PLATE not in await resident.say("再说一遍", "go_back")


async def test_a_question_of_the_dialogue_itself_still_waits(resident: Resident) -> None:
    """Asked whether to erase, said again, then erased."""
    await resident.say("删除我的信息", "delete_my_data")
    await resident.say("再说一遍", "go_back")
    assert resident.session.pending is not None
    await resident.say("是的", "affirm")
    assert len(resident.effects) == 1


@pytest.mark.parametrize(
    ("locale", "said"),
    [
        ("zh_Hans", "等一下，我找找"),
        ("zh_Hans", "我去拿一下行驶证"),
        ("zh_Hant", "等陣先"),
        ("en", "hold on, let me find it"),
        ("en", "one sec"),
    ],
)
@pytest.mark.parametrize("intent", ["next_bus", "affirm", "greet", "nlu_fallback"])
async def test_a_moment_changes_nothing(catalogs: Catalogs, locale: Locale, said: str, intent: str) -> None:
    """Neither the question nor what was offered beside it."""
    resident = Resident(catalogs, SERVICES, locale=locale)
    await resident.ask_for_fines()
    before = resident.session.choices
    await resident.say(said, intent)
    assert resident.state == WAITS_FOR_TAIL
    assert resident.session.choices == before
    assert len(resident.messages) == 1
    await resident.say(TAIL, "inform")
    assert resident.register.asked == [(PLATE, TAIL)]


@pytest.mark.parametrize(
    ("locale", "said"),
    [
        ("zh_Hans", "快点"),
        ("zh_Hans", "你能不能快点啊"),
        ("zh_Hant", "唔該快啲啦"),
        ("en", "hurry up"),
        ("en", "come on, I'm in a hurry"),
    ],
)
@pytest.mark.parametrize("intent", ["affirm", "inform", "nlu_fallback", "complain_about_bot"])
async def test_haste_is_no_answer(catalogs: Catalogs, locale: Locale, said: str, intent: str) -> None:
    """The question comes again, and nobody is called."""
    resident = Resident(catalogs, SERVICES, locale=locale)
    await resident.say("bus", "next_bus")
    question = resident.messages[-1].text
    assert question in await resident.say(said, intent)
    assert resident.state == ("next_bus", "stop")
    assert resident.effects == ()


@pytest.mark.parametrize(
    ("locale", "farewell", "intent", "asked"),
    [
        ("zh_Hans", "待会再说", "nlu_fallback", "再说一遍"),
        ("zh_Hant", "唔該晒", "thanks", "講多次"),
        ("en", "bye", "goodbye", "say it again"),
    ],
)
async def test_after_a_farewell_the_last_answer_is_said_again(
    catalogs: Catalogs, locale: Locale, farewell: str, intent: str, asked: str
) -> None:
    """Not the farewell."""
    resident = Resident(catalogs, SERVICES, locale=locale)
    await resident.say("bus", "next_bus", stop="Square")
    await resident.say(farewell, intent)
    assert "bus at Square" in await resident.say(asked, "go_back")
    await resident.ask_for_fines()
    question = resident.messages[-1].text.splitlines()[0]
    await resident.say(farewell, intent)
    assert question in await resident.say(asked, "go_back")


@pytest.mark.parametrize(
    ("locale", "said"),
    [("zh_Hans", "晚点再说"), ("zh_Hant", "轉頭先"), ("zh_Hant", "遲啲先搞"), ("en", "I'll do it later")],
)
async def test_what_is_put_off_is_kept(catalogs: Catalogs, locale: Locale, said: str) -> None:
    """No failure of understanding: how long it is kept is said."""
    resident = Resident(catalogs, SERVICES, locale=locale)
    await resident.ask_for_fines()
    assert "30" in await resident.say(said, "nlu_fallback")
    assert resident.session.failures == 0
    assert resident.state == WAITS_FOR_TAIL


@pytest.mark.parametrize(
    ("locale", "asked"),
    [
        ("zh_Hans", "电话多少"),
        ("zh_Hans", "你们有没有电话"),
        ("zh_Hans", "能不能打电话说"),
        ("zh_Hant", "電話幾多號"),
        ("zh_Hant", "打邊個電話"),
        ("en", "what's the phone number?"),
        ("en", "can I call someone"),
    ],
)
@pytest.mark.parametrize("intent", ["human_agent", "out_of_scope"])
async def test_a_telephone_is_told(catalogs: Catalogs, locale: Locale, asked: str, intent: str) -> None:
    """Of whoever is talked about, with a person on a button, and no ticket."""
    resident = Resident(catalogs, SERVICES, locale=locale)
    assert str(HALL["phone"]) in await resident.say(asked, intent)
    assert len(resident.buttons) == 1
    await resident.ask_for_fines()
    assert str(POLICE["phone"]) in await resident.say(asked, intent)
    assert resident.state == WAITS_FOR_TAIL
    assert resident.effects == ()


@pytest.mark.parametrize("text", ["转人工", "叫人来接电话", "给我打电话", "talk to a person", "call me"])
async def test_who_wants_a_person_gets_one(resident: Resident, text: str) -> None:
    """A number is no answer to that."""
    await resident.say(text, "human_agent")
    assert len(resident.effects) == 1


@pytest.mark.parametrize(
    ("locale", "said"),
    [
        ("zh_Hans", "我不会打字"),
        ("zh_Hans", "年纪大了不会弄"),
        ("zh_Hans", "可以语音吗"),
        ("zh_Hant", "我唔識打字"),
        ("en", "I can't type"),
        ("en", "can I send a voice message"),
    ],
)
async def test_who_cannot_type_is_helped(catalogs: Catalogs, locale: Locale, said: str) -> None:
    """With a telephone, a simpler manner, and a person to choose."""
    resident = Resident(catalogs, SERVICES, locale=locale)
    await resident.ask_for_fines()
    assert str(POLICE["phone"]) in await resident.say(said, "human_agent")
    assert len([one for message in resident.messages[:1] for one in message.buttons]) == 2
    assert resident.effects == ()
    assert resident.state == WAITS_FOR_TAIL


@pytest.mark.parametrize(
    ("locale", "said"),
    [
        ("zh_Hans", "我没有支付宝"),
        ("zh_Hans", "能用微信付吗"),
        ("zh_Hant", "可唔可以用微信畀"),
        ("en", "I don't have Alipay"),
        ("en", "can I pay in cash?"),
    ],
)
@pytest.mark.parametrize("intent", ["deny", "out_of_scope", "affirm"])
async def test_who_would_pay_otherwise_is_told_how(catalogs: Catalogs, locale: Locale, said: str, intent: str) -> None:
    """It cancels nothing, and pays nothing."""
    resident = Resident(catalogs, SERVICES, locale=locale)
    await resident.ask_for_fines()
    await resident.say(TAIL, "inform")
    assert str(POLICE["phone"]) in await resident.say(said, intent)
    assert resident.effects == ()


@pytest.mark.parametrize(
    ("locale", "asked", "fact", "told"),
    [
        ("zh_Hans", "不交会怎么样", "paid_late", "3%"),
        ("zh_Hant", "唔交會點呀", "paid_late", "3%"),
        ("en", "what happens if I don't pay", "paid_late", "15 days"),
        ("zh_Hans", "我没闯红灯", "disagree", "复议"),
        ("zh_Hant", "點解會罰我㗎", "disagree", "復議"),
        ("en", "that wasn't me", "disagree", "review"),
    ],
)
@pytest.mark.parametrize("intent", ["nlu_fallback", "out_of_scope"])
async def test_a_question_about_a_fine_cancels_nothing(
    catalogs: Catalogs, locale: Locale, asked: str, fact: str, told: str, intent: str
) -> None:
    """An order that is open stays so: a fact answers."""
    resident = Resident(catalogs, SERVICES, locale=locale)
    await resident.ask_for_fines()
    await resident.say(TAIL, "inform")
    inquiry = Inquiry(0.9, (("traffic_fines", 0.6),), (), (), (LikelyFact("traffic_fines", fact, 0.9),))
    heard: dict[str, Any] = {"inquiry": inquiry, "commands": (("ask_what", 0.9),)}
    turn = turn_of("c", "text", intent, TESTVILLE, locale, MORNING, text=asked, **heard)
    assert told in await resident.take(turn)
    assert [one for one in resident.effects if not isinstance(one, Tried)] == []


@pytest.mark.parametrize(
    ("locale", "asked", "help_text"),
    [
        ("zh_Hans", "什么是车架号", "车辆识别代号"),
        ("zh_Hans", "vin是什么", "车辆识别代号"),
        ("zh_Hant", "車架號係乜嘢", "車輛識別代號"),
        ("en", "what is VIN?", "17 characters"),
        ("en", "where do I find the chassis number", "17 characters"),
        ("zh_Hant", "尾六位係咩嚟㗎", "車輛識別代號"),
    ],
)
@pytest.mark.parametrize("intent", ["out_of_scope", "traffic_fines", "inform", "list_services"])
async def test_a_word_of_a_later_question_is_explained(
    catalogs: Catalogs, locale: Locale, asked: str, help_text: str, intent: str
) -> None:
    """The help of what it names, and the question that is open."""
    resident = Resident(catalogs, SERVICES, locale=locale)
    await resident.say("fines", "traffic_fines")
    assert help_text in await resident.say(asked, intent)
    assert resident.state == ("traffic_fines", "plate")


@pytest.mark.parametrize(
    ("locale", "said", "help_text"),
    [
        ("zh_Hans", "什么意思", "车辆识别代号"),
        ("zh_Hant", "唔明", "車輛識別"),
        ("en", "I don't understand", "vehicle"),
    ],
)
async def test_who_does_not_understand_a_question_is_told_more(
    catalogs: Catalogs, locale: Locale, said: str, help_text: str
) -> None:
    """Where the question has help; with nothing asked, what else there is."""
    resident = Resident(catalogs, SERVICES, locale=locale)
    await resident.ask_for_fines()
    assert help_text in await resident.say(said, "complain_about_bot")
    assert resident.effects == ()
    other = Resident(catalogs, SERVICES, locale=locale)
    assert str(HALL["phone"]) in await other.say(said, "complain_about_bot")
    assert other.effects == ()
