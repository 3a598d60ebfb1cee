"""Where something is, in all the words that a resident has for it."""

import pytest
from fixtures.hotline import Reporter
from fixtures.services import SERVICES

from desk.texts.catalogs import Catalogs
from values.place_extent import extended
from values.place_told import completed, joined, told


@pytest.mark.parametrize(
    ("text", "marked", "whole"),
    [
        ("凤起路地铁站A口那个拐角 往里走第三盏灯", "凤起路地铁站A口", "凤起路地铁站A口那个拐角，往里走第三盏灯"),
        ("延安路庆春路口 靠麦当劳那边第三个井盖，谢谢了", "延安路", "延安路庆春路口，靠麦当劳那边第三个井盖"),
        (
            "體育西路128號對面，第二盞燈，電話13800138000",
            "體育西路128號",
            "體育西路128號對面，第二盞燈",
        ),
        ("on Wensan Road, by the post office, the lamp is broken", "Wensan Road", "Wensan Road, by the post office"),
        ("朝晖六区3幢2单元门口垃圾没人收", "朝晖六区3幢", "朝晖六区3幢2单元门口"),
        ("Wensan Road 88, on the left hand side", "Wensan Road 88", "Wensan Road 88, on the left hand side"),
        ("实验小学大门口，往西走没几步，路北边", "实验小学大门口", "实验小学大门口，往西走没几步，路北边"),
        ("文三路南邊，我間舖叫何記粥麵，對面係郵局", "文三路南邊", "文三路南邊，我間舖叫何記粥麵，對面係郵局"),
        ("文三路南边，过了桥右手边，地上有个大坑", "文三路南边", "文三路南边，过了桥右手边"),
    ],
)
def test_an_answer_to_where_is_taken_as_a_whole(text: str, marked: str, whole: str) -> None:
    """Without courtesy, telephone and complaint."""
    assert told(text, [marked], asked=True) == whole


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("地点不全呀 是A口出来右手边小巷 第三盏 改改", "A口出来右手边小巷，第三盏"),
        ("位置写错啦，地址是：文三路学院路口往东第二根杆", "文三路学院路口往东第二根杆"),
        ("the place is wrong, it should be Wensan Road by the post office", "Wensan Road by the post office"),
    ],
)
def test_a_place_told_anew_is_what_is_not_about_the_field(text: str, whole: str) -> None:
    """The words that it is wrong are no place."""
    assert told(text, [], asked=False) == whole


def test_a_place_told_anew_goes_on_from_the_end_of_the_one_before() -> None:
    """Who names its gate does not name the square again."""
    assert joined("武林广场北门", "北门巷子第二根杆") == "武林广场北门巷子第二根杆"
    assert joined("武林广场", "文三路口") == "文三路口"


@pytest.mark.parametrize(
    ("before", "text", "whole"),
    [
        ("文三路南边", "地点唔齐，漏咗「何记粥面对面」呀", "文三路南边，何记粥面对面"),
        ("文三路南边", "地点写错了，是“文二路北边”", "文二路北边"),
        ("文三路南边", "地点不全，是文三路88号", "文三路88号"),
        ("Wensan Road", 'the place is incomplete: "opposite the post office"', "Wensan Road, opposite the post office"),
    ],
)
def test_what_is_missing_in_a_place_goes_behind_it(before: str, text: str, whole: str) -> None:
    """What is wrong is replaced, once; what somebody quotes is meant to stand there."""
    found = told(text, [], asked=False)
    assert found is not None
    assert completed(before, found, text) == whole


@pytest.mark.parametrize(
    ("text", "value", "whole"),
    [
        ("a hole in the road at 中南路 by the mall, my bike", "中南路", "中南路 by the mall"),
        ("a lamp on Wensan Road next to the old bank is out", "Wensan Road", "Wensan Road next to the old bank"),
    ],
)
def test_what_it_is_beside_belongs_to_an_english_place(text: str, value: str, whole: str) -> None:
    """Up to the next word of the sentence."""
    assert extended(text, value) == whole


async def test_what_comes_beside_a_telephone_and_tells_where_goes_along(catalogs: Catalogs) -> None:
    """In the resident's words, in the summary."""
    resident = Reporter(catalogs, SERVICES)
    await resident.tell("路灯坏了，在文三路", place="文三路")
    await resident.tell("电话13800138000，别漏了巷子进去第二根杆", intent="inform", phone="13800138000")
    front = resident.session.front
    assert front is not None
    assert "第二根杆" in str(front.values["description"])
