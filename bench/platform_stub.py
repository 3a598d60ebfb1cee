"""Platforms that take every message at once and remember when: what is measured is the desk, and no limits.

A Bot API, and a gateway of text messages at `/sms` (docs/reference/sms-gateway.md).
"""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web

from desk.http.sockets import free_port


@dataclass
class Stub:
    """What arrived: how often whom, and how much in all. `texted_at` is when a text did last, by `perf_counter`.

    While `is_away` the Bot API answers 502, and nothing arrives.
    """

    url: str
    arrivals: Counter[int] = field(default_factory=Counter)
    waiting: dict[int, asyncio.Future[float]] = field(default_factory=dict)
    sent: int = 0
    texted_at: float = 0.0
    is_away: bool = False
    moved: asyncio.Event = field(default_factory=asyncio.Event)  # set with each message

    def expect(self, chat: int) -> asyncio.Future[float]:
        """When the next message arrives in a chat."""
        self.waiting[chat] = asyncio.get_running_loop().create_future()
        return self.waiting[chat]

    async def take(self, request: web.Request) -> web.Response:
        """Any method: a message is taken, anything else is true."""
        fields = await request.post()
        if self.is_away:
            return web.Response(status=502)
        if request.match_info["method"] != "sendMessage":
            return web.json_response({"ok": True, "result": True})
        chat = int(str(fields["chat_id"]))
        self._arrived(chat)
        result = {"message_id": self.sent, "date": int(time.time()), "chat": {"id": chat, "type": "private"}}
        return web.json_response({"ok": True, "result": result})

    async def take_text(self, request: web.Request) -> web.Response:
        """A text for one telephone."""
        order = await request.json()
        self._arrived(int(order["to"]))
        self.texted_at = time.perf_counter()
        return web.json_response({"id": str(self.sent), "parts": 1}, status=202)

    async def take_texts(self, request: web.Request) -> web.Response:
        """The same text for many."""
        order, texts = await request.json(), []
        for to in order["to"]:
            self._arrived(int(to))
            texts.append({"id": str(self.sent), "parts": 1})
        self.texted_at = time.perf_counter()
        return web.json_response({"texts": texts}, status=202)

    def _arrived(self, number: int) -> None:
        self.sent += 1
        self.moved.set()
        self.arrivals[number] += 1
        future = self.waiting.pop(number, None)
        if future is not None and not future.done():
            future.set_result(time.perf_counter())


@asynccontextmanager
async def listening() -> AsyncIterator[Stub]:
    """Take messages while the block lasts."""
    port = free_port()
    stub = Stub(f"http://127.0.0.1:{port}")
    app = web.Application()
    app.router.add_route("*", "/bot{token}/{method}", stub.take)
    app.router.add_post("/sms/texts", stub.take_text)
    app.router.add_post("/sms/texts/batch", stub.take_texts)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", port).start()
        yield stub
    finally:
        await runner.cleanup()
