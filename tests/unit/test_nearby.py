"""Notices near a place in the dialogue: where, what is kept, and the yes."""

from dataclasses import dataclass
from typing import Any, cast

import pytest
from fixtures import loaded
from fixtures.dialogue import Resident, city
from fixtures.services import SERVICES

from actions.transit.gazetteer import Gazetteer, KnownPlace, Named
from desk.contract.grid import cell_at
from desk.contract.messages import FollowPlace, LeavePlaces, Subscription, Unsubscribe
from desk.texts.catalogs import Catalogs

TOPICS = loaded.topics()
TOWN = city("testville", "试城", "Testville", ["traffic_fines", "next_bus"])
SQUARE = cell_at(30.27, 120.16)
KNOWN = {
    "武林广场": (KnownPlace({"zh_Hans": "武林广场", "en": "Wulin Square"}, SQUARE),),
    "wulin square": (KnownPlace({"zh_Hans": "武林广场", "en": "Wulin Square"}, SQUARE),),
    "人民路": (
        KnownPlace({"zh_Hans": "人民路（东）", "en": "Renmin Road East"}, SQUARE + 1),
        KnownPlace({"zh_Hans": "人民路（西）", "en": "Renmin Road West"}, SQUARE + 2),
    ),
}


@dataclass(frozen=True)
class Stops(Gazetteer):
    """Knows the places of this test."""

    def find(self, city: str, written: str) -> Named:
        places = KNOWN.get(written.strip().casefold(), ()) if city == TOWN.slug else ()
        return Named(bool(places), places)


@pytest.fixture
def resident(catalogs: Catalogs) -> Resident:
    resident = Resident(catalogs, SERVICES, topics=TOPICS, cities={TOWN.slug: TOWN}, gazetteer=Stops())
    resident.city = TOWN
    return resident


async def test_a_place_is_shared_explained_and_confirmed(resident: Resident) -> None:
    """Before the yes the resident reads what would be kept; nothing is kept before."""
    await resident.say("我要订阅通知", "subscribe")
    await resident.press("附近的通知")
    assert resident.effects == ()
    said = await resident.share(30.275, 120.165)
    assert "30.27–30.28" in said
    assert "1公里" in said
    assert resident.effects == ()
    await resident.press("开启")
    assert resident.effects == (FollowPlace(cell=cell_at(30.275, 120.165)),)


@pytest.mark.parametrize(
    "said",
    ["附近的通知", "订阅附近的通知", "我想接收我家附近的通知", "notices near me", "I'd like to get alerts near here"],
)
async def test_words_begin_it(resident: Resident, said: str) -> None:
    """Said in words it is asked where."""
    await resident.say(said, "subscribe")
    assert resident.session.pending == {"kind": "near"}
    assert resident.effects == ()


@pytest.mark.parametrize("said", ["武林广场附近的通知", "notices near Wulin Square", "订阅武林广场附近的公告"])
async def test_a_place_is_named_at_once(resident: Resident, said: str) -> None:
    """A stop that is named needs no further question but whether."""
    answer = await resident.say(said, "subscribe")
    assert "武林广场" in answer
    await resident.say("好的", "affirm")
    assert resident.effects == (FollowPlace(cell=SQUARE),)


async def test_several_places_of_a_name_stand_on_buttons(resident: Resident) -> None:
    """Which of them is asked."""
    await resident.say("附近的通知", "subscribe")
    await resident.say("人民路", "inform")
    await resident.press("人民路（西）")
    assert resident.effects == ()
    await resident.press("开启")
    assert resident.effects == (FollowPlace(cell=SQUARE + 2),)


async def test_a_no_keeps_nothing(resident: Resident) -> None:
    """Nor does anything else that is no yes."""
    await resident.say("武林广场附近的通知", "subscribe")
    said = await resident.say("不要", "deny")
    assert "没有登记位置" in said
    assert resident.effects == ()
    await resident.say("武林广场附近的通知", "subscribe")
    await resident.say("查下交通违章", "traffic_fines")
    assert resident.effects == ()


async def test_what_is_no_place_is_asked_again(resident: Resident) -> None:
    """An unknown name says so; a place of another city is not taken."""
    await resident.say("附近的通知", "subscribe")
    assert "没有找到" in await resident.say("天上人间", "nlu_fallback")
    assert "不在" in await resident.share(0.5, 0.5)
    assert resident.effects == ()


@pytest.mark.parametrize("said", ["退订附近的通知", "不要附近的通知了", "stop notices near me"])
async def test_they_are_ended_in_words(resident: Resident, said: str) -> None:
    """Of all places at once; who has none is told so."""
    await resident.say(said, "unsubscribe")
    assert resident.effects == ()
    resident.places = (SQUARE,)
    await resident.say(said, "unsubscribe")
    assert resident.effects == (LeavePlaces(),)


async def test_who_has_places_alone_can_end_all(resident: Resident) -> None:
    """Unsubscribing ends them too, and asks which where there are topics beside."""
    resident.places = (SQUARE,)
    await resident.say("退订", "unsubscribe")
    assert resident.effects == (Unsubscribe(),)
    resident.subscriptions = (Subscription(topic="water"),)
    await resident.say("退订", "unsubscribe")
    assert resident.effects == ()
    await resident.press("附近的通知")
    assert resident.effects == (LeavePlaces(),)


async def test_more_places_than_that_are_not_taken(resident: Resident) -> None:
    """It says how many there may be; the same twice is said to be there already."""
    resident.places = (SQUARE,)
    await resident.say("武林广场附近的通知", "subscribe")
    assert "已经开启" in await resident.press("开启")
    resident.places = cast(Any, tuple(range(5)))
    assert "最多" in await resident.say("附近的通知", "subscribe")
    assert resident.effects == ()


async def test_questions_begin_nothing(resident: Resident) -> None:
    """What is going on nearby is asked, not followed."""
    await resident.say("附近有什么通知", "latest_announcements")
    assert resident.session.pending is None
