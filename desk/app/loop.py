"""The event loop of a role: uvloop, which is libuv (docs/decisions/0058-loop-and-driver.md)."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import structlog

log = structlog.get_logger(__name__)


def run(main: Coroutine[Any, Any, None]) -> None:
    """Run a role until it ends. Where uvloop has no wheel, on asyncio's own loop, and that is said."""
    with asyncio.Runner(loop_factory=_factory()) as runner:
        runner.run(main)


def _factory() -> Callable[[], asyncio.AbstractEventLoop]:
    try:
        import uvloop
    except ImportError:
        log.warning("loop_slow", loop="asyncio", mend="install uvloop, where it has a wheel for this system")
        return asyncio.new_event_loop
    return uvloop.new_event_loop
