"""How often notices come: in words and by buttons; what is no such wish changes nothing."""

from pathlib import Path

import pytest
from fixtures import loaded
from fixtures.dialogue import Resident
from fixtures.services import SERVICES

from actions.dialogue.answers.rhythm import read
from desk.contract.messages import SetRhythm, Subscribe
from desk.texts.catalogs import Catalogs

ROOT = Path(__file__).parents[2]


@pytest.fixture
def resident(catalogs: Catalogs) -> Resident:
    return Resident(catalogs, SERVICES, topics=loaded.topics())


@pytest.mark.parametrize(
    ("text", "rhythm", "weekday", "hour"),
    [
        ("通知每天晚上7点合并成一条发给我", "daily", 1, 19),
        ("把通知汇总成一条，每天早上八点发", "daily", 1, 8),
        ("每天中午十二点发一次通知汇总", "daily", 1, 12),
        ("每周一汇总一次", "weekly", 1, 18),
        ("每周五下午三点把通知一起发给我", "weekly", 5, 15),
        ("通知每日夜晚八點匯總", "daily", 1, 20),
        ("a weekly digest on Friday at 8 am please", "weekly", 5, 8),
        ("send me the notices once a day at 7 pm", "daily", 1, 19),
        ("有通知就马上发给我", "at_once", 1, 18),
        ("不要汇总了，一条一条发", "at_once", 1, 18),
        ("send notices one by one", "at_once", 1, 18),
    ],
)
def test_words_say_how_often_and_when(text: str, rhythm: str, weekday: int, hour: int) -> None:
    """Where no hour is named it is six in the evening, weekly on Mondays."""
    wish = read(text)
    assert wish is not None
    assert (wish.rhythm, wish.weekday, wish.hour) == (rhythm, weekday, hour)


@pytest.mark.parametrize(
    "text",
    [
        "每天几点停水",
        "每天的公交",
        "我每天都收到通知很烦",
        "停水通知",
        "明天下午3点的预约",
        "每周三去办社保",
        "daily bus to West Lake",
    ],
)
def test_other_sentences_say_nothing_of_it(text: str) -> None:
    """Neither a question of the day, nor an appointment, nor a complaint."""
    assert read(text) is None


async def test_a_button_stands_beside_several_topics(resident: Resident) -> None:
    """Of one there is little to collect. Then hours are chosen by buttons, and what was chosen is told."""
    await resident.say("订阅停气通知", "subscribe", topic="停气")
    assert "每天汇总一次" not in [one.title for message in resident.messages for one in message.buttons]
    await resident.say("订阅停水和停电通知", "subscribe", topic="停水")
    assert resident.effects == (Subscribe(topic="water"), Subscribe(topic="power"))
    said = await resident.press("每天汇总一次")
    assert resident.effects == (SetRhythm(rhythm="daily", hour=18),)
    assert "18:00" in said
    await resident.press("08:00")
    assert resident.effects == (SetRhythm(rhythm="daily", hour=8),)
    said = await resident.press("每周汇总一次")
    assert resident.effects == (SetRhythm(rhythm="weekly", weekday=1, hour=8),)
    assert "每周一" in said
    await resident.press("有就立即发")
    assert resident.effects == (SetRhythm(rhythm="at_once"),)


async def test_a_rhythm_in_words_leaves_the_open_question(resident: Resident) -> None:
    """It comes back after the answer."""
    await resident.ask_for_fines()
    await resident.say("通知每天晚上7点合并成一条发给我", "nlu_fallback")
    assert resident.effects == (SetRhythm(rhythm="daily", hour=19),)
    assert resident.state == ("traffic_fines", "vin_last6")
