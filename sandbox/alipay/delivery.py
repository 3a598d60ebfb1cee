"""Sends notifications when they are due, signed for each try."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import aiohttp

from sandbox.alipay.clock import Clock, wire_time
from sandbox.alipay.identity import Keys
from sandbox.alipay.ledger import Ledger
from sandbox.alipay.notices import Notice, Notices
from sandbox.alipay.signatures import sign, text_of

TIMEOUT = aiohttp.ClientTimeout(total=10, sock_connect=3)
AT_ONCE = 16
UNSIGNED = frozenset({"sign", "sign_type"})
LONGEST_ANSWER = 64  # characters that are noted


class Delivery:
    """Sends what is due, while `running`."""

    def __init__(self, keys: Keys, clock: Clock) -> None:
        self._keys = keys
        self._clock = clock
        self._news = asyncio.Event()
        self._on_their_way: set[str] = set()
        self._slots = asyncio.Semaphore(AT_ONCE)

    def wake(self) -> None:
        """Something may have become due."""
        self._news.set()

    @asynccontextmanager
    async def running(self, notices: Notices, ledger: Ledger) -> AsyncIterator[None]:
        """Send in the background. Errors of ours come out at the end."""
        async with aiohttp.ClientSession(timeout=TIMEOUT, trust_env=False) as session:
            task = asyncio.create_task(self._run(notices, ledger, session))
            try:
                yield
            finally:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task

    async def _run(self, notices: Notices, ledger: Ledger, session: aiohttp.ClientSession) -> None:
        async with asyncio.TaskGroup() as sending:
            while True:
                self._news.clear()
                moments = [expiry] if (expiry := ledger.expire()) else []
                now = self._clock.now()
                for notice in notices.waiting():
                    if notice.key in self._on_their_way:
                        continue
                    if (due := notices.due_at(notice)) <= now:
                        self._on_their_way.add(notice.key)
                        sending.create_task(self._send(notice, notices, session))
                    else:
                        moments.append(due)
                wait = (min(moments) - now).total_seconds() if moments else None
                with suppress(TimeoutError):
                    async with asyncio.timeout(wait):
                        await self._news.wait()

    async def _send(self, notice: Notice, notices: Notices, session: aiohttp.ClientSession) -> None:
        try:
            async with self._slots:
                answer = await self._try(notice, session)
            notices.answered(notice, answer)
        finally:
            self._on_their_way.discard(notice.key)
            self.wake()

    async def _try(self, notice: Notice, session: aiohttp.ClientSession) -> str:
        """One try: status and body of the answer, or why there is none."""
        try:
            async with session.post(notice.url, data=self.form(notice), allow_redirects=False) as response:
                body = (await response.content.read(1024)).decode("utf-8", "replace")
                return f"{response.status} {body[:LONGEST_ANSWER]}"
        except (aiohttp.ClientError, TimeoutError, ValueError) as exc:  # ValueError: no address
            return type(exc).__name__

    def form(self, notice: Notice) -> dict[str, str]:
        """The signed form of a try made now; forged as the notification asks for."""
        fields = notice.fields | {"notify_time": wire_time(self._clock.now())}
        match notice.forgery:
            case "forge_amount":
                fields["total_amount"] = "0.01"
            case "forge_app":
                fields |= {"app_id": "2021000000009999", "auth_app_id": "2021000000009999"}
            case "forge_seller":
                fields["seller_id"] = "2088000000009999"
        text = text_of(fields, without=UNSIGNED)
        if notice.forgery == "forge_signature":
            text += "&"
        fields["sign"] = sign(text, self._keys.alipay)
        if notice.forgery == "tamper":
            fields["total_amount"] = "0.01"
        return fields
