"""Notices are suggested after a look-up: once, only where something is followed by nothing else, never by itself."""

from pathlib import Path

import pytest
from fixtures import loaded
from fixtures.dialogue import CLEAN_PLATE, CLEAN_TAIL, Resident
from fixtures.services import SERVICES

from desk.city.suggested import load_suggested, suggested_problems
from desk.contract.messages import Subscription
from desk.texts.catalogs import Catalogs

ROOT = Path(__file__).parents[2]
TOPICS, SUGGESTED = loaded.topics(), load_suggested(ROOT / "cities")
SAYS = "可以说：订阅"


@pytest.fixture
def resident(catalogs: Catalogs) -> Resident:
    return Resident(catalogs, SERVICES, topics=TOPICS, suggested=SUGGESTED)


async def look_up(resident: Resident) -> str:
    await resident.say(f"{CLEAN_PLATE}有没有违章", "traffic_fines", plate=CLEAN_PLATE)
    return await resident.say(CLEAN_TAIL, "inform", vin_last6=CLEAN_TAIL)


async def test_a_look_up_suggests_its_topic_once(resident: Resident) -> None:
    """And not while something is asked."""
    asked = await resident.say(f"{CLEAN_PLATE}有没有违章", "traffic_fines", plate=CLEAN_PLATE)
    told = await resident.say(CLEAN_TAIL, "inform", vin_last6=CLEAN_TAIL)
    assert SAYS not in asked
    assert f"{SAYS}交通管制通知" in told
    assert SAYS not in await look_up(resident)


async def test_who_follows_it_reads_nothing_of_it(resident: Resident) -> None:
    """They know."""
    resident.subscriptions = (Subscription(topic="traffic"),)
    assert SAYS not in await look_up(resident)


async def test_what_is_no_look_up_suggests_nothing(resident: Resident) -> None:
    """A greeting, or thanks."""
    assert SAYS not in await resident.say("谢谢", "thanks")


def test_suggestions_name_services_and_topics_that_there_are() -> None:
    """Of a divided service the topic of what was looked up; of several at once none."""
    assert suggested_problems(SUGGESTED, loaded.services(), TOPICS) == []
    bills = SUGGESTED["utility_bills"]
    assert bills.of({"utility_type": "electricity"}) == "power"
    assert bills.of({"utility_type": ["water", "gas"]}) is None
