"""An announcement that is asked about in any words answers; an order, a value or courtesy is left alone."""

from pathlib import Path
from typing import Any

import pytest
from fixtures import loaded
from fixtures.dialogue import MORNING, Resident, city
from fixtures.services import SERVICES
from fixtures.turns import knowing, turn_of

from actions.dialogue.reading.inquiry import Inquiry
from actions.dialogue.reading.published import found
from actions.samples import Rarity, words
from desk.contract.messages import Entity, Published, ShowAnnouncements
from desk.texts.catalogs import Catalogs

ROOT = Path(__file__).parents[2]
DISTRICTS = [
    {"slug": "east", "names": {"zh_Hans": "东区", "en": "East District"}},
    {"slug": "west", "names": {"zh_Hans": "西区", "en": "West District"}},
]
TOWN = city("testville", "试城", "Testville", ["traffic_fines", "next_bus", "report_problem"], districts=DISTRICTS)
ASKS = Inquiry(0.9, (("none", 0.4),))


def published(number: int, title: str, text: str, **more: Any) -> Published:
    about = {"topic": "culture", "titles": {"zh_Hans": title, "zh_Hant": title, "en": title}, **more}
    return Published(number=number, passages=(title, text), **about)


PARKS = published(1, "市属公园闭园", "各公园自今天起闭园，预计周三恢复开放。")
ROAD = published(2, "中山路封闭施工", "中山路封闭施工，预计20日恢复通行。", topic="traffic")
ALIKE = published(3, "动物公园闭园", "动物公园自今天起闭园。")


def asked(text: str, likeness: tuple[float, ...], *one: Published, intent: str = "nlu_fallback", **more: Any) -> Any:
    understood = {"inquiry": ASKS, **more}
    turn = turn_of("c", "text", intent, TOWN, "zh_Hans", MORNING, text=text, likeness=likeness, **understood)
    return knowing(turn, published=one)


@pytest.fixture
def resident(catalogs: Catalogs) -> Resident:
    return Resident(catalogs, SERVICES, topics=loaded.topics(), cities={"testville": TOWN})


async def test_the_one_that_is_near_is_shown(resident: Resident) -> None:
    """By its number; nothing else is said or begun."""
    await resident.take(asked("公园几时重开", (0.62, 0.5, 0.1, 0.1), PARKS, ROAD))
    assert resident.effects == (ShowAnnouncements(number=1),)
    assert resident.outcome.replies == ()
    assert resident.state == (None, None)


async def test_two_that_are_as_near_are_asked_about_and_the_press_shows_one(resident: Resident) -> None:
    """By their titles."""
    await resident.take(asked("公园几时重开", (0.6, 0.5, 0.59, 0.5, 0.1, 0.1), PARKS, ALIKE, ROAD))
    assert [reply.key for reply in resident.outcome.replies] == ["announcements.which"]
    payloads = [one.payload for one in resident.outcome.replies[0].buttons]
    assert payloads == ['/latest_announcements{"announcement": "1"}', '/latest_announcements{"announcement": "3"}']
    chosen = (Entity(entity="announcement", value="3"),)
    await resident.take(turn_of("c", "payload", "latest_announcements", TOWN, "zh_Hans", MORNING, entities=chosen))
    assert resident.effects == (ShowAnnouncements(number=3),)


async def test_of_two_that_are_as_near_the_one_that_was_told_lately_answers(resident: Resident) -> None:
    """It is what the resident has heard of."""
    told = ALIKE.model_copy(update={"told": True})
    await resident.take(asked("公园几时重开", (0.66, 0.5, 0.66, 0.5, 0.1, 0.1), PARKS, told, ROAD))
    assert resident.effects == (ShowAnnouncements(number=3),)


@pytest.mark.parametrize(
    ("text", "understood"),
    [
        ("公园门口那张罚单", {"intent": "traffic_fines", "confidence": 0.99, "inquiry": Inquiry(0.2)}),
        ("交公园的罚款", {"intent": "traffic_fines", "confidence": 0.7, "inquiry": None}),
        ("公园", {"intent": "inform", "confidence": 0.95, "inquiry": None}),
        ("公园", {"intent": "inform", "confidence": 0.95, "inquiry": Inquiry(0.3)}),
        ("公园的笑话", {"intent": "out_of_scope", "confidence": 0.97, "inquiry": None}),
        ("订阅公园通知", {"intent": "subscribe", "confidence": 0.9, "inquiry": Inquiry(0.02)}),
    ],
)
async def test_what_is_wished_given_or_nothing_of_ours_is_no_question(
    resident: Resident, text: str, understood: dict[str, Any]
) -> None:
    """However near its words are to an announcement."""
    await resident.take(asked(text, (0.7, 0.7), PARKS, **understood))
    assert ShowAnnouncements(number=1) not in resident.effects
    assert "announcements.which" not in [reply.key for reply in resident.outcome.replies]


@pytest.mark.parametrize(("likely", "shown"), [(0.96, True), (0.995, False)])
async def test_what_is_in_force_goes_before_a_guide_that_is_not_all_but_certain(
    resident: Resident, likely: float, *, shown: bool
) -> None:
    """A free vaccination is announced, and a guide tells of vaccinations."""
    inquiry = Inquiry(0.9, (("guide:adult_vaccination", likely),))
    await resident.take(asked("公园几时重开", (0.65, 0.5, 0.1, 0.1), PARKS, ROAD, inquiry=inquiry))
    assert (resident.effects == (ShowAnnouncements(number=1),)) is shown


@pytest.mark.parametrize(("asks", "shown"), [(0.9, True), (0.05, False)])
async def test_what_asks_as_good_as_nothing_wants_a_nearer_one(resident: Resident, asks: float, *, shown: bool) -> None:
    """Somebody loves the parks."""
    await resident.take(asked("我爱公园", (0.42, 0.4, 0.1, 0.1), PARKS, ROAD, inquiry=Inquiry(asks, (("none", 0.4),))))
    assert (resident.effects == (ShowAnnouncements(number=1),)) is shown


async def test_a_form_stays_and_its_question_comes_back(resident: Resident) -> None:
    """A question in the middle ends nothing."""
    await resident.ask_for_fines()
    await resident.take(asked("公园几时重开", (0.8, 0.5, 0.1, 0.1), PARKS, ROAD))
    assert resident.effects == (ShowAnnouncements(number=1),)
    assert resident.state == ("traffic_fines", "vin_last6")


@pytest.mark.parametrize(("district", "numbers"), [("east", [1]), ("west", [2]), (None, [1, 2])])
def test_a_district_that_is_named_leaves_out_those_of_others(district: str | None, numbers: list[int]) -> None:
    """One of the whole city is for each."""
    east = published(1, "停水", "停水。", districts=("east",))
    west = published(2, "停水", "停水。", districts=("west",))
    near = found(asked("停水到几点", (0.5, 0.5, 0.5, 0.5), east, west), Rarity(), district, 0.0)
    assert near is not None
    assert [one.number for one in near.meant] == numbers


def test_nothing_is_found_where_the_bot_was_not_asked_about_it() -> None:
    """As many figures as passages, or none counts."""
    assert found(asked("公园", (0.9,), PARKS), Rarity(), None, 0.0) is None


def test_words_that_few_ask_with_weigh_more() -> None:
    """Chinese in either script, English without plurals."""
    rarity = Rarity(["公园几点开", "图书馆几点开", "银行几点开"])
    common, rare = words("几点开"), words("公園")
    assert rarity.shared(words("公园几点开门"), rare) > rarity.shared(words("公园几点开门"), common & words("几点"))
    assert words("Parks open") == words("park OPEN")
