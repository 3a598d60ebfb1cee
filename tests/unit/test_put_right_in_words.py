"""A correction changes what it names, whatever is told beside it, and nothing else."""

import pytest
from fixtures.booking import HOSPITAL, MARRIAGE, NAMES, NEXT_WEDNESDAY, PHONE, Applicant
from fixtures.hotline import Reporter
from fixtures.services import SERVICES

from actions.dialogue.state.turn import Part
from actions.fields.place import is_extended
from desk.contract.commands import Command
from desk.contract.messages import Entity
from desk.contract.wire import Locale
from desk.texts.catalogs import Catalogs


def category(resident: Reporter) -> str | None:
    """The code of what is being reported."""
    return resident.session.open[-1].text("category")


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("我娘明天要去做检查，得有人陪，改成12月4号", "2026-12-04"),
        ("影相舖話聽日滿咗，改到12月4號", "2026-12-04"),
        ("sorry, my sister visits tomorrow, make it 4 December", "2026-12-04"),
    ],
)
async def test_another_day_in_the_middle_of_a_form(catalogs: Catalogs, text: str, day: str) -> None:
    """It is taken at once; the question that was open stays, and nothing is looked up for the story."""
    resident = Applicant(catalogs, SERVICES, MARRIAGE)
    await resident.say(f"预约登记结婚 西湖区婚姻登记处 {NEXT_WEDNESDAY} 10:00", MARRIAGE, office="西湖区婚姻登记处")
    asked = resident.state
    parts = (Part(text.partition("，")[2] or text, "nlu_fallback", 0.4), Part("12月4号", "change_appointment", 0.6))
    await resident.say(text, "nlu_fallback", parts=parts)
    assert (resident.state, resident.session.open[-1].values["date"]) == (asked, day)


async def test_a_no_beside_a_name_ends_no_form(catalogs: Catalogs) -> None:
    """The patient is another one; the rest stays."""
    resident = Applicant(catalogs, SERVICES, HOSPITAL)
    await resident.say(f"挂号 第一医院 骨科 {NEXT_WEDNESDAY} 10:00", HOSPITAL, office="第一医院", department="骨科")
    await resident.say(NAMES[0], "inform", person_name=NAMES[0])
    parts = (
        Part("写错了写错了", "deny", 0.97),
        Part("来的不是他", "nlu_fallback", 0.4),
        Part("名字是吴雨桐", "inform", 0.9, entities=(Entity(entity="person_name", value="吴雨桐"),)),
        Part("该带谁的卡", "nlu_fallback", 0.4, commands=(("ask_papers", 0.9),)),
    )
    await resident.say("写错了写错了，来的不是他。名字是吴雨桐，该带谁的卡", "deny", parts=parts, person_name="吴雨桐")
    front = resident.session.front
    assert front is not None
    assert front.values["person_name"] == "吴雨桐"
    assert front.values["department"] == "orthopaedics"


@pytest.mark.parametrize(
    ("place", "text", "whole"),
    [
        ("文三路", "怕人找不着，地址开头再补上“古荡”", "古荡文三路"),
        ("文三路", "地址後面補上三號門，唔該", "文三路三號門"),
        ("Wensan Road", "put Gudang in front of it please", "Gudang, Wensan Road"),
        ("Wensan Road", "write “by gate 2” at the end", "Wensan Road, by gate 2"),
    ],
)
async def test_words_before_or_behind_a_place(catalogs: Catalogs, place: str, text: str, whole: str) -> None:
    """What says where they go is none of it."""
    resident = Reporter(catalogs, SERVICES)
    await resident.summed_up(place=place)
    before = resident.session.open[-1]
    await resident.tell(text, "correct", place=text)
    now = resident.session.open[-1]
    assert (now.text("place"), now.text("description")) == (whole, before.text("description"))


@pytest.mark.parametrize("text", ["前面的路灯坏了", "put it in front of the gate", "后面没人管"])
def test_what_only_tells_where_extends_nothing(text: str) -> None:
    """It may be a place of its own."""
    assert not is_extended(text)


async def test_another_category_keeps_what_was_told(catalogs: Catalogs) -> None:
    """But for what is refused in its own words; and the wish that it be changed tells nothing."""
    resident = Reporter(catalogs, SERVICES, locale="en")
    told = "the lamp post shakes on Wensan Road, an old man fell there"
    await resident.tell(told, place="Wensan Road")
    await resident.tell("13800138000", "inform", phone="13800138000")
    await resident.tell("no photo", "deny")
    await resident.tell("it is not a light fault, I mean a manhole lid is open. please change that", "correct")
    words = resident.session.open[-1].text("description") or ""
    assert category(resident) == "cover"
    assert "an old man fell there" in words
    assert "a manhole lid is open" in words
    assert "change" not in words


@pytest.mark.parametrize(
    ("locale", "text", "words"),
    [
        ("zh_Hans", "我写的描述哪去了？改回来：井盖没了，晚上看不见", "井盖没了，晚上看不见"),
        (
            "en",
            "where is my description? put it back: a lid is missing by the tea shop",
            "a lid is missing by the tea shop",
        ),
    ],
)
async def test_a_description_behind_a_colon_is_the_description(
    catalogs: Catalogs, locale: Locale, text: str, words: str
) -> None:
    """Whatever else the message asks."""
    resident = Reporter(catalogs, SERVICES, locale=locale)
    await resident.summed_up()
    await resident.tell(text, "nlu_fallback")
    assert resident.session.open[-1].text("description") == words


async def test_a_category_that_is_only_refused_is_not_chosen(catalogs: Catalogs) -> None:
    """It is asked for again."""
    resident = Reporter(catalogs, SERVICES, locale="en")
    await resident.tell("something is wrong here")
    assert resident.state == ("report_problem", "category")
    await resident.tell("no, not the street light!! my tooth hurts", "deny")
    assert resident.state == ("report_problem", "category")


CONFIRMS = (("confirm", 0.95),)


@pytest.mark.parametrize(
    ("text", "heard", "beside"),
    [
        pytest.param(
            "没错，约吧。谢谢小同志",
            "thanks",
            Part("谢谢小同志", "thanks", 0.95, commands=(("thanks", 0.9),)),
            id="thanks",
        ),
        pytest.param(
            "没错，约吧。钱那天在窗口付行吗",
            "ask_payment",
            Part("钱那天在窗口付行吗", "payment_status", 0.6, commands=(("ask_payment", 0.8),)),
            id="a question",
        ),
    ],
)
async def test_a_yes_beside_a_remark_books(catalogs: Catalogs, text: str, heard: Command, beside: Part) -> None:
    """Thanks and a question that doubts nothing take no yes away."""
    resident = Applicant(catalogs, SERVICES, HOSPITAL, pays=True)
    await resident.see_doctor()
    resident.commands = (("confirm", 0.5), (heard, 0.4))
    parts = (Part("没错", "affirm", 0.95, commands=CONFIRMS), Part("约吧", "affirm", 0.93, commands=CONFIRMS), beside)
    await resident.say(text, "thanks", parts=parts)
    assert len(resident.agency.live) == 1


async def test_a_doubt_beside_a_yes_books_nothing(catalogs: Catalogs) -> None:
    """A yes with a but is asked about."""
    resident = Applicant(catalogs, SERVICES, HOSPITAL, pays=True)
    await resident.see_doctor()
    resident.commands = (("confirm", 0.5), ("move", 0.4))
    move = Part("能换到下午吗", "change_appointment", 0.7, commands=(("move", 0.8),))
    await resident.say(
        "没错，能换到下午吗", "nlu_fallback", parts=(Part("没错", "affirm", 0.95, commands=CONFIRMS), move)
    )
    assert resident.agency.live == []


async def test_who_pays_there_is_offered_no_payment(catalogs: Catalogs) -> None:
    """Said once, before the yes: where it is paid is said, and no order is made; nor when it is moved."""
    resident = Applicant(catalogs, SERVICES, HOSPITAL, pays=True)
    await resident.see_doctor()
    await resident.say("钱那天在窗口付", "inform")
    said = await resident.say("确认", "affirm")
    assert [type(one).__name__ for one in resident.effects] == ["KeepCase"]
    assert "当天在现场缴纳" in said
    assert PHONE not in said


async def test_an_order_names_the_day_that_it_was_moved_to(catalogs: Catalogs) -> None:
    """The one of the old day is closed."""
    resident = Applicant(catalogs, SERVICES, HOSPITAL, pays=True)
    await resident.see_doctor()
    await resident.say("确认", "affirm")
    (order,) = [one for one in resident.effects if type(one).__name__ == "OpenOrder"]
    resident.orders = (resident.note(order),)
    await resident.say("改到12月4号", "change_appointment", date="12月4号")
    said = await resident.say("确认", "affirm")
    assert [type(one).__name__ for one in resident.effects] == ["KeepCase", "CloseOrder", "OpenOrder"]
    assert "2026年12月4日" in said.partition("应付")[0].rpartition("费用（")[2]
