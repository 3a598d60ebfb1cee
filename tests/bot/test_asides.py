"""Pieces of a message in which an emergency may be told as an aside."""

import pytest

from bot.components.heads.asides import PIECE, WINDOW, asides


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("查下煤气费 等等 厨房好像有煤气味", ["查下煤气费", "等等", "厨房好像有煤气味"]),
        ("算了，不填了。活着没意思", ["算了", "不填了", "活着没意思"]),
        ("pay my gas bill, wait, I smell gas", ["pay my gas bill", "wait", "I smell gas"]),
        ("厨房有煤气味", []),
    ],
)
def test_pieces_stand_between_marks(text: str, pieces: list) -> None:
    """Blanks between Chinese characters are marks, too; one short piece is the message itself."""
    assert list(asides(text)) == [(piece, PIECE) for piece in pieces]


def test_dictated_text_is_heard_in_windows() -> None:
    """Every character stands in one, and neighbours overlap."""
    text = "快点帮我找个医院我爸嘴突然歪了一边胳膊抬不起来了碑林这边哪个医院好啊"
    windows = [piece for piece, more in asides(text) if more == WINDOW]
    assert set(text) == set("".join(windows))
    assert "我爸嘴突然歪了一边胳膊抬不起" in windows[1]
