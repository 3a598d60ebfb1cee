"""On which event loop the bot runs."""

import asyncio
import logging
import sys

import pytest

from bot.loop import new_loop


def package(loop: asyncio.AbstractEventLoop) -> str:
    loop.close()
    return type(loop).__module__.partition(".")[0]


def test_the_bot_runs_on_uvloop(caplog: pytest.LogCaptureFixture) -> None:
    """Nothing is said of what is as it should be."""
    with caplog.at_level(logging.INFO, "bot"):
        assert package(new_loop()) == "uvloop"
    assert caplog.records == []


def test_where_uvloop_has_no_wheel_that_is_said(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It runs all the same."""
    monkeypatch.setitem(sys.modules, "uvloop", None)
    with caplog.at_level(logging.INFO, "bot"):
        assert package(new_loop()) == "asyncio"
    assert [one.levelname for one in caplog.records] == ["WARNING"]
