"""Brings what happened to the callback: signed, one after the other for a telephone, again until it is taken."""

import asyncio
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, Literal

import aiohttp

from sandbox.sms_gateway.phones import Account, Text

TIMEOUT = aiohttp.ClientTimeout(total=10, sock_connect=3)
PAUSES = (0.2, 0.5, 1.0, 2.0)  # seconds before each further try; the last repeats
TRIES = 50

type Waiting = tuple[Account, dict[str, Any], asyncio.Future[int]]


def signed(key: str, way: Literal["request", "callback"], at: str, nonce: str, body: bytes) -> str:
    """The signature of a request or a callback, as docs/reference/sms-gateway.md has it."""
    lines = ["v1", way, at, nonce, hashlib.sha256(body).hexdigest()]
    return hmac.new(key.encode(), "\n".join(lines).encode(), hashlib.sha256).hexdigest()


class Callbacks:
    """Brings while `running`."""

    def __init__(self) -> None:
        self._queues: dict[tuple[str, str], asyncio.Queue[Waiting]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._http: aiohttp.ClientSession | None = None

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Bring in the background."""
        async with aiohttp.ClientSession(timeout=TIMEOUT, trust_env=False) as http:
            self._http = http
            try:
                yield
            finally:
                for task in self._tasks:
                    task.cancel()
                await asyncio.gather(*self._tasks, return_exceptions=True)

    async def received(
        self, account: Account, number: str, text: str, at: datetime, *, auto: bool, given: str | None
    ) -> int:
        """Bring a text of a resident; the status of the first try, 0 where nobody was reached."""
        event = {"event": "received", "id": given or account.next_event(), "from": number, "text": text}
        return await self._bring(account, number, {**event, "at": at.isoformat(), "auto": auto})

    def report(self, account: Account, text: Text, status: str, at: datetime) -> None:
        """Bring a report of arrival, in the background."""
        event = {"event": "report", "id": account.next_event(), "of": text.id, "to": text.to, "status": status}
        self._bring(account, text.to, {**event, "at": at.isoformat()})

    def _bring(self, account: Account, number: str, event: dict[str, Any]) -> asyncio.Future[int]:
        loop = asyncio.get_running_loop()
        first: asyncio.Future[int] = loop.create_future()
        queue = self._queues.get((account.number, number))
        if queue is None:
            queue = self._queues[account.number, number] = asyncio.Queue()
            self._tasks.add(loop.create_task(self._serve(queue)))
        queue.put_nowait((account, event, first))
        return first

    async def _serve(self, queue: asyncio.Queue[Waiting]) -> None:
        while True:
            account, event, first = await queue.get()
            for tries in range(TRIES):
                status = await self._once(account, event)
                if not first.done():
                    first.set_result(status)
                if 200 <= status < 300:
                    break
                await asyncio.sleep(PAUSES[min(tries, len(PAUSES) - 1)])

    async def _once(self, account: Account, event: dict[str, Any]) -> int:
        assert self._http is not None
        if account.callback is None:
            return 0
        body = json.dumps({"account": account.number, "events": [event]}, ensure_ascii=False).encode()
        at, nonce = str(int(time.time())), secrets.token_hex(8)
        headers = {
            "Content-Type": "application/json",
            "Sms-Timestamp": at,
            "Sms-Nonce": nonce,
            "Sms-Signature": signed(account.key, "callback", at, nonce, body),
        }
        try:
            async with self._http.post(account.callback, data=body, headers=headers) as response:
                return response.status
        except (aiohttp.ClientError, TimeoutError):
            return 0
