"""Parts of text messages: which alphabet, how many units, how many parts, what they cost."""

from decimal import Decimal

import pytest

from desk.texts.parts import parts_of


@pytest.mark.parametrize(
    ("text", "encoding", "units", "parts"),
    [
        ("", "gsm7", 0, 1),
        ("a" * 160, "gsm7", 160, 1),
        ("a" * 161, "gsm7", 161, 2),
        ("a" * 306, "gsm7", 306, 2),
        ("a" * 307, "gsm7", 307, 3),
        ("€" * 80, "gsm7", 160, 1),
        ("a" * 152 + "€" + "b" * 152, "gsm7", 306, 3),  # the escape and its character stay together
        ("é£ñÄ", "gsm7", 4, 1),
        ("ê", "ucs2", 1, 1),
        ("水" * 70, "ucs2", 70, 1),
        ("水" * 71, "ucs2", 71, 2),
        ("水" * 134, "ucs2", 134, 2),
        ("水" * 135, "ucs2", 135, 3),
        ("😀" * 35, "ucs2", 70, 1),
        ("😀" * 66, "ucs2", 132, 2),
        ("😀" * 67, "ucs2", 134, 3),  # 67 words hold 33 whole characters
        ("【杭州发布】Water is back.", "ucs2", 20, 1),
    ],
)
def test_a_text_is_counted_as_networks_count(text: str, encoding: str, units: int, parts: int) -> None:
    """160 or 153 septets, 70 or 67 words of UTF-16; no character is divided."""
    counted = parts_of(text)
    assert (counted.encoding, counted.units, counted.parts) == (encoding, units, parts)


def test_cost_is_parts_times_price() -> None:
    """To the tenth of a fen, as gateways charge."""
    assert parts_of("水" * 71).cost(Decimal("0.045")) == Decimal("0.090")
