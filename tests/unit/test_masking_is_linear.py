"""Masking of long texts: no pattern goes over the same characters again and again."""

import time

import pytest

from desk.texts.masking import masked

LENGTH = 5_000
TIMES = 8
FLOODS = {
    "full-width digits": "１",
    "digits": "1",
    "letters": "a",
    "letters and digits": "a1",
    "words with dots": "a.",
    "plus signs": "+",
    "numbers of a kind": "T-1",
    "an address that goes on": "a@b-",
    "prefixes": "+86",
    "said digits": "六",
    "floors": "3楼",
    "houses": "3幢",
    "flats": "flat ",
    "a plate that goes on": "浙A" + " " * 5_000,
}


def cost(flood: str, length: int) -> float:
    """Processor time of masking so much of a flood, the least of three."""
    text, taken = (flood * length)[:length], []
    for _ in range(3):
        began = time.process_time()
        masked(text)
        taken.append(time.process_time() - began)
    return min(taken)


@pytest.mark.parametrize("name", FLOODS)
def test_masking_grows_with_the_text_and_no_faster(name: str) -> None:
    """Eight times as long takes some eight times as long; a pattern that starts over at each place takes 64 times."""
    assert cost(FLOODS[name], LENGTH * TIMES) < 4 * TIMES * max(cost(FLOODS[name], LENGTH), 0.0005)
