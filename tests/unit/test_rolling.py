"""What the bench of a rolling upgrade calls wrong."""

import pytest

from bench.rolling_residents import ratios, wrong

SAID = ["a", "b", "c"]


@pytest.mark.parametrize(
    ("heard", "faults"),
    [
        pytest.param([(3, "a"), (6, "b"), (9, "c")], [], id="each once, in order"),
        pytest.param([(3, "a"), (9, "c")], ["lost: b"], id="lost"),
        pytest.param([(3, "a"), (6, "b"), (7, "b"), (9, "c")], ["doubled: b", "turns out of order"], id="doubled"),
        pytest.param([(3, "b"), (6, "a"), (9, "c")], ["turns out of order"], id="in another order"),
        pytest.param([(3, "a"), (3, "b"), (9, "c")], ["events out of order"], id="an event twice"),
        pytest.param([(3, "a"), (6, "b"), (9, "c"), (12, "d")], ["not said: ['d']"], id="what nobody said"),
    ],
)
def test_what_a_resident_heard_is_judged(heard: list[tuple[int, str]], faults: list[str]) -> None:
    """Lost, doubled, out of order, or of nobody."""
    assert list(wrong(SAID, heard)) == faults


def test_a_line_that_was_never_accepted_is_lost() -> None:
    """It has no id."""
    assert list(wrong([""], [])) == ["lost: a line that was not accepted"]


def test_parts_are_compared_with_the_first() -> None:
    """By their p95."""
    assert ratios({"before": {"p95_ms": 200.0}, "upgrade": {"p95_ms": 300.0}}, "before") == {
        "before": 1.0,
        "upgrade": 1.5,
    }
