"""Pushes to the callback: signed, five seconds for an answer, three tries, no message id. Blind to their reasons."""

import asyncio
import hashlib
import json
import random
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Annotated, Any, Literal
from urllib.parse import unquote

import aiohttp
from pydantic import BaseModel, ConfigDict, Field

from sandbox.state import Body
from sandbox.weibo.book import Account, Book, wire_time
from sandbox.weibo.inbox import Inbox
from sandbox.weibo.rules import TRIES, WeiboError

LONGEST_ANSWER = 64  # characters that are noted
AGAIN_SECONDS = 0.2  # between tries; the documents say only that it is tried again


class Mischief(BaseModel):
    """`POST /_sandbox/weibo/mischief`: what goes wrong with pushes.

    - `duplicate`: `times` more deliveries of the same;
    - `late`: it comes after `seconds`, so that later ones overtake it;
    - `lose`: it is never sent;
    - `forge`: beside it, one that says something else under a signature that is not Weibo's;
    - `replay`: beside it, the same with a true signature of `seconds` ago.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    what: Literal["duplicate", "late", "lose", "forge", "replay"]
    rate: Annotated[float, Field(gt=0, le=1)] = 1.0
    times: Annotated[int, Field(ge=1, le=100)] = 1
    seconds: Annotated[float, Field(ge=0, le=86_400)] = 2.0


class Pushes:
    """Sends in the background while `running`; passive replies go to the inbox."""

    def __init__(self, book: Book, inbox: Inbox) -> None:
        self._book, self._inbox = book, inbox
        self._chance = random.Random()
        self._sending: asyncio.TaskGroup | None = None
        self._http: aiohttp.ClientSession | None = None

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        async with aiohttp.ClientSession(trust_env=False) as http:
            stop = asyncio.Event()
            started = asyncio.Event()

            async def send() -> None:
                async with asyncio.TaskGroup() as group:
                    self._sending, self._http = group, http
                    started.set()
                    await stop.wait()
                    self._sending = None
                    raise asyncio.CancelledError  # what is still under way ends too

            task = asyncio.create_task(send())
            await started.wait()
            try:
                yield
            finally:
                stop.set()
                with suppress(asyncio.CancelledError):
                    await task

    def mischief(self) -> list[Mischief]:
        return [Mischief.model_validate(rule) for rule in self._book.setting("mischief").get("rules", [])]

    async def bind(self, account: Account, callback: str) -> str | None:
        """Prove the address by its echo, as when it is entered on the page; why it is not proved, or None."""
        assert self._http is not None
        echo = secrets.token_hex(8)
        try:
            async with self._http.get(
                callback, params=signed(account, self._now()) | {"echostr": echo}, timeout=self._timeout()
            ) as response:
                body = (await response.content.read(1024)).decode("utf-8", "replace")
        except (aiohttp.ClientError, TimeoutError, ValueError) as exc:
            return type(exc).__name__
        return None if (response.status, body) == (200, echo) else f"{response.status} {body[:LONGEST_ANSWER]}"

    async def push(self, account: Account, resident: str, kind: str, text: str, data: Body) -> dict[str, Any]:
        """Push something that a resident did: its number, and what was said to the first try, if it is made at once."""
        if account.callback is None or self._sending is None:
            return {}
        body = {
            "type": kind,
            "receiver_id": int(account.uid),
            "sender_id": int(resident),
            "created_at": wire_time(self._book.true()),
            "text": text,
            "data": data,
        }
        number = self._book.add("push", {"account": account.uid, "body": body, "answers": []})
        rules = [rule for rule in self.mischief() if self._chance.random() < rule.rate]
        wait = max((rule.seconds for rule in rules if rule.what == "late"), default=0.0)
        first: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        lost = any(rule.what == "lose" for rule in rules)
        if not lost:
            self._sending.create_task(self._send(account, number, body, wait, first=first))
        for rule in rules:
            match rule.what:
                case "duplicate":
                    for _ in range(rule.times):
                        self._sending.create_task(self._send(account, number, body, wait))
                case "forge":
                    forged = account.model_copy(update={"app_secret": secrets.token_hex(16)})
                    self._sending.create_task(self._send(forged, number, body | {"text": "forged"}, 0.0))
                case "replay":
                    self._sending.create_task(self._send(account, number, body, 0.0, ago=rule.seconds))
        return {"push": number} | ({} if lost or wait else {"answer": await first})

    async def _send(
        self,
        account: Account,
        number: int,
        body: Body,
        wait: float,
        *,
        ago: float = 0.0,
        first: asyncio.Future[str] | None = None,
    ) -> None:
        await asyncio.sleep(wait)
        for attempt in range(TRIES):
            if attempt:
                await asyncio.sleep(AGAIN_SECONDS)
            answer, taken = await self._try(account, body, ago)
            row = self._book.row("push", str(number))
            self._book.change("push", number, answers=[*(row or {}).get("answers", []), answer])
            if first is not None and not first.done():
                first.set_result(answer)
            if taken:
                return

    async def _try(self, account: Account, body: Body, ago: float) -> tuple[str, bool]:
        """One try: what was answered, and whether that was in time and a 200."""
        assert self._http is not None
        try:
            async with self._http.post(
                account.callback or "",
                params=signed(account, self._now() - ago),
                json=body,
                timeout=self._timeout(),
                allow_redirects=False,
            ) as response:
                content = (await response.content.read(65_536)).decode("utf-8", "replace")
        except (aiohttp.ClientError, TimeoutError, ValueError) as exc:  # ValueError: no address
            return type(exc).__name__, False
        if response.status == 200 and content.strip():
            try:
                self._passive(account, body, content)
            except WeiboError as exc:
                return f"200, but no passive reply: {exc}", True
        return f"{response.status} {content[:LONGEST_ANSWER]}".strip(), response.status == 200

    def _passive(self, account: Account, body: Body, content: str) -> None:
        """Deliver a passive reply: identifiers exchanged, `data` a text that holds encoded JSON.

        Raises:
            WeiboError: it is none.
        """
        try:
            reply = json.loads(content)
            data = json.loads(unquote(reply["data"], errors="strict"))
            ours, theirs = str(reply["sender_id"]), str(reply["receiver_id"])
            encoded = "{" not in reply["data"]
        except (ValueError, TypeError, KeyError, AttributeError) as exc:
            raise WeiboError(26412) from exc
        if (reply.get("result"), ours, theirs, encoded) != (True, account.uid, str(body["sender_id"]), True):
            raise WeiboError(26412)
        self._inbox.deliver(account, theirs, str(reply.get("type")), data, how="passive")

    def _now(self) -> float:
        return self._book.true().timestamp()

    def _timeout(self) -> aiohttp.ClientTimeout:
        return aiohttp.ClientTimeout(total=self._book.limits().answer_seconds)


def signed(account: Account, at: float) -> dict[str, str]:
    """The query of a call to the callback: `at` in milliseconds, as in the one sample that is known."""
    timestamp, nonce = str(int(at * 1000)), str(secrets.randbelow(10**9))
    text = "".join(sorted([account.app_secret, timestamp, nonce]))
    return {
        "signature": hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest(),
        "timestamp": timestamp,
        "nonce": nonce,
    }
