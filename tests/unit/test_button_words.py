"""The words of an offered button are its press."""

import pytest

from actions.dialogue.button_words import ButtonWords
from desk.i18n import Catalogs

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
