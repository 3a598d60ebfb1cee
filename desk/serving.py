"""Serving an application until the process is told to stop. May not know what is served."""

import asyncio
import contextlib
import gc
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler
from prometheus_client import generate_latest

from desk.errors import StartError
from roles.private import is_of_the_house

log = structlog.get_logger(__name__)
CLOSING_SECONDS = 3.0  # open requests and streams have this long when a server is stopped


async def metrics(_: web.Request) -> web.Response:
    """What this process has counted."""
    return web.Response(body=generate_latest(), content_type="text/plain", charset="utf-8")


async def health(_: web.Request) -> web.Response:
    """Whether this process lives."""
    return web.json_response({"status": "ready"})


@web.middleware
async def house(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuses whoever is no monitor of this network."""
    if not is_of_the_house(request.method, request.headers):
        return web.json_response({"status": "refused"}, status=403)
    return await handler(request)


def measures() -> web.Application:
    """`/metrics` and `/health` of a process: never where residents or other roles come in."""
    application = web.Application(middlewares=[house])
    application.add_routes([web.get("/metrics", metrics), web.get("/health", health)])
    return application


@dataclass(frozen=True, slots=True)
class Listener:
    """An application and where it listens; port 0 is any free one."""

    application: web.Application
    host: str
    port: int


def settle() -> None:
    """Put what a started process holds for good out of the collector's sight.

    Cities, texts and libraries are some 400,000 objects: each full collection that walks them stops every request of
    the process for a tenth of a second and more.
    """
    gc.collect()
    gc.freeze()


async def run_http(*listeners: Listener) -> None:
    """Serve until SIGINT or SIGTERM. No access log: addresses of residents are personal data.

    Raises:
        StartError: a port is taken.
    """
    async with contextlib.AsyncExitStack() as running:
        runners = [await _set_up(one.application, running) for one in listeners]
        settle()
        stopped = await running.enter_async_context(until_stopped())
        for listener, runner in zip(listeners, runners, strict=True):
            await _listen(listener, runner)
        await stopped.wait()


async def _set_up(application: web.Application, running: contextlib.AsyncExitStack) -> web.AppRunner:
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=CLOSING_SECONDS, handler_cancellation=True)
    running.push_async_callback(runner.cleanup)
    await runner.setup()
    return runner


async def _listen(listener: Listener, runner: web.AppRunner) -> None:
    host, port = listener.host, listener.port
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError as exc:
        raise StartError(
            f"Port {port} on {host} cannot be used ({exc.strerror}). "
            "End the program that has it, or choose another port."
        ) from exc
    if port == 0:
        log.info("listens", addresses=[f"{address[0]}:{address[1]}" for address in runner.addresses])


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
