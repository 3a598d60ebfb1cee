"""Announcements in the dialogue: topics by name or button, what is told and to whom is the desk's."""

from pathlib import Path

import pytest
from fixtures.dialogue import Resident
from fixtures.services import SERVICES

from desk.city.topics import load_topics
from desk.contract.messages import ShowAnnouncements, Subscribe, Subscription, Unsubscribe
from desk.texts.catalogs import Catalogs

ROOT = Path(__file__).parents[2]
TOPICS = load_topics(ROOT / "cities")


@pytest.fixture
def resident(catalogs: Catalogs) -> Resident:
    return Resident(catalogs, SERVICES, topics=TOPICS)


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
    assert len(resident.buttons) == len(TOPICS)
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
