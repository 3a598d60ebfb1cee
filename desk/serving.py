"""Serving an application until the process is told to stop. May not know what is served."""

import asyncio
import contextlib
import gc
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web
from prometheus_client import generate_latest

from desk.errors import StartError

CLOSING_SECONDS = 3.0  # open requests and streams have this long when a server is stopped


async def metrics(_: web.Request) -> web.Response:
    """What this process has counted."""
    return web.Response(body=generate_latest(), content_type="text/plain", charset="utf-8")


def measures() -> web.Application:
    """`/metrics` and `/health` of a process that serves nothing else."""

    async def health(_: web.Request) -> web.Response:
        return web.json_response({"status": "ready"})

    application = web.Application()
    application.add_routes([web.get("/metrics", metrics), web.get("/health", health)])
    return application


def settle() -> None:
    """Put what a started process holds for good out of the collector's sight.

    Cities, texts and libraries are some 400,000 objects: each full collection that walks them stops every request of
    the process for a tenth of a second and more.
    """
    gc.collect()
    gc.freeze()


async def run_http(application: web.Application, host: str, port: int) -> None:
    """Serve an application until SIGINT or SIGTERM. No access log: addresses of residents are personal data.

    Raises:
        StartError: the port is taken.
    """
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=CLOSING_SECONDS, handler_cancellation=True)
    await runner.setup()
    settle()
    try:
        async with until_stopped() as stopped:
            try:
                await web.TCPSite(runner, host, port).start()
            except OSError as exc:
                raise StartError(
                    f"Port {port} on {host} cannot be used ({exc.strerror}). "
                    "End the program that has it, or choose another port."
                ) from exc
            await stopped.wait()
    finally:
        await runner.cleanup()


@asynccontextmanager
async def until_stopped() -> AsyncIterator[asyncio.Event]:
    """Give an event that SIGINT and SIGTERM set."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    try:
        yield stopped
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            with contextlib.suppress(ValueError):
                loop.remove_signal_handler(number)
