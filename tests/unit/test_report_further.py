"""A further problem at the summary of the first."""

from dataclasses import replace

import pytest
from fixtures.hotline import Reporter
from fixtures.services import SERVICES
from fixtures.turns import turn_of

from actions.dialogue.state.turn import Part
from desk.contract.messages import Entity
from desk.contract.wire import Locale
from desk.texts.catalogs import Catalogs

SUMMARY = ("report_problem", None)


@pytest.mark.parametrize(
    ("locale", "text", "part"),
    [
        ("zh_Hans", "再报一个，学院路有个大坑", "一次办一件"),
        ("zh_Hant", "仲有一件事要報，學院路有個窿", "一次只能反映一件"),
        ("en", "another one: a pothole on Xueyuan Road", "One at a time"),
    ],
)
async def test_a_further_problem_waits_until_this_one_is_confirmed(
    catalogs: Catalogs, locale: Locale, text: str, part: str
) -> None:
    """At the summary nothing of the first is overwritten by the second."""
    resident = Reporter(catalogs, SERVICES, locale=locale)
    await resident.tell("文三路学院路口路灯不亮了 电话13800138000", place="文三路学院路口", phone="13800138000")
    await resident.say("skip", "deny")
    said = await resident.say(text, "report_problem", place="学院路")
    assert part in said
    assert resident.state == SUMMARY
    assert "文三路" in said


LIGHT = Part("文三路路灯不亮了", "report_problem", 0.97, entities=(Entity(entity="place", value="文三路"),))
COVER = Part("学院路井盖松了", "report_problem", 0.96, entities=(Entity(entity="place", value="学院路"),))
LIGHT_THERE = Part("学院路路灯也不亮", "report_problem", 0.96, entities=(Entity(entity="place", value="学院路"),))
DARK = Part("晚上很黑", "report_problem", 0.95)


def about(resident: Reporter) -> list[str | None]:
    return [frame.text("place") for frame in resident.session.open]


@pytest.mark.parametrize("second", [pytest.param(COVER, id="another kind"), pytest.param(LIGHT_THERE, id="elsewhere")])
async def test_two_problems_in_one_message_are_two_reports(catalogs: Catalogs, second: Part) -> None:
    """The second waits and is named; it is asked for no telephone again, and both are submitted."""
    resident = Reporter(catalogs, SERVICES)
    text = f"{LIGHT.text}，{second.text}"
    said = await resident.say(text, "report_problem", parts=(LIGHT, second), place="文三路")
    assert about(resident) == ["学院路", "文三路"]
    assert "（学院路）”也记下了" in said
    await resident.say("13800138000", "inform", phone="13800138000")
    await resident.say("没有", "deny")
    said = await resident.press("确认")
    assert resident.state == ("report_problem", "photo")
    assert "R0" in said
    assert "（学院路）" in said
    await resident.say("没有", "deny")
    await resident.press("确认")
    assert resident.state == (None, None)
    assert [(one.address, one.phone) for one in resident.hotline.reports.values()] == [
        ("文三路", "13800138000"),
        ("学院路", "13800138000"),
    ]


@pytest.mark.parametrize(
    "end",
    [
        pytest.param(Part("公交不坐了", "next_bus", 0.9, commands=(("cancel_this", 0.94),)), id="in its situation"),
        pytest.param(Part("取消", "cancel", 0.97, commands=(("cancel_this", 0.94),)), id="by its words"),
    ],
)
@pytest.mark.parametrize("place", [0, 1, 2])
async def test_two_problems_beside_an_end_are_two_reports(catalogs: Catalogs, end: Part, place: int) -> None:
    """What was open ends, that is told first, wherever it stands, and each problem keeps its own place."""
    resident = Reporter(catalogs, SERVICES)
    await resident.say("坐公交", "next_bus")
    light = replace(LIGHT, confidence=0.64)  # less surely by itself than the whole message
    parts = [replace(one, commands=(("provide", 0.8), ("start", 0.1))) for one in (light, COVER)]
    parts.insert(place, end)
    text = "，".join(one.text for one in parts)
    said = await resident.say(text, "report_problem", parts=parts, place="文三路")
    assert resident.outcome.replies[0].key == "common.set_aside"
    assert about(resident) == ["学院路", "文三路"]
    assert "（学院路）”也记下了" in said


UNKNOWN = Part("文三路那个玩意坏了", "report_problem", 0.66, entities=(Entity(entity="place", value="文三路"),))


@pytest.mark.parametrize(("confidence", "places"), [(0.66, ["学院路", "文三路"]), (0.4, None)])
async def test_a_problem_in_words_that_nobody_knows_is_told_apart_by_its_place(
    catalogs: Catalogs, confidence: float, places: list[str] | None
) -> None:
    """Where the whole surely reports: its category is asked for. What hardly reports is no report of its own."""
    resident = Reporter(catalogs, SERVICES)
    text, parts = f"{UNKNOWN.text}，{COVER.text}", (replace(UNKNOWN, confidence=confidence), COVER)
    await resident.say(text, "report_problem", parts=parts, place="文三路")
    assert (about(resident) == places) is (places is not None)
    assert resident.state[1] == ("category" if places else "phone")


async def test_one_problem_beside_an_end_is_one_report(catalogs: Catalogs) -> None:
    """What ended is not begun anew by its name."""
    resident = Reporter(catalogs, SERVICES)
    await resident.say("坐公交", "next_bus")
    parts = (
        Part("取消", "cancel", 0.97, commands=(("cancel_this", 0.94),)),
        Part("公交不坐了", "next_bus", 0.9, commands=(("start", 0.3),)),
        replace(LIGHT, commands=(("provide", 0.8),)),
    )
    await resident.say("取消，公交不坐了，文三路路灯不亮了", "report_problem", parts=parts, place="文三路")
    assert [frame.service for frame in resident.session.open] == ["report_problem"]
    assert about(resident) == ["文三路"]


async def test_a_no_ends_nothing_beside_words_of_another_service(catalogs: Catalogs) -> None:
    """It refuses what was said before: a bus stop is where the light is."""
    resident = Reporter(catalogs, SERVICES)
    await resident.say("路灯不亮了", "report_problem")
    parts = (
        Part("不对", "deny", 0.97, commands=(("change", 0.8),)),
        Part("公交车站旁边那盏", "next_bus", 0.9, commands=(("provide", 0.8), ("start", 0.1))),
    )
    await resident.say("不对，公交车站旁边那盏", "next_bus", parts=parts)
    assert "report_problem" in [frame.service for frame in resident.session.open]


@pytest.mark.parametrize(
    ("locale", "text", "places", "value"),
    [
        ("zh_Hans", "文三路的路灯不亮，就在邮电大厦门口", ("文三路", "邮电大厦门口"), "文三路，邮电大厦门口"),
        ("zh_Hant", "文三路盞路燈壞咗，喺郵電大廈對面", ("文三路", "郵電大廈對面"), "文三路，郵電大廈對面"),
        (
            "en",
            "the lamp on Wensan Road is out, the one by Post Tower",
            ("Wensan Road", "Post Tower"),
            "Wensan Road, Post Tower",
        ),
        ("zh_Hans", "不是学院路，文三路路灯不亮", ("学院路", "文三路"), "文三路"),
        ("zh_Hans", "文三路路灯不亮，我家楼下", ("文三路", "我家楼下"), "文三路"),
    ],
)
async def test_a_place_in_two_pieces_is_one(
    catalogs: Catalogs, locale: Locale, text: str, places: tuple[str, str], value: str
) -> None:
    """All that is told of it; but for what is refused, and what only the speaker knows."""
    resident = Reporter(catalogs, SERVICES, locale=locale)
    entities = tuple(Entity(entity="place", value=one) for one in places)
    turn = turn_of("c", "text", "report_problem", resident.city, locale, resident.now, text=text, entities=entities)
    await resident.take(turn)
    assert about(resident) == [value]


async def test_one_problem_in_two_clauses_is_one_report(catalogs: Catalogs) -> None:
    """What the second clause tells of no other kind and no other place belongs to the first."""
    resident = Reporter(catalogs, SERVICES)
    await resident.say("文三路路灯不亮了，晚上很黑", "report_problem", parts=(LIGHT, DARK), place="文三路")
    assert about(resident) == ["文三路"]


@pytest.mark.parametrize(
    ("text", "reports"),
    [("路灯坏得直闪，井盖松了响", 1), ("路灯坏得直闪，井盖也松了", 2), ("路灯坏得直闪还有井盖松了", 2)],
)
async def test_what_a_problem_leads_to_is_no_other_one(catalogs: Catalogs, text: str, reports: int) -> None:
    """Of another kind, but at no place of its own and added by no word."""
    resident = Reporter(catalogs, SERVICES)
    first, second = text.split("，") if "，" in text else text.split("还有")
    parts = (Part(first, "report_problem", 0.96), Part(second, "report_problem", 0.95))
    await resident.say(text, "report_problem", parts=parts)
    assert len(resident.session.open) == reports


@pytest.mark.parametrize(
    ("text", "place", "waits"),
    [
        ("还有学院路的井盖松了", "学院路", ["学院路", "文三路学院路口"]),
        ("不是路灯，是天目山路的井盖松了", "天目山路", ["文三路学院路口"]),
        ("再报一个，天目山路路灯也不亮", "天目山路", ["天目山路", "文三路学院路口"]),
    ],
)
async def test_another_problem_in_the_middle_waits(catalogs: Catalogs, text: str, place: str, waits: list[str]) -> None:
    """Of another kind elsewhere, or said to be another; a correction changes the one that is open."""
    resident = Reporter(catalogs, SERVICES)
    await resident.tell("文三路学院路口路灯不亮了 电话13800138000", place="文三路学院路口", phone="13800138000")
    await resident.say("skip", "deny")
    await resident.say(text, "report_problem", place=place)
    assert about(resident)[:-1] == waits[:-1]
    assert len(resident.session.open) == len(waits)
    assert resident.state == SUMMARY


STANDING = Part("我們企喺學院路", "report_problem", 0.96, entities=(Entity(entity="place", value="学院路"),))
BUS_THERE = Part("28路到武林广场", "next_bus", 0.95, entities=(Entity(entity="stop", value="武林广场"),))


@pytest.mark.parametrize(("first", "reports"), [(STANDING, False), (COVER, True)], ids=["a story", "a problem"])
async def test_a_clause_that_only_says_where_somebody_is_reports_nothing(
    catalogs: Catalogs, first: Part, *, reports: bool
) -> None:
    """Beside the wish for a bus; one that tells what is wrong is a report."""
    resident = Reporter(catalogs, SERVICES)
    ranking = {"next_bus": 0.7, "report_problem": 0.2}
    text = f"{first.text}，{BUS_THERE.text}"
    await resident.say(text, "next_bus", ranking=ranking, parts=(first, BUS_THERE), stop="武林广场")
    assert ("report_problem" in [frame.service for frame in resident.session.open]) is reports
