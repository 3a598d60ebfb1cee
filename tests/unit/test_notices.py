"""Announcements in the dialogue: topics by name or button, what is told and to whom is the desk's."""

import json
from pathlib import Path

import pytest
from fixtures import loaded
from fixtures.dialogue import ELSEWHERE, Resident, city
from fixtures.services import SERVICES

from desk.contract.commands import STOP
from desk.contract.messages import ShowAnnouncements, Subscribe, Subscription, Unsubscribe
from desk.contract.wire import Locale
from desk.texts.catalogs import Catalogs

ROOT = Path(__file__).parents[2]
TOPICS = loaded.topics()


DISTRICTS = [("xihu", "西湖区", "Xihu District"), ("shangcheng", "上城区", "Shangcheng District"),
             ("gongshu", "拱墅区", "Gongshu District"), ("binjiang", "滨江区", "Binjiang District")]  # fmt: skip
TOWN = city(
    "testville",
    "试城",
    "Testville",
    ["traffic_fines", "next_bus"],
    districts=[{"slug": slug, "names": {"zh_Hans": name, "en": english}} for slug, name, english in DISTRICTS],
)


@pytest.fixture
def resident(catalogs: Catalogs) -> Resident:
    resident = Resident(catalogs, SERVICES, topics=TOPICS, cities={TOWN.slug: TOWN, ELSEWHERE.slug: ELSEWHERE})
    resident.city = TOWN
    return resident


@pytest.mark.parametrize(
    ("text", "topic"),
    [("最近有什么通知", None), ("停水通知", "water"), ("any road closures", "traffic"), ("交通管制", "traffic")],
)
async def test_latest_are_shown_by_the_desk(resident: Resident, text: str, topic: str | None) -> None:
    """The desk is asked to show them, of a topic if one is named; an open question returns after them."""
    await resident.say(text, "latest_announcements")
    assert resident.effects == (ShowAnnouncements(topic=topic),)


async def test_subscribing_without_a_topic_asks_which(resident: Resident) -> None:
    """All topics stand on buttons; a name that is typed, or a button, is the answer."""
    await resident.say("我要订阅通知", "subscribe")
    assert len(resident.buttons) == len(TOPICS) + 1  # and near a place
    assert resident.effects == ()
    await resident.say("停水的", "nlu_fallback")
    assert resident.effects == (Subscribe(topic="water"),)
    await resident.say("订阅", "subscribe")
    await resident.press("交通管制")
    assert resident.effects == (Subscribe(topic="traffic"),)


async def test_other_sentences_are_no_topic(resident: Resident) -> None:
    """While a topic is asked for, another wish is another wish, whatever words are in it."""
    await resident.say("我要订阅通知", "subscribe")
    await resident.say("查下交通违章", "traffic_fines")
    assert resident.effects == ()
    assert resident.state[0] == "traffic_fines"


async def test_what_is_known_is_not_subscribed_twice(resident: Resident) -> None:
    """A topic that is had already is said to be."""
    resident.subscriptions = (Subscription(topic="water"),)
    assert "已经订阅" in await resident.say("订阅停水通知", "subscribe", topic="停水")
    assert resident.effects == ()


@pytest.mark.parametrize(
    ("had", "text", "entities", "effects"),
    [
        ([], "退订", {}, ()),
        (["water"], "别再发了", {}, (Unsubscribe(),)),
        (["water", "traffic"], "退订停水通知", {"topic": "停水"}, (Unsubscribe(topic="water"),)),
        (["water", "traffic"], "退订天气预警", {"topic": "天气预警"}, ()),
    ],
)
async def test_unsubscribing(
    resident: Resident, had: list[str], text: str, entities: dict[str, str], effects: tuple[object, ...]
) -> None:
    """The one there is, or the one that is named, ends; of nothing, or of another topic, that is said."""
    resident.subscriptions = tuple(Subscription(topic=topic) for topic in had)
    await resident.say(text, "unsubscribe", **entities)
    assert resident.effects == effects


async def test_several_are_ended_by_button(resident: Resident) -> None:
    """With several, which is asked; all can be ended at once."""
    resident.subscriptions = (Subscription(topic="water"), Subscription(topic="traffic"))
    await resident.say("退订", "unsubscribe")
    assert resident.buttons == ["停水", "交通管制", "全部退订"]
    await resident.press("全部退订")
    assert resident.effects == (Unsubscribe(),)


async def test_open_question_returns(resident: Resident) -> None:
    """In the middle of something the question comes back after the notices."""
    await resident.ask_for_fines()
    await resident.say("停水通知", "latest_announcements", topic="停水")
    assert resident.state == ("traffic_fines", "vin_last6")


SEVERAL = [
    ("停水和停电通知，西湖区和上城区都要", ["xihu water", "shangcheng water", "xihu power", "shangcheng power"]),
    ("订阅停水、停电、停气通知", ["water", "power", "gas"]),
    ("停水通知我要西湖区、拱墅区和滨江区的", ["xihu water", "gongshu water", "binjiang water"]),
    ("西湖区停水和上城区停电的通知都订阅", ["xihu water", "shangcheng power"]),
    ("停水同停電通知，西湖區嘅", ["xihu water", "xihu power"]),
    ("water outage and power outage notices in Xihu and Gongshu",
     ["xihu water", "gongshu water", "xihu power", "gongshu power"]),
    ("学校附近停水的通知", ["education"]),
    ("我住西湖区，公司在上城区，订阅停水通知", ["xihu water"]),
]  # fmt: skip


def pairs(effects: tuple[object, ...]) -> list[str]:
    """Subscriptions as "district topic"."""
    wishes = [one for one in effects if isinstance(one, Subscribe | Unsubscribe)]
    return [" ".join(filter(None, (one.district, one.topic))) for one in wishes]


@pytest.mark.parametrize(("text", "wished"), SEVERAL)
async def test_several_are_subscribed_in_one_turn(resident: Resident, text: str, wished: list[str]) -> None:
    """Topics and districts that are listed, each in each, or each with its own; of others the first counts."""
    await resident.say(text, "subscribe")
    assert sorted(pairs(resident.effects)) == sorted(wished)


async def test_what_was_subscribed_is_told_exactly(resident: Resident) -> None:
    """With all topics and districts."""
    said = await resident.say("停水和停电通知，西湖区和上城区都要", "subscribe")
    assert "西湖区和上城区" in said
    assert "停水和停电" in said
    said = await resident.say("西湖区停水和上城区停电的通知都订阅", "subscribe")
    assert "西湖区的“停水”和上城区的“停电”" in said


async def test_what_is_known_of_several_is_not_subscribed_again(resident: Resident) -> None:
    """The rest is; who has the whole city needs no district of it."""
    resident.subscriptions = (Subscription(topic="water"), Subscription(topic="power", district="xihu"))
    await resident.say("停水和停电通知，西湖区和上城区都要", "subscribe")
    assert pairs(resident.effects) == ["shangcheng power"]


async def test_where_something_is_left_out_it_is_asked(resident: Resident) -> None:
    """Nothing is done on a guess."""
    await resident.say("除了停气，停水和停电通知都要", "subscribe")
    assert resident.effects == ()
    assert len(resident.buttons) == len(TOPICS) + 1  # and near a place


async def test_a_question_which_topic_is_answered_with_several(resident: Resident) -> None:
    """And the district that was named before holds for all of them."""
    await resident.say("订阅西湖区的通知", "subscribe")
    await resident.say("停水和停电", "nlu_fallback")
    assert pairs(resident.effects) == ["xihu water", "xihu power"]


@pytest.mark.parametrize(
    ("text", "ended"),
    [
        ("退订停水和停气通知", ["water", "gas"]),
        ("西湖区的停水通知不用发了", []),
        ("退订西湖区的停电通知", ["xihu power"]),
        ("西湖区的都退订", ["xihu power"]),
        ("退订上城区的停电", []),
    ],
)
async def test_some_are_unsubscribed(resident: Resident, text: str, ended: list[str]) -> None:
    """Exactly those that are named and had; where something is left out, or not had, that is said."""
    resident.subscriptions = (
        Subscription(topic="water"),
        Subscription(topic="gas"),
        Subscription(topic="power", district="xihu"),
        Subscription(topic="power", district="binjiang"),
    )
    await resident.say(text, "unsubscribe")
    assert pairs(resident.effects) == ended


@pytest.mark.parametrize(
    ("locale", "said_so"),
    [
        ("zh_Hans", ("已停止发送", "“交通违章查询与缴款”没有停止", "回复“取消”", "我们接着办")),
        ("zh_Hant", ("已停止發送", "「交通違例查詢與繳款」並未停止", "回覆「取消」")),
        ("en", ("Stopped:", "“Traffic fines” is still open", "reply CANCEL")),
    ],
)
async def test_a_stop_word_in_a_form_says_what_ended_and_asks_again(
    resident: Resident, locale: Locale, said_so: tuple[str, ...]
) -> None:
    """Notices did and the service did not, by its name, with how to end it; then its question comes again."""
    resident.locale = locale
    await resident.ask_for_fines()
    before = resident.session.front
    assert before is not None
    assert before.question is not None
    said = await resident.press_payload(STOP)
    assert all(one in said for one in said_so)
    assert resident.effects == (Unsubscribe(),)
    again = resident.outcome.replies[-1]
    assert again.key == "common.back_to_question"
    assert json.loads(json.dumps(again.args["question"]))["text"]["key"] == before.question.reply.key
    assert resident.session.front == before


@pytest.mark.parametrize("had", [(), (Subscription(topic="water"),)])
async def test_a_stop_word_is_confirmed_in_any_case(resident: Resident, had: tuple[Subscription, ...]) -> None:
    """Also where nothing was subscribed to: reminders end with it."""
    resident.subscriptions = had
    said = await resident.press_payload('/unsubscribe{"topic": "everything"}')
    assert "已停止" in said
    assert resident.effects == (Unsubscribe(),)
