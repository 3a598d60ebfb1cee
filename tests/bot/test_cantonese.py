"""Cantonese words of danger are read as standard Chinese has them."""

import pytest

from bot.components.cantonese import standard
from values.writing import shadow


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("屋企着火點算", "家里着火怎么办"),
        ("阿媽跌親郁唔到", "阿妈摔伤动不了"),
        ("去下沙坐邊架車", "去下沙坐边架车"),
        ("my flat is on fire", "my flat is on fire"),
    ],
)
def test_words_of_danger_are_standard(said: str, meant: str) -> None:
    """The rest stays."""
    assert standard(shadow(said)) == meant
