"""Whom to call: one number, the fitting one; what is not known here names it too."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fixtures import loaded
from fixtures.dialogue import CITIES, MORNING, TESTVILLE, Resident, city
from fixtures.services import SERVICES
from fixtures.turns import turn_of

from actions.dialogue.reading.finder import Finder
from actions.dialogue.reading.inquiry import Inquiry
from actions.dialogue.state.turn import Part
from desk.contract.messages import Entity
from desk.texts.catalogs import Catalogs

ROOT = Path(__file__).parents[2]
FINDER = Finder(loaded.directory(), loaded.all_guides())
NAMES = {"zh_Hans": "他城政务中心", "en": "Elsewhere Hall"}
HALL = {"slug": "hall", "names": NAMES, "phone": "0999-12345", "hours": []}
TOWNS = {**CITIES, "elsewhere": city("elsewhere", "他城", "Elsewhere", [], agencies=[HALL])}
ASKS = Inquiry(0.9, (("none", 0.4),))
NOT_PUBLISHED = Inquiry(0.9, (("none", 0.8),))


def said(text: str, intent: str = "out_of_scope", inquiry: Inquiry = ASKS, **understood: Any) -> Any:
    return turn_of("c", "text", intent, TESTVILLE, "zh_Hans", MORNING, text=text, inquiry=inquiry, **understood)


@pytest.fixture
def resident(catalogs: Catalogs) -> Resident:
    return Resident(catalogs, SERVICES, finder=FINDER, cities=TOWNS)


async def told(resident: Resident, turn: Any) -> tuple[str, str]:
    """The key of the first reply, and all that was said."""
    text = await resident.take(turn)
    return resident.outcome.replies[0].key, text


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("消费者投诉打哪个号码", "12315"),
        ("邊個部門管的士兜路", "12328"),
        ("who do i call about my income tax", "12366"),
    ],
)
async def test_the_fitting_number_is_told(resident: Resident, text: str, number: str) -> None:
    """One number, and what it is responsible for."""
    key, text = await told(resident, said(text))
    assert key.startswith("directory.line")
    assert number in text
    assert "12345" not in text


async def test_a_word_within_a_longer_one_names_nobody(resident: Resident) -> None:
    """The Chinese for an electric bicycle ends in the one for a fast train."""
    _, text = await told(resident, said("电动车的事打哪个电话"))
    assert "12306" not in text
    _, text = await told(resident, said("动车上丢了东西打哪个电话"))
    assert "12306" in text


async def test_where_a_service_is_talked_of_its_agency_knows(resident: Resident) -> None:
    """A guide that is near in meaning names nobody else; a word of another line does."""
    await resident.ask_for_fines()
    asks = Inquiry(0.95, (("guide:metro_and_bus_rules", 0.7),))
    commands = (("ask_who", 0.4),)
    text = await resident.take(said("当时躲一个骑车的，压根没占道", "traffic_fines", asks, commands=commands))
    assert "12328" not in text


async def test_a_guide_that_is_meant_is_a_button_away(resident: Resident) -> None:
    """Where the city has guides."""
    here = city("testville", "试城", "Testville", ["service_guide"])
    turn = said("找谁投诉", inquiry=Inquiry(0.9, (("guide:consumer_complaint", 0.9),)))
    await resident.take(replace(turn, city=here))
    assert '/service_guide{"guide": "consumer_complaint"}' in [
        one.payload for one in resident.outcome.replies[0].buttons
    ]


async def test_what_a_guide_says_more_of_is_left_to_it(resident: Resident) -> None:
    """Papers are asked for, and whom beside them."""
    inquiry = Inquiry(0.9, (("guide:passport_first", 0.9),), (("papers", 0.9),))
    assert (await told(resident, said("办护照要带什么，找谁办", inquiry=inquiry)))[0] != "directory.line"


def lost_on_a_train(likely: float) -> Any:
    matters = (("guide:lost_property", likely), ("guide:train_tickets", 0.05))
    return said("在高铁上丢了身份证包，打什么电话", inquiry=Inquiry(0.8, matters, (("steps", 0.53),)))


@pytest.mark.parametrize(("likely", "told_first"), [(0.83, True), (0.9, False)])
async def test_a_number_that_words_ask_for_goes_before_a_guide_that_is_not_sure(
    resident: Resident, likely: float, *, told_first: bool
) -> None:
    """Where they name whose: the card is one's matter, the train another's, what to do with both that of neither."""
    key, text = await told(resident, lost_on_a_train(likely))
    assert key.startswith("directory.line") is told_first
    assert ("12345" in text and "12306" in text) is told_first


async def test_of_two_that_words_name_the_one_of_its_matter_is_told(resident: Resident) -> None:
    """What is asked is surely on tickets: one number."""
    turn = said("坐高铁，身份证丢了办临时身份证，打什么电话", inquiry=Inquiry(0.8, (("guide:train_tickets", 0.8),)))
    assert "12306" in await resident.take(turn)
    assert [reply.key for reply in resident.outcome.replies] == ["directory.line_alone"]


async def test_the_guide_of_a_number_stands_before_one_of_another_matter(resident: Resident) -> None:
    """Both are a button away."""
    here = city("testville", "试城", "Testville", ["service_guide"])
    await resident.take(replace(lost_on_a_train(0.83), city=here))
    offered = [one.payload for one in resident.outcome.replies[-1].buttons[:2]]
    assert offered == [f'/service_guide{{"guide": "{slug}"}}' for slug in ("train_tickets", "lost_property")]


async def test_a_matter_of_another_city_has_its_number(resident: Resident) -> None:
    """With its area code; one of the whole country has none."""
    assert (await told(resident, said("他城的社保问谁")))[0] == "directory.elsewhere_alone"
    assert "0999-12329" in (await told(resident, said("他城的公积金电话多少")))[1]
    assert "0999-12345" in (await told(resident, said("他城那边种树找谁")))[1]
    assert (await told(resident, said("去他城的火车票问谁")))[0] == "directory.line_alone"


async def test_a_city_that_is_none_of_ours_is_said_how_to_be_dialled(resident: Resident) -> None:
    """Its area code is not known here."""
    turn = said("三亚的社保问谁", entities=(Entity(entity="city", value="三亚"),))
    assert (await told(resident, turn))[0] == "directory.of_another_city"


async def test_a_persons_number_is_not_told(resident: Resident) -> None:
    """Neither a landlord's nor a car owner's."""
    assert (await told(resident, said("我房东的电话是多少")))[0] == "common.others_data"


async def test_what_is_wished_beside_it_is_not_lost(resident: Resident) -> None:
    """A message with something else to be done is read part by part."""
    parts = (
        Part("查违章浙A2E87G", "traffic_fines", entities=(Entity(entity="plate", value="浙A2E87G"),)),
        Part("公积金电话多少", "out_of_scope"),
    )
    key, _ = await told(resident, said("查违章浙A2E87G，公积金电话多少", "traffic_fines", parts=parts))
    assert not key.startswith("directory")


async def test_a_city_in_a_part_of_its_own_is_nothing_else(resident: Resident) -> None:
    """It says whose matter it is."""
    parts = (
        Part("我表姐在他城", "nlu_fallback", entities=(Entity(entity="city", value="他城"),)),
        Part("她的公积金问谁", "housing_fund"),
    )
    assert "0999-12329" in (await told(resident, said("我表姐在他城，她的公积金问谁", "housing_fund", parts=parts)))[1]


async def test_another_one_is_asked_for_in_a_word(resident: Resident) -> None:
    """After a number was told."""
    await resident.take(said("劳动局电话多少"))
    assert "12366" in (await told(resident, said("那税务局呢")))[1]


async def test_what_is_not_published_names_the_fitting_number(resident: Resident) -> None:
    """Instead of the city's general one, which stays where nothing fits."""
    assert "12306" in (await told(resident, said("高铁上能带宠物吗", inquiry=NOT_PUBLISHED)))[1]
    assert "0000-12345" in (await told(resident, said("能不能种树", inquiry=NOT_PUBLISHED)))[1]


async def test_what_is_out_of_scope_ends_with_one_number(resident: Resident) -> None:
    """The fitting one; for a wish only by its words."""
    assert (await told(resident, said("飞机晚点能赔吗")))[0] == "common.out_of_scope_line"
    assert [one.payload for one in resident.outcome.replies[0].buttons] == ["/human_agent"]
    assert "12306" in (await told(resident, said("帮我订火车票", inquiry=Inquiry(0.1))))[1]
    assert (await told(resident, said("帮我种棵树", inquiry=Inquiry(0.1))))[0].startswith("common.out_of_scope_")


async def test_a_matter_that_no_word_names_has_its_number_where_nothing_is_talked_of(resident: Resident) -> None:
    """In the middle of something it wants to be surer."""
    fake = Inquiry(0.96, (("guide:consumer_complaint", 0.32), ("guide:scam_help", 0.15)))
    turn = said("who do I call about a fake bag I bought", inquiry=fake, commands=(("ask_phone", 0.68),))
    assert "12315" in (await told(resident, turn))[1]
    await resident.ask_for_fines()
    assert "12315" not in (await told(resident, turn))[1]
