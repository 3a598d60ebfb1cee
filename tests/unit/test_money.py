"""Sums as residents write them."""

from decimal import Decimal

import pytest

from values.types.amount import money


@pytest.mark.parametrize(
    ("written", "sum_"),
    [
        ("86.40", "86.40"),
        ("¥86.40", "86.40"),
        ("RMB 1,200.50", "1200.50"),
        ("200 yuan", "200"),
        ("２００元", "200"),
        ("58块6", "58.6"),
        ("67蚊半", "67.5"),
        ("十六块五", "16.5"),
        ("兩百塊", "200"),
        ("一百五", "150"),
        ("一百零五", "105"),
        ("三千二百", "3200"),
        ("兩萬", "20000"),
        ("二十块钱", "20"),
        ("two hundred yuan", "200"),
        ("one hundred and fifty", "150"),
        ("twelve hundred kuai", "1200"),
        ("三百多", None),
        ("幾百塊", None),
        ("about 200", None),
        ("", None),
    ],
)
def test_money_is_read_exactly_or_not_at_all(written: str, sum_: str | None) -> None:
    """Digits, Chinese and English numerals, 毛 after 块; what is only roughly said is no sum."""
    assert money(written) == (None if sum_ is None else Decimal(sum_))
