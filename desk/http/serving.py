"""Serving an application until the process is told to stop."""

import asyncio
import contextlib
import gc
import signal
import traceback
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import structlog
from aiohttp import web, web_response
from aiohttp.http import HttpProcessingError
from aiohttp.typedefs import Handler
from prometheus_client import Counter, generate_latest

from desk.contract.errors import StartError
from roles.priority import take_part
from roles.private import is_of_the_house

log = structlog.get_logger(__name__)
NO_HTTP = Counter("desk_requests_no_http_total", "Requests that were no HTTP, or were broken off")
SERVER = "desk"
"""What an answer says of its server where no signal of ours takes that out: what is no HTTP aiohttp answers itself."""
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
    """Serve until SIGINT or SIGTERM.

    Raises:
        StartError: a port is taken.
    """
    async with contextlib.AsyncExitStack() as running:
        served = [await _set_up(one.application, running) for one in listeners]
        settle()
        stopped = await running.enter_async_context(until_stopped())
        for listener, one in zip(listeners, served, strict=True):
            await _listen(listener, one)
        take_part()
        await stopped.wait()


class Wire:
    """What aiohttp's server tells of connections, in place of its logger: kinds alone.

    Its own lines name the caller's address and quote what was sent, with a traceback for whatever is no HTTP.
    """

    def debug(self, *_: object, **__: object) -> None:
        """Whoever hangs up, or speaks another protocol, is nobody's concern."""

    def exception(self, *_: object, exc_info: BaseException | None = None, **__: object) -> None:
        """A request that is no HTTP, or ends within, is counted; anything else is an error."""
        if isinstance(exc_info, HttpProcessingError | web.RequestPayloadError | ConnectionError):
            NO_HTTP.inc()
            return
        where = traceback.extract_tb(exc_info.__traceback__)[-1:] if exc_info is not None else []
        log.error(
            "connection_failed",
            error=type(exc_info).__name__,
            at=next((f"{one.filename}:{one.lineno}" for one in where), "nowhere"),
        )


def runner(application: web.Application) -> web.AppRunner:
    """What serves an application. No access log: addresses of residents are personal data."""
    web_response.SERVER_SOFTWARE = SERVER  # type: ignore[attr-defined] # else the versions of aiohttp and Python
    return web.AppRunner(
        application,
        access_log=None,
        logger=Wire(),
        shutdown_timeout=CLOSING_SECONDS,
        handler_cancellation=True,
    )


async def _set_up(application: web.Application, running: contextlib.AsyncExitStack) -> web.AppRunner:
    served = runner(application)
    running.push_async_callback(served.cleanup)
    await served.setup()
    return served


async def _listen(listener: Listener, served: web.AppRunner) -> None:
    host, port = listener.host, listener.port
    try:
        await web.TCPSite(served, host, port).start()
    except OSError as exc:
        raise StartError(
            f"Port {port} on {host} cannot be used ({exc.strerror}). "
            "End the program that has it, or choose another port."
        ) from exc
    if port == 0:
        log.info("listens", addresses=[f"{address[0]}:{address[1]}" for address in served.addresses])


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
