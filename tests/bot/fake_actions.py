"""An actions server that remembers what it was asked and answers as it is told, on the wire."""

import asyncio
import json
import threading
from typing import Any, Awaitable, Callable, Dict, List, Optional

from aiohttp import web

from roles.mac import BOT_TO_ACTIONS, DESK_TO_BOT, HEADER, Verifier

KEYS = {DESK_TO_BOT: b"d" * 32, BOT_TO_ACTIONS: b"b" * 32}

HANG_SECONDS = 120.0
"""A guard against a hang, on a machine that is slow and stands still for seconds."""

Answer = Callable[[Dict[str, Any]], Awaitable[web.StreamResponse]]


def answer(*responses: Any, **slots: Any) -> Dict[str, Any]:
    """Gives an answer of the contract: responses in order, slots as events."""
    events = [{"event": "slot", "name": name, "value": value} for name, value in slots.items()]
    return {"events": events, "responses": [{"custom": response} for response in responses]}


HELLO = {"reply": {"key": "common.hello", "args": {}}}


async def greet(_: Dict[str, Any]) -> web.StreamResponse:
    """Says hello."""
    return web.json_response(answer(HELLO))


def always(document: Any, status: int = 200) -> Answer:
    """Answers every call with the same document, or with the same text."""

    async def same(_: Dict[str, Any]) -> web.StreamResponse:
        if isinstance(document, str):
            return web.Response(text=document, status=status)
        return web.json_response(document, status=status)

    return same


class FakeActions:
    """The server, in a thread of its own. `answer` may be changed at any time; `calls` holds all bodies.

    `traces` holds the trace that came along with each.
    """

    def __init__(self) -> None:
        self.answer: Answer = greet
        self.calls: List[Dict[str, Any]] = []
        self.traces: List[Optional[str]] = []
        self.connections: set = set()
        self.port = 0
        self.signs = True
        self.verifier = Verifier(BOT_TO_ACTIONS, [KEYS[BOT_TO_ACTIONS]])
        self._loop = asyncio.new_event_loop()
        self._runner: Optional[web.AppRunner] = None
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Listens, on the same port as before."""
        asyncio.run_coroutine_threadsafe(self._start(), self._loop).result(HANG_SECONDS)

    def stop(self) -> None:
        """Closes the port and every connection."""
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result(HANG_SECONDS)

    async def _start(self) -> None:
        app = web.Application(client_max_size=2**24, middlewares=[self._guard])
        app.router.add_post("/webhook", self._webhook)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port)
        await site.start()
        self.port = self._runner.addresses[0][1]

    @web.middleware
    async def _guard(self, request: web.Request, handler: Any) -> web.StreamResponse:
        """Lets the bot in, and signs what is answered, as the actions server does."""
        ticket = self.verifier.admit(request.method, request.path_qs, request.headers)
        self.verifier.check(ticket, await request.read())
        response = await handler(request)
        if isinstance(response, web.Response) and self.signs:
            response.headers[HEADER] = self.verifier.answer(ticket, response.status, response.body or b"")
        return response

    async def _stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def _webhook(self, request: web.Request) -> web.StreamResponse:
        body = json.loads(await request.read())
        self.calls.append(body)
        self.traces.append(request.headers.get("traceparent"))
        self.connections.add(request.transport.get_extra_info("peername"))
        return await self.answer(body)
