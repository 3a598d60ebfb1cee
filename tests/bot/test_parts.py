"""A message is cut where something else may begin, and never through a value."""

from typing import Any, Dict, List

import pytest

from bot.parts import parts


def cut(text: str, *values: str) -> List[str]:
    entities: List[Dict[str, Any]] = [{"start": text.index(one), "end": text.index(one) + len(one)} for one in values]
    return [text[start:end].strip() for start, end in parts(text, entities)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("查社保，再看下28路", ["查社保", "看下28路"]),
        ("水费和电费", ["水费", "电费"]),
        ("不办了 帮我看下公交", ["不办了", "帮我看下公交"]),
        ("check my fines and also my water bill", ["check my fines", "my water bill"]),
        ("28路到武林广场还有几站", ["28路到武林广场还有几站"]),
        ("下班車仲有幾耐", ["下班車仲有幾耐"]),
        ("一共2,000.50元", ["一共2,000.50元"]),
        ("好的", ["好的"]),
        ("我想交燃气费还要坐7路去火车站", ["我想交燃气费", "坐7路去火车站"]),
        ("我今朝要查社保仲想睇下巴士幾時到", ["我今朝要查社保", "睇下巴士幾時到"]),
        ("办这个证还要交多少钱", ["办这个证还要交多少钱"]),
        ("离婚证还要带吗", ["离婚证还要带吗"]),
        ("坐这路车还要坐几站", ["坐这路车还要坐几站"]),
        ("领证还需要预约吗", ["领证还需要预约吗"]),
        ("my fine, in addition the gas bill", ["my fine", "the gas bill"]),
        ("the air while you're at it the 28 bus", ["the air", "the 28 bus"]),
    ],
)
def test_cuts(text: str, found: List[str]) -> None:
    """At marks, blanks between characters, and words that join; not where they do not join."""
    assert cut(text) == found


def test_no_cut_through_a_value() -> None:
    """和 in the name of a road joins nothing."""
    assert cut("28路到和平路几点", "和平路") == ["28路到和平路几点"]


def test_what_is_told_at_length_is_not_cut() -> None:
    """Many parts are a story."""
    assert parts("路灯坏了，在路口，旁边是药店，对面有学校，晚上很黑，有人摔倒，上周报过，没人来，大家都怕") == []


def test_a_polite_message_with_three_wishes_has_its_parts() -> None:
    """A greeting, what it is about and thanks leave room for them."""
    said = "Hi there! We just moved. My water bill, then the fine on my car, and the next 28 bus. Many thanks!"
    assert cut(said)[2:5] == ["My water bill", "the fine on my car", "the next 28 bus"]
