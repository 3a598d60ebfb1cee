"""Back-off of crashed children."""

from tools.supervisor.backoff import Backoff


def test_backoff_doubles_up_to_its_most() -> None:
    """A child that keeps crashing is tried at growing distances, never further apart than ten seconds."""
    backoff = Backoff()
    assert [backoff.after(0.1) for _ in range(8)] == [0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 10.0, 10.0]


def test_backoff_begins_anew_after_a_stable_run() -> None:
    """A crash after half a minute is a new matter."""
    backoff = Backoff()
    for _ in range(5):
        backoff.after(0.1)
    assert backoff.after(5.0) == 0.2
    assert backoff.after(1.0) == 0.4
