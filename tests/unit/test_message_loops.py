"""Loops of other machines at the intake: the same text again and again, and what is none."""

from datetime import UTC, datetime, timedelta

from desk.intake.loops import LIMIT, WITHIN, Loops

NOON = datetime(2026, 11, 24, 4, tzinfo=UTC)
WHO = (1, "resident")


def test_the_same_text_is_taken_so_often_and_no_more() -> None:
    """And each further one neither, as long as it goes on."""
    loops = Loops()
    found = [loops.bounces(WHO, str(n), "已收到", NOON + timedelta(seconds=n)) for n in range(LIMIT + 5)]
    assert found == [False] * LIMIT + [True] * 5


def test_another_text_begins_anew() -> None:
    """A person who writes something else is a person."""
    loops = Loops()
    for n in range(LIMIT):
        loops.bounces(WHO, str(n), "人工", NOON)
    assert not loops.bounces(WHO, "a", "你好", NOON)
    assert not loops.bounces(WHO, "b", "人工", NOON)


def test_what_is_brought_twice_counts_once() -> None:
    """A platform repeats what was not acknowledged."""
    loops = Loops()
    assert not any(loops.bounces(WHO, "m", "人工", NOON) for _ in range(LIMIT * 3))


def test_slow_repetitions_are_none() -> None:
    """下一班 each morning is a wish."""
    loops = Loops()
    assert not any(loops.bounces(WHO, str(n), "下一班", NOON + n * WITHIN) for n in range(LIMIT * 3))


def test_residents_are_told_apart() -> None:
    """By account and by name."""
    loops = Loops()
    for n in range(LIMIT):
        loops.bounces(WHO, str(n), "已收到", NOON)
    assert not loops.bounces((2, "resident"), "a", "已收到", NOON)
    assert not loops.bounces((1, "other"), "b", "已收到", NOON)
