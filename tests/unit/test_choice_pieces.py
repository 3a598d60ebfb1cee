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
