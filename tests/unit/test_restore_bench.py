"""What the bench of restoring calls lost, and wrong."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from bench.restore import RestoreError, Written
from bench.tables import markdown, table

MOMENT = datetime.fromtimestamp(102.5, UTC)
MACHINE = {"processor": "a processor", "cores": 2, "memory_gb": 4.0, "system": "a system", "load_before": 0.3}
DOCUMENT: dict[str, Any] = {
    "name": "restore",
    "ours": {
        "name": "desk backup",
        "holds_gigabytes": 2.1,
        "backup_seconds": 60.0,
        "backup_gigabytes": 1.2,
        "waiting": 20,
        "seconds": 130.0,
        "restore_seconds": 80.0,
        "start_seconds": 45.0,
        "answer_seconds": 5.0,
        "acknowledged": 150,
        "lost": {"messages": 30, "seconds": 21.5},
        "sent_before_arming": 0,
        "sent_after_arming": 40,
        "left_to_a_person": 3,
        "moment": {"restore_seconds": 79.0, "kept": 30, "of_after": 0},
    },
    "peer": {"name": "a copy", "backup_seconds": 10.0, "restore_seconds": 8.0, "backup_gigabytes": 2.2},
    "ratio": 10.0,
    "other_peers": [],
    "machine": MACHINE,
}


def written() -> Written:
    """Four messages, each a second after the other; the source is killed five seconds after the last."""
    return Written(UUID(int=1), [7, 9, 10, 12], [101.0, 102.0, 103.0, 104.0], MOMENT, killed=109.0)


@pytest.mark.parametrize(
    ("kept", "lost"),
    [
        pytest.param([7, 9, 10, 12], {"messages": 0, "seconds": 0.0}, id="nothing"),
        pytest.param([7, 9], {"messages": 2, "seconds": 7.0}, id="the last two"),
        pytest.param([], {"messages": 4, "seconds": 8.0}, id="all"),
    ],
)
def test_what_is_missing_is_counted(kept: list[int], lost: dict[str, float]) -> None:
    """In messages, and in seconds before the end."""
    assert written().lost(kept) == lost


@pytest.mark.parametrize("kept", [[7, 10], [9], [7, 9, 10, 12, 13]])
def test_a_gap_is_an_error(kept: list[int]) -> None:
    """Changes are lost at the end alone."""
    with pytest.raises(RestoreError):
        written().lost(kept)


def test_a_moment_parts_what_was_written() -> None:
    """By when it was acknowledged."""
    assert written().until_the_moment() == [7, 9]


def test_it_is_shown() -> None:
    """With what was lost, and what was sent too early."""
    shown = markdown(table(DOCUMENT))
    assert "| **from nothing to that answer, s** | 130 |  |" in shown
    assert "| of 150 acknowledged messages lost | 30 |  |" in shown
    assert "| changes lost, s | 21.5 |  |" in shown
