"""The event loop of the bot: uvloop, which is libuv (docs/decisions/0058-loop-and-driver.md)."""

import asyncio
import logging

log = logging.getLogger("bot")


def new_loop() -> asyncio.AbstractEventLoop:
    """Makes the loop. Where uvloop has no wheel it is asyncio's own, and that is said."""
    try:
        import uvloop
    except ImportError:
        log.warning("loop: asyncio's own, which is slower: install uvloop, where it has a wheel for this system")
        return asyncio.new_event_loop()
    loop: asyncio.AbstractEventLoop = uvloop.new_event_loop()
    return loop
