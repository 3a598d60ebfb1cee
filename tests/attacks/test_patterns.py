"""Patterns that are looked for in what residents write: none goes over the same characters again and again."""

import re
import time

import pytest

from bot.components.text import pinyin_reader
from values.types import person_name, place

LENGTH, TIMES = 2_000, 8
PATTERNS = {
    "addresses in what is typed as pinyin": pinyin_reader._ADDRESS,
    "house numbers of a place": place._NUMBERED,
    "what stands between names": person_name._BETWEEN,
    "what joins names": person_name._AND,
}
FLOODS = ("a", "A", "1", " ", "a.", "a@", "甲1")


def cost(pattern: re.Pattern[str], text: str) -> float:
    """Processor time of looking for a pattern, the least of three."""
    taken = []
    for _ in range(3):
        began = time.process_time()
        pattern.findall(text)
        taken.append(time.process_time() - began)
    return min(taken)


@pytest.mark.parametrize("name", PATTERNS)
@pytest.mark.parametrize("flood", FLOODS)
def test_looking_grows_with_the_text_and_no_faster(name: str, flood: str) -> None:
    """Eight times as long takes some eight times as long; what starts over at each place takes 64 times."""
    short = (flood * LENGTH)[:LENGTH]
    usual = max(cost(PATTERNS[name], short), 0.0005)
    assert cost(PATTERNS[name], short * TIMES) < 4 * TIMES * usual
