"""The table of how characters sound."""

from collections import Counter

from tools.readings import readings


def test_a_character_of_several_readings_tells_how_often_it_has_each() -> None:
    """In tenths, at least one and at most nine; one of a single reading has no digit."""
    counted = {"不": Counter(bu=1000), "重": Counter(zhong=6, chong=4), "差": Counter(cha=90, ci=10)}
    assert readings(counted) == {"bu": "不", "zhong": "重6", "chong": "重4", "cha": "差9", "ci": "差1"}


def test_a_reading_that_hardly_ever_is_meant_is_left_out() -> None:
    """Or fou would be read as 不."""
    assert readings({"不": Counter(bu=99, fou=1)}) == {"bu": "不"}
