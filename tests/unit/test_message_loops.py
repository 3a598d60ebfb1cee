"""Loops of other machines at the intake: the same text again and again, and what is none."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from desk.intake.loops import LIMIT, URGENT_LIMIT, URGENT_PACE, WITHIN, Loops

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


def urgent(loops: Loops, message: str, at: datetime) -> bool:
    """Whether what may be of an emergency is taken, as the intake decides it."""
    return not loops.bounces(WHO, message, "着火了", at) or loops.passes(WHO, message, at)


def test_of_an_emergency_every_text_is_taken() -> None:
    """One in ten seconds, for as long as it lasts."""
    loops = Loops()
    every = WITHIN / URGENT_LIMIT
    assert all(urgent(loops, str(n), NOON + n * every) for n in range(URGENT_LIMIT * 3))


def test_of_an_emergency_a_flood_is_slowed_and_never_stopped() -> None:
    """Six a second are a machine; it is taken once in a while, so that a person's text among them is."""
    loops = Loops()
    taken = [urgent(loops, str(n), NOON + timedelta(seconds=n / 6)) for n in range(600)]
    seconds = [n / 6 for n, is_taken in enumerate(taken) if is_taken][URGENT_LIMIT - 1 :]
    assert taken[:URGENT_LIMIT] == [True] * URGENT_LIMIT
    assert {round(after - before) for before, after in pairwise(seconds)} == {URGENT_PACE.seconds}
    assert len(seconds) > 2


def test_a_machine_that_echoes_an_emergency_falls_silent() -> None:
    """It writes only when it is answered: what comes two seconds after our answer, and is not taken, is its last."""
    loops, now, taken = Loops(), NOON, 0
    while urgent(loops, str(taken), now) and taken < 1_000:
        taken, now = taken + 1, now + timedelta(seconds=2)
    assert taken == URGENT_LIMIT


def test_of_an_emergency_what_was_taken_is_taken_when_brought_again() -> None:
    """It was not stored the first time: the database was away."""
    loops = Loops()
    for n in range(URGENT_LIMIT):
        urgent(loops, str(n), NOON)
    later = NOON + URGENT_PACE
    assert [urgent(loops, "m", later) for _ in range(3)] == [True] * 3
    assert not urgent(loops, "n", later)
