"""An option is known by the piece of its name that no other's has."""

import pytest

from actions.fields.choice import Choice
from actions.fields.reading import Option
from desk.city.files import Names
from values.definition import Accepted, Rejected

OFFICES = Choice(
    [
        Option("yuexiu", Names(zh_Hans="越秀区婚姻登记处", en="Yuexiu District Marriage Registry")),
        Option("haizhu", Names(zh_Hans="海珠区婚姻登记处", en="Haizhu District Marriage Registry")),
        Option("xihu", Names(zh_Hans="西湖区婚姻登记处", en="Xihu District Marriage Registry")),
        Option("cixi", Names(zh_Hans="慈溪市婚姻登记处", en="Cixi Marriage Registry")),
    ]
)
HOSPITALS = Choice(
    [
        Option("first", Names(zh_Hans="宁波市第一医院", en="Ningbo First Hospital")),
        Option("second", Names(zh_Hans="宁波市第二医院", en="Ningbo Second Hospital")),
        Option("huili", Names(zh_Hans="宁波市医疗中心李惠利医院", en="Ningbo Medical Center Lihuili Hospital")),
        Option("children", Names(zh_Hans="妇女儿童医院", en="Women and Children's Hospital of Ningbo")),
    ],
    ("宁波", "Ningbo"),
)
BILLS = Choice(
    [
        Option("water", Names(zh_Hans="水费", en="water"), ("水", "自来水")),
        Option("electricity", Names(zh_Hans="电费", en="electricity"), ("电", "电力")),
        Option("gas", Names(zh_Hans="燃气费", en="gas"), ("气", "煤", "煤气")),
    ]
)


@pytest.mark.parametrize("text", ["Yuexiu 啊 i said already", "the yuexiu one", "越秀那边的", "就在越秀吧谢谢"])
def test_a_piece_is_enough(text: str) -> None:
    """Whatever stands beside it."""
    assert OFFICES.read(text) == Accepted("yuexiu")


@pytest.mark.parametrize("text", ["婚姻登记处", "the registry of the district", "随便哪个"])
def test_what_all_have_tells_none(text: str) -> None:
    """A word that stands in every name chooses nothing."""
    assert isinstance(OFFICES.read(text), Rejected)


@pytest.mark.parametrize(
    ("choice", "text", "meant"),
    [
        (OFFICES, "two of us, in Xihu, tuesday maybe", "xihu"),
        (OFFICES, "想喺海珠註冊", "haizhu"),
        (OFFICES, "我们在慈溪领证行不行", "cixi"),
        (HOSPITALS, "腰疼，看二院的骨头医生", "second"),
        (HOSPITALS, "dentist at Lihuili if you can", "huili"),
    ],
)
def test_a_piece_is_found_in_any_sentence(choice: Choice, text: str, meant: str) -> None:
    """A district without its kind, what is spelt as it sounds, a short form with its number."""
    found = choice.parts(text, asked=False)
    assert [choice.read(one) for one in found] == [Accepted(meant)]


@pytest.mark.parametrize(
    ("choice", "text"),
    [
        (OFFICES, "户口在海珠，想在越秀办"),
        (OFFICES, "就在西湖大道旁边住"),
        (HOSPITALS, "my first child, two women and a children's book"),
        (HOSPITALS, "我要去宁波的医院"),
        (HOSPITALS, "这是我第一次去医院"),
    ],
)
def test_what_may_mean_something_else_tells_none(choice: Choice, text: str) -> None:
    """Two options, a road, words of a language, the city."""
    assert choice.parts(text, asked=False) == []


@pytest.mark.parametrize(
    ("choice", "text", "meant"),
    [
        (HOSPITALS, "一院呀，不是说了嘛", "first"),
        (HOSPITALS, "李惠利那家", "huili"),
        (HOSPITALS, "妇儿医院", "children"),
        (BILLS, "水嘛，喝的水", "water"),
        (BILLS, "點個電啦唔該", "electricity"),
    ],
)
def test_where_it_is_asked_for_a_short_form_is_enough(choice: Choice, text: str, meant: str) -> None:
    """With courtesy or grumbling around it."""
    assert choice.attempts(text)
    assert choice.read(text) == Accepted(meant)


VISITS = Choice(
    [
        Option("once", Names(zh_Hans="一年一次", en="once in a year"), ("一次", "once")),
        Option("twice", Names(zh_Hans="一年两次", en="twice in a year"), ("两次", "twice")),
    ]
)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("I go there twice a month", []),
        ("我每月两次要过去", []),
        ("twice in a year please", ["twice in a year"]),
        ("两次那种", ["两次"]),
    ],
)
def test_how_often_something_else_is_chooses_nothing(text: str, found: list[str]) -> None:
    """The name says how often in a year."""
    assert list(VISITS.find(text)) == found
