"""The words of an offered button are its press."""

import pytest

from actions.dialogue.reading.button_words import ButtonWords
from desk.texts.catalogs import Catalogs

CANCEL = {"command": "cancel_this", "title": {"key": "button.cancel", "args": {}}, "payload": "/cancel"}
PAY = {
    "command": "pay_some",
    "title": {"key": "button.pay", "args": {"amount": {"money": "200.00"}}},
    "payload": '/choose{"reference": "1"}',
}
PAY_OTHER = {**PAY, "payload": '/choose{"reference": "2"}'}


@pytest.mark.parametrize(
    ("text", "buttons", "payload"),
    [
        pytest.param("取消", [CANCEL], "/cancel", id="its words"),
        pytest.param(" 取消！", [CANCEL], "/cancel", id="with signs"),
        pytest.param("cancel", [CANCEL], "/cancel", id="in another language"),
        pytest.param("缴纳200.00元", [CANCEL, PAY], '/choose{"reference": "1"}', id="with a value"),
        pytest.param("繳納200.00元", [PAY], '/choose{"reference": "1"}', id="in the other script"),
        pytest.param("缴纳200.00元", [PAY, PAY_OTHER], None, id="two that differ: it is asked"),
        pytest.param("取消预约", [CANCEL], None, id="more than its words"),
        pytest.param("？？", [CANCEL], None, id="nothing"),
    ],
)
def test_words_of_a_button(
    text: str, buttons: list[dict[str, object]], payload: str | None, catalogs: Catalogs
) -> None:
    """As it stands there, whatever signs, script or language."""
    stated = {"step": "idle", "buttons": buttons}
    assert ButtonWords(catalogs).payload(text, stated) == payload  # type: ignore[arg-type]


def test_nothing_was_offered(catalogs: Catalogs) -> None:
    """Without a situation nothing is a press."""
    assert ButtonWords(catalogs).payload("取消", None) is None


def _option(name: str, number: int, command: str = "choose") -> dict[str, object]:
    title = {"key": "card.value", "args": {"value": name}}
    return {"command": command, "title": title, "payload": f'/inform{{"office": "{number}"}}'}


OFFICES = [
    _option(name, number) for number, name in enumerate(["西湖区婚姻登记处", "上城区婚姻登记处", "杭州市中医院"])
]


@pytest.mark.parametrize(
    ("text", "buttons", "chosen"),
    [
        pytest.param("西湖区", OFFICES, 0, id="a part of it"),
        pytest.param("就中医院吧", [_option("中医院", 0)], 0, id="a little more"),
        pytest.param("上城区婚姻登机处", OFFICES, 1, id="with an error"),
        pytest.param("婚姻登记处", OFFICES, None, id="two are as like"),
        pytest.param("区", OFFICES, None, id="too short"),
        pytest.param("residense permit", [_option("residence permit", 0)], 0, id="English with an error"),
        pytest.param("取消预约了", [_option("取消预约", 0, "withdraw")], None, id="an end wants its words"),
        pytest.param("我想先问问哪个近", OFFICES, None, id="a question"),
    ],
)
def test_nearly_the_words_of_a_button(
    text: str, buttons: list[dict[str, object]], chosen: int | None, catalogs: Catalogs
) -> None:
    """The one button that a text is nearly the title of; none where two are, or where it would do something."""
    stated = {"step": "choosing", "buttons": buttons}
    payload = None if chosen is None else f'/inform{{"office": "{chosen}"}}'
    assert ButtonWords(catalogs).near(text, stated) == payload  # type: ignore[arg-type]
