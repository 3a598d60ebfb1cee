"""How many streams a process has room for, by its limit of descriptors."""

import subprocess
import sys

import pytest

from desk.http.descriptors import BESIDE, ENOUGH, KINDS_OF_STAFF, WANTED, Room, room_for_streams

RAISES = """
import resource
from desk.http.descriptors import raise_limit
resource.setrlimit(resource.RLIMIT_NOFILE, (200, 900))
print(raise_limit(), resource.getrlimit(resource.RLIMIT_NOFILE)[0])
"""


def test_the_limit_is_raised_to_what_the_system_allows() -> None:
    """A process that starts with few descriptors takes as many as it may."""
    done = subprocess.run([sys.executable, "-c", RAISES], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.split() == ["900", "900"]


@pytest.mark.parametrize("limit", [256, 1_024, 4_096, WANTED - 1])
def test_streams_never_take_all_descriptors(limit: int) -> None:
    """Something is left for posts and for monitors, and for half of them where there are few."""
    room = room_for_streams(limit)
    left = limit - room.of_residents - KINDS_OF_STAFF * room.of_staff
    assert left >= min(BESIDE, limit // 2)
    assert 0 < room.of_staff < room.of_residents


@pytest.mark.parametrize("limit", [WANTED, ENOUGH])
def test_enough_descriptors_hold_as_many_streams_as_are_allowed(limit: int) -> None:
    """Nothing is cut."""
    assert room_for_streams(limit) == Room(5_000, 2_000)
