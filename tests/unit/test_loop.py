"""On which event loop roles run."""

import asyncio
import sys

import pytest
from structlog.testing import capture_logs

from desk.app.loop import run


def ran() -> str:
    """The package of the loop that a role runs on."""
    found = []

    async def main() -> None:
        found.append(type(asyncio.get_running_loop()).__module__.partition(".")[0])

    run(main())
    return found[0]


def test_a_role_runs_on_uvloop() -> None:
    """Nothing is said of what is as it should be."""
    with capture_logs() as said:
        assert ran() == "uvloop"
    assert said == []


def test_where_uvloop_has_no_wheel_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """The role runs all the same."""
    monkeypatch.setitem(sys.modules, "uvloop", None)
    with capture_logs() as said:
        assert ran() != "uvloop"  # asyncio's own, or that of the tests
    assert [(one["event"], one["log_level"]) for one in said] == [("loop_slow", "warning")]
