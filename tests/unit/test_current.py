"""What holds now: announcements in force answer a question of the day first; else whom to call."""

from pathlib import Path
from typing import Any

import pytest
from fixtures import loaded
from fixtures.dialogue import MORNING, Resident, city
from fixtures.services import SERVICES
from fixtures.turns import knowing, turn_of

from actions.dialogue.answers.day import Day
from actions.dialogue.reading.finder import Finder
from actions.dialogue.reading.inquiry import Inquiry
from desk.city.current import load_current
from desk.contract.messages import Announced, Entity, ShowAnnouncements
from desk.texts.catalogs import Catalogs

ROOT = Path(__file__).parents[2]
FINDER, DAY = Finder(loaded.directory()), Day(load_current(ROOT / "cities"))
DISTRICTS = [{"slug": "east", "names": {"zh_Hans": "东区", "en": "East District"}}]
TOWN = city("testville", "试城", "Testville", ["traffic_fines", "next_bus", "report_problem"], districts=DISTRICTS)
ASKS = Inquiry(0.9, (("none", 0.4),))


def said(text: str, intent: str = "nlu_fallback", *notices: Announced, **understood: Any) -> Any:
    understood = {"inquiry": ASKS, **understood}
    turn = turn_of("c", "text", intent, TOWN, "zh_Hans", MORNING, text=text, **understood)
    return knowing(turn, notices=notices)


@pytest.fixture
def resident(catalogs: Catalogs) -> Resident:
    topics = loaded.topics()
    return Resident(catalogs, SERVICES, finder=FINDER, day=DAY, topics=topics, cities={"testville": TOWN})


@pytest.mark.parametrize(
    ("text", "intent", "topic"),
    [
        ("停水了怎么回事", "nlu_fallback", "water"),
        ("地鐵今日開唔開", "next_bus", "transit"),
        ("is school open tomorrow?", "out_of_scope", "weather"),
        ("明天停课吗", "latest_announcements", "education"),
    ],
)
async def test_what_is_in_force_answers(resident: Resident, text: str, intent: str, topic: str) -> None:
    """The desk shows it; nothing else is said or begun."""
    await resident.take(said(text, intent, Announced(topic=topic)))
    assert resident.effects == (ShowAnnouncements(topic=topic, district=None),)
    assert resident.outcome.replies == ()
    assert resident.state == (None, None)


async def test_where_nothing_is_in_force_that_is_said_with_a_number(resident: Resident) -> None:
    """Once, with notices to subscribe to and a report to begin."""
    told = await resident.take(said("停电了怎么回事", "report_problem", Announced(topic="water")))
    assert [reply.key for reply in resident.outcome.replies] == ["now.none"]
    assert "95598" in told
    payloads = [one.payload for one in resident.outcome.replies[0].buttons]
    assert payloads == ['/subscribe{"topic": "power"}', "/report_problem"]
    assert resident.state == (None, None)


async def test_a_notice_of_another_district_is_none(resident: Resident) -> None:
    """That of the whole city is one for each; where no district is named, any is one."""
    east = (Entity(entity="district", value="东区", start=0, end=2),)
    elsewhere = Announced(topic="water", district="west")
    await resident.take(said("东区停水了吗", "nlu_fallback", elsewhere, entities=east))
    assert resident.effects == ()
    await resident.take(said("东区停水了吗", "nlu_fallback", Announced(topic="water"), entities=east))
    assert resident.effects == (ShowAnnouncements(topic="water", district="east"),)
    await resident.take(said("停水了吗", "nlu_fallback", elsewhere))
    assert resident.effects == (ShowAnnouncements(topic="water", district=None),)


async def test_a_form_stays_and_its_question_comes_back(resident: Resident) -> None:
    """A question of the day in the middle ends nothing."""
    await resident.ask_for_fines()
    await resident.take(said("停水了怎么回事", "nlu_fallback", Announced(topic="water")))
    assert resident.state == ("traffic_fines", "vin_last6")


@pytest.mark.parametrize(
    ("text", "intent"),
    [("停水的时候通知我", "subscribe"), ("查一下违章", "traffic_fines"), ("我要交水费", "utility_bills")],
)
async def test_what_wishes_something_is_no_question_of_the_day(resident: Resident, text: str, intent: str) -> None:
    """Whatever words it has in common with one."""
    await resident.take(said(text, intent, Announced(topic="water"), inquiry=Inquiry(0.1)))
    assert not any(isinstance(effect, ShowAnnouncements) for effect in resident.effects)
    assert "now.none" not in [reply.key for reply in resident.outcome.replies]


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("停水到几点", "water"),
        ("停电停到几点啊", "power"),
        ("几时有水", "water"),
        ("幾時有返電", "power"),
        ("when is the water back?", "water"),
        ("how long will the power be out", "power"),
        ("什么时候来水", "water"),
        ("停课停到哪天", "education"),
    ],
)
async def test_until_when_is_asked_alone(resident: Resident, text: str, topic: str) -> None:
    """What is in force says when it ends, and no more."""
    await resident.take(said(text, "nlu_fallback", Announced(topic=topic)))
    assert resident.effects == (ShowAnnouncements(topic=topic, asks="end"),)


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("停水几点开始", "water"),
        ("停电几点开始啊", "power"),
        ("停水幾點開始", "water"),
        ("when does the water cut start?", "water"),
        ("what time does the power cut begin", "power"),
    ],
)
async def test_from_when_is_no_question_of_the_end(resident: Resident, text: str, topic: str) -> None:
    """What is in force is shown whole; the topic that is named is meant, not one that is asked about alike."""
    await resident.take(said(text, "nlu_fallback", Announced(topic=topic)))
    assert resident.effects == (ShowAnnouncements(topic=topic),)
    assert resident.outcome.replies == ()


async def test_from_when_it_is_as_usual_is_the_end(resident: Resident) -> None:
    """The word for a beginning alone decides nothing."""
    await resident.take(said("停水什么时候开始恢复", "nlu_fallback", Announced(topic="water")))
    assert resident.effects == (ShowAnnouncements(topic="water", asks="end"),)
