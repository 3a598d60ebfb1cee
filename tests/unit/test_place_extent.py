"""How far a place goes: crossing, gate, number and side stay with its name; a correction may widen it."""

import pytest

from values.place_extent import extended


@pytest.mark.parametrize(
    ("text", "value", "whole"),
    [
        ("文三路与学院路口东侧有个坑", "文三路", "文三路与学院路口东侧"),
        ("不对，是文三路与学院路口东侧，3号门旁边", "文三路与学院路口东侧", "文三路与学院路口东侧,3号门旁边"),
        ("朝晖六区3幢2单元门口垃圾没人收", "朝晖六区", "朝晖六区3幢2单元门口"),
        ("西湖文化广场地铁站C口的扶梯停了", "西湖文化广场地铁站", "西湖文化广场地铁站C口"),
        ("彌敦道同佐敦道交界有架車壞咗", "彌敦道", "彌敦道同佐敦道交界"),
        ("體育西路128號對面嘅路燈壞咗", "體育西路", "體育西路128號對面"),
        (
            "pothole at Wensan Road and Xueyuan Road, near gate 3, very deep",
            "Wensan Road",
            "Wensan Road and Xueyuan Road, near gate 3",
        ),
        ("the lamp on Wensan Road No. 138 is out", "Wensan Road", "Wensan Road No. 138"),
        ("文三路路灯坏了", "文三路", "文三路"),
        ("文三路有人乱倒垃圾", "文三路", "文三路"),
        ("文三路和昨天一样堵", "文三路", "文三路"),
        ("Wensan Road and it smells", "Wensan Road", "Wensan Road"),
    ],
)
def test_a_place_goes_as_far_as_its_details(text: str, value: str, whole: str) -> None:
    """What the understanding marked is widened to what belongs to it, and no further."""
    assert extended(text.replace("，", ","), value) == whole


@pytest.mark.parametrize(
    ("text", "value", "whole"),
    [
        ("一环路北三段我店子后头那个工地", "一环路", "一环路北三段"),
        ("noise at 2nd Ring Road West Section 1 every night", "2nd Ring Road West", "2nd Ring Road West Section 1"),
        ("人民南路四段路灯坏了", "人民南路", "人民南路四段"),
    ],
)
def test_the_section_of_a_road_belongs_to_it(text: str, value: str, whole: str) -> None:
    """A ring road is long."""
    assert extended(text, value) == whole
