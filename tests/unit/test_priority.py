"""A role gives way while it starts, and takes part once it is ready: only where its session is its own."""

import subprocess
import sys

import pytest

from roles import priority

SAYS = (
    "from roles.priority import SESSION, give_way, take_part; "
    "told = lambda: SESSION.read_text() if SESSION.exists() else ''; "
    "niceness = lambda: (told().split() or ['0'])[-1]; "
    "print(give_way(), niceness(), take_part(), niceness(), take_part())"
)


def _said(*, own_session: bool) -> list[str]:
    command = [sys.executable, "-c", SAYS]
    done = subprocess.run(command, capture_output=True, text=True, check=True, start_new_session=own_session)
    return done.stdout.split()


def test_a_session_of_its_own_is_set_back_and_brought_forward() -> None:
    """Where the kernel shares by sessions; elsewhere nothing changes, and that is said."""
    if priority.SESSION.exists():
        assert _said(own_session=True) == ["True", "10", "True", "0", "False"]
    else:
        assert _said(own_session=True) == ["False", "0", "False", "0", "False"]


def test_the_session_of_others_stays_as_it_is() -> None:
    """What a person starts in a terminal is not theirs alone; a process of no session's group has an empty file."""
    assert _said(own_session=False) == ["False", "0", "False", "0", "False"]


def test_what_cannot_be_set_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sandbox may forbid it."""
    monkeypatch.setattr(priority.os, "getsid", lambda _: priority.os.getpid())
    monkeypatch.setattr(priority, "SESSION", priority.Path("/nowhere/autogroup"))
    assert not priority.give_way()
    assert not priority.take_part()
