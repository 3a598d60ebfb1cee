"""What short sentences about a bus wish."""

import pytest

from actions.services.next_bus.wishes import Wish, asks_hours, asks_where, wish_of


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        ("现在到哪了", Wish.WHERE), ("到哪儿了？", Wish.WHERE), ("车到哪里了", Wish.WHERE),
        ("架車而家喺邊", Wish.WHERE),
        ("這輛車現在在哪", Wish.WHERE), ("where is it now", Wish.WHERE), ("Where's the bus?", Wish.WHERE),
        ("还有几站", Wish.WHERE), ("how many stops away", Wish.WHERE),
        ("另一路", Wish.OTHER), ("另一路呢？", Wish.OTHER), ("那另外一路呢", Wish.OTHER), ("还有别的车吗", Wish.OTHER),
        ("有冇其他車", Wish.OTHER), ("what about the other line", Wish.OTHER), ("any other buses", Wish.OTHER),
        ("还有多久", Wish.AGAIN), ("还要等多久啊", Wish.AGAIN), ("仲有幾耐", Wish.AGAIN), ("车来了没", Wish.AGAIN),
        ("下一班呢", Wish.AGAIN), ("how long now?", Wish.AGAIN), ("is it here yet", Wish.AGAIN),
        ("我的签注办到哪了", Wish.NONE), ("where is my permit", Wish.NONE), ("", Wish.NONE),
        ("我要交违章罚款", Wish.NONE),
        ("武林广场还有多久停水", Wish.NONE),
    ],
)  # fmt: skip
def test_wish_of_knows_follow_ups_from_end_to_end(text: str, wish: Wish) -> None:
    """A follow-up is nothing but a follow-up: a sentence about something else is none."""
    assert wish_of(text) is wish


@pytest.mark.parametrize(
    ("text", "where"),
    [("28路到哪了", True), ("28路现在在哪", True), ("where is the 28", True), ("28路还有几站", True),
     ("28路还有多久", False), ("where to take the 28", False)],
)  # fmt: skip
def test_asks_where_sees_the_question_in_a_sentence(text: str, where: bool) -> None:
    """Beside a line or stop, asking for the position."""
    assert asks_where(text) is where


@pytest.mark.parametrize(
    ("text", "hours"),
    [("when does the last 28 leave", True), ("is the first B4 early", True), ("the last line home", True),
     ("the last 6 minutes were cold", False), ("my last 2 weeks", False), ("28路还有多久", False)],
)  # fmt: skip
def test_the_last_bus_is_asked_for_by_its_number_alone(text: str, hours: bool) -> None:
    """No word for a bus is needed beside the number; a number of other things is none."""
    assert asks_hours(text) is hours
