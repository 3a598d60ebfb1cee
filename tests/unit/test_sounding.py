"""Names of options told by how they sound."""

import pytest

from actions.fields.choice import Choice
from actions.fields.reading import Option
from actions.fields.sounding import alike, letters, places, syllables
from desk.city.files import Names
from values.definition import Accepted

OFFICES = ["西湖区婚姻登记处", "上城区婚姻登记处", "儿童医院", "杭州市第一人民医院"]
DEPARTMENTS = ["口腔科", "牙科", "内科"]


@pytest.mark.parametrize(
    ("said", "names"),
    [
        ("口强科", ["口腔科"]),
        ("亚科", ["牙科"]),
        ("yake", ["牙科"]),
        ("Yákē", ["牙科"]),
        ("kou qiang ke", ["口腔科"]),
        ("挂口强科吧", ["口腔科"]),
    ],
)
def test_a_department_is_told_by_its_sound(said: str, names: list[str]) -> None:
    """Other characters, letters, tones as marks, spaces: what counts is the syllables."""
    assert alike(said, DEPARTMENTS) == names


@pytest.mark.parametrize(
    ("said", "names"),
    [
        ("西胡", ["西湖区婚姻登记处"]),
        ("shangcheng", ["上城区婚姻登记处"]),
        ("diyi renmin yiyuan", ["杭州市第一人民医院"]),
        ("ertong", ["儿童医院"]),
    ],
)
def test_a_name_is_told_by_how_it_begins_or_ends(said: str, names: list[str]) -> None:
    """Nobody types the whole name of an office."""
    assert alike(said, OFFICES) == names


@pytest.mark.parametrize("said", ["西", "同意", "nake ne", "好的", "yes please", "ke"])
def test_words_that_only_share_some_sound_name_nothing(said: str) -> None:
    """One syllable, and what is in the middle of a name (童医), is no name."""
    assert alike(said, [*OFFICES, *DEPARTMENTS]) == []


def test_a_name_in_a_sentence_is_found_where_it_stands() -> None:
    """As it is written there; a name of two syllables is not looked for among others."""
    assert places("我要订工交改道的消息", ["公交改道", "定工"]) == [(3, 7)]


def test_polyphones_are_read_as_their_word_has_them() -> None:
    """重 of 重庆 is no zhong."""
    assert syllables("重庆") == ("chong", "qing")


def test_letters_are_one_row_without_tones() -> None:
    """In small ones, with v for ü."""
    assert letters("Lǜ Kǎ") == "lvka"


@pytest.mark.parametrize(("written", "value"), [("西胡区", "xihu"), ("xihu qu", "xihu"), ("上诚", "shangcheng")])
def test_a_choice_is_read_by_sound(written: str, value: str) -> None:
    """Where no name is written, the one that is sounded is meant."""
    districts = [("xihu", "西湖区", "West Lake"), ("shangcheng", "上城区", "Upper Town")]
    options = [Option(slug, Names(zh_Hans=name, en=english)) for slug, name, english in districts]
    assert Choice(options).read(written) == Accepted(value)
