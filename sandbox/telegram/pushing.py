"""Brings updates to the bots' webhooks: in a chat one after the other, again and again until the webhook takes them."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp

from sandbox.telegram.chats import Body, Bot, Refusal
from sandbox.telegram.methods import METHODS

TIMEOUT = aiohttp.ClientTimeout(total=30, sock_connect=3)
PAUSES = (0.5, 1.0, 2.0, 5.0)  # seconds before each further try; the last repeats
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"

type Waiting = tuple[Body, asyncio.Future[int]]


class Pusher:
    """Pushes while `running`."""

    def __init__(self) -> None:
        self._queues: dict[tuple[int, int], asyncio.Queue[Waiting]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._http: aiohttp.ClientSession | None = None

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Push in the background."""
        async with aiohttp.ClientSession(timeout=TIMEOUT, trust_env=False) as http:
            self._http = http
            try:
                yield
            finally:
                for task in self._tasks:
                    task.cancel()
                await asyncio.gather(*self._tasks, return_exceptions=True)

    async def push(self, bot: Bot, resident: int, update: Body) -> int | None:
        """Bring an update; the status that the webhook answers at the first try, 0 if it cannot be reached.

        None: there is no webhook, the update waits for getUpdates.
        """
        if bot.webhook is None:
            bot.waiting.append(update)
            return None
        queue = self._queues.get((bot.id, resident))
        if queue is None:
            queue = self._queues[bot.id, resident] = asyncio.Queue()
            self._tasks.add(asyncio.get_running_loop().create_task(self._serve(bot, queue)))
        first: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        queue.put_nowait((update, first))
        return await first

    async def once(self, bot: Bot, update: Body, secret: str | None) -> int:
        """Bring something once, with any secret: for forgeries and repetitions."""
        assert self._http is not None
        headers = {"Content-Type": "application/json", **({SECRET_HEADER: secret} if secret else {})}
        try:
            async with self._http.post(bot.webhook or "", data=json.dumps(update), headers=headers) as response:
                body = await response.read()
                if response.status == 200 and body:
                    self._called(bot, body)
                return response.status
        except (aiohttp.ClientError, TimeoutError):
            return 0

    async def _serve(self, bot: Bot, queue: asyncio.Queue[Waiting]) -> None:
        while True:
            update, first = await queue.get()
            tries = 0
            while True:
                status = await self.once(bot, update, bot.secret)
                if not first.done():
                    first.set_result(status)
                if 200 <= status < 300:
                    break
                await asyncio.sleep(PAUSES[min(tries, len(PAUSES) - 1)])
                tries += 1

    def _called(self, bot: Bot, body: bytes) -> None:
        """A webhook may answer with one call of a method; its result is told to nobody."""
        try:
            fields = {name: str(value) for name, value in json.loads(body).items()}
            METHODS[fields.pop("method")](bot, fields)
        except (ValueError, KeyError, AttributeError, Refusal):
            return
