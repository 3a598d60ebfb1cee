"""How fast announcements are told: quiet hours over midnight, and a desk that is not buried."""

from datetime import UTC, datetime, timedelta

import pytest
from fixtures import loaded

from desk.announcements.beginning import later
from desk.announcements.telling.pace import ANSWERED, ECHO, QUEUE, Desk, a_minute, quiet_until

CITY = next(iter(loaded.cities().values()))
DAY = datetime(2026, 11, 24, tzinfo=UTC)


@pytest.mark.parametrize(
    ("hour", "ends"),
    [(12.9, None), (13, 24), (15, 24), (23.9, 24), (24, None), (0, None), (-1, 0), (-11, 0)],
)
def test_quiet_hours_end_in_the_morning(hour: float, ends: float | None) -> None:
    """21:00 to 8:00 in China is 13:00 to 24:00 in UTC."""
    found = quiet_until(CITY, DAY + timedelta(hours=hour))
    assert found == (None if ends is None else DAY + timedelta(hours=ends))


@pytest.mark.parametrize("clerks", [1, 4, 20])
def test_echo_never_buries_the_desk(clerks: int) -> None:
    """A million are told while one in a hundred writes back: the queue stays within bounds, minute by minute."""
    told, waiting, in_hand, longest = 0, 0.0, 0.0, 0.0
    minutes = ANSWERED / timedelta(minutes=1)
    for _ in range(24 * 60 * 60):
        step = a_minute(Desk(int(waiting), clerks))
        told += step
        waiting += step * ECHO
        in_hand = min(waiting, clerks / minutes)
        waiting -= in_hand
        longest = max(longest, waiting)
        if told >= 1_000_000:
            break
    assert told >= 1_000_000
    assert longest <= (QUEUE + 1) * clerks + 1


def test_closed_desk_is_told_little() -> None:
    """Where nobody is there only a trickle is told, and nothing once some wait for the morning."""
    assert a_minute(Desk(0, 0)) > 0
    assert a_minute(Desk(QUEUE + 1, 0)) == 0


@pytest.mark.parametrize(
    ("every", "times", "expected"),
    [("day", 3, "2026-02-03"), ("week", 1, "2026-02-07"), ("month", 1, "2026-02-28"), ("month", 12, "2027-01-31")],
)
def test_repeated_times(every: str, times: int, expected: str) -> None:
    """A month later is its last day where it has no such day."""
    assert later(datetime(2026, 1, 31, 9, tzinfo=UTC), every, times).date().isoformat() == expected
