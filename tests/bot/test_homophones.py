"""Characters that were written for others of the same sound."""

import pytest

from bot.components.text.homophones import Homophones
from bot.components.text.language_model import LanguageModel

LINES = [
    "我要交电费",
    "电费怎么交",
    "公交车什么时候到",
    "武林广场怎么走",
    "违章罚款怎么交",
    "那家工厂在哪里",
    "我要去武林广场",
]


@pytest.fixture(scope="module")
def homophones() -> Homophones:
    """What a few lines teach that are often said."""
    return Homophones(LanguageModel.fit(LINES * 40, {}))


@pytest.mark.parametrize(
    ("written", "meant"),
    [("我要交电废", "我要交电费"), ("工交车什么时候到", "公交车什么时候到"), ("武林广厂怎么走", "武林广场怎么走")],
)
def test_a_character_of_the_same_sound_is_set_right(homophones: Homophones, written: str, meant: str) -> None:
    """The text as people say it is far likelier."""
    assert homophones.corrected(written) == meant


@pytest.mark.parametrize("written", [*LINES, "", "next bus", "浙a12345", "蓥昉", "工厂违章"])
def test_what_is_said_so_and_what_nobody_knows_stay(homophones: Homophones, written: str) -> None:
    """A rare name is no error."""
    assert homophones.corrected(written) == written
