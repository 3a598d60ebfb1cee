"""A client of the chat API: what `desk chat` and checks of a running stack talk through.

Messages are sent until they are acknowledged, always with the same client_msg_id, and the stream is resumed after its
last event: a server that restarts costs neither loss nor repetition.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any, Self
from uuid import uuid4

from aiohttp import ClientError, ClientResponse, ClientSession, ClientTimeout

from desk.contract.errors import DeskError

ANSWER_SECONDS = 15
SILENCE_SECONDS = 40  # the server is heard every 15 s
PAUSES_SECONDS = (0.2, 0.5, 1.0, 2.0, 4.0, 4.0, 4.0, 4.0)  # some twenty seconds: a stack that restarts
PASSING = frozenset({429, 500, 502, 503, 504})


class ChatRefused(DeskError):
    """The chat refused a request. The message is the problem's title and detail."""


class ChatUnreachable(DeskError):
    """The chat cannot be reached. Is Citydesk running? Start it with: make run"""


@dataclass(frozen=True, slots=True)
class Session:
    """An open session."""

    session: str
    token: str


class ChatClient:
    """A resident at the chat API of one server. `url` is without a trailing slash. Use as `async with`."""

    def __init__(self, url: str) -> None:
        self._url = f"{url}/chat/v1"
        self._http = ClientSession()
        self._session: Session | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.close()

    async def open(self, city: str, locale: str) -> Session:
        """Open a session.

        Raises:
            ChatRefused: there is no such city or language.
            ChatUnreachable: no server answers.
        """
        opened = await self._ask("POST", "sessions", {"city": city, "locale": locale})
        self._session = Session(opened["session"], opened["token"])
        return self._session

    async def post(self, said: dict[str, Any]) -> str:
        """Say something: {"text"} | {"payload"} | {"location"} | {"media_id"}. Answers the message's id.

        Raises:
            ChatRefused: it is not accepted.
            ChatUnreachable: no server answers.
        """
        answer = await self._ask("POST", "messages", {"client_msg_id": uuid4().hex, **said})
        return str(answer["message_id"])

    async def events(self, after: int = 0) -> AsyncIterator[dict[str, Any]]:
        """All events after `after`, without end; hints (typing) are left out.

        Raises:
            ChatRefused: the session is not valid.
            ChatUnreachable: the server stayed away.
        """
        seq, failures = after, 0
        while True:
            try:
                async for event in self._stream(seq):
                    seq, failures = event["seq"], 0
                    yield event
            except (ClientError, TimeoutError) as exc:
                if failures == len(PAUSES_SECONDS):
                    raise ChatUnreachable() from exc
            await asyncio.sleep(PAUSES_SECONDS[min(failures, len(PAUSES_SECONDS) - 1)])
            failures += 1

    async def _stream(self, seq: int) -> AsyncIterator[dict[str, Any]]:
        timeout = ClientTimeout(total=None, sock_connect=ANSWER_SECONDS, sock_read=SILENCE_SECONDS)
        headers = {**self._headers(), "Accept": "text/event-stream", "Last-Event-ID": str(seq)}
        async with self._http.get(f"{self._url}/events", headers=headers, timeout=timeout) as answer:
            await _require(answer)
            data = ""
            async for raw in answer.content:
                line = raw.decode().rstrip("\r\n")
                if line.startswith("data:"):
                    data += line.removeprefix("data:").removeprefix(" ")
                elif not line and data:
                    event, data = json.loads(data), ""
                    if "seq" in event:
                        yield event

    async def _ask(self, method: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
        timeout = ClientTimeout(total=ANSWER_SECONDS)
        for pause in (*PAUSES_SECONDS, None):
            try:
                async with self._http.request(
                    method, f"{self._url}/{path}", json=body, headers=self._headers(), timeout=timeout
                ) as answer:
                    if answer.status in PASSING and pause is not None:
                        await asyncio.sleep(max(pause, float(answer.headers.get("Retry-After", 0))))
                        continue
                    await _require(answer)
                    return dict(await answer.json())
            except (ClientError, TimeoutError) as exc:
                if pause is None:
                    raise ChatUnreachable() from exc
                await asyncio.sleep(pause)
        raise ChatUnreachable()

    def _headers(self) -> dict[str, str]:
        return {} if self._session is None else {"Authorization": f"Bearer {self._session.token}"}


async def _require(answer: ClientResponse) -> None:
    if answer.status < 400:
        return
    if answer.status in PASSING:
        answer.raise_for_status()
    problem = await answer.json(content_type=None)
    hint = f" Cities: {', '.join(problem['cities'])}." if "cities" in problem else ""
    raise ChatRefused(f"{problem.get('title')}: {problem.get('detail')}{hint}")


class Conversation:
    """A dialogue over a client: says one thing after the other, each when the one before was answered."""

    def __init__(self, client: ChatClient, hear: Callable[[dict[str, Any]], None]) -> None:
        self._client = client
        self._hear = hear
        self._greeted = asyncio.Event()
        self._done: dict[str, asyncio.Event] = {}

    async def listen(self) -> None:
        """Hand every event to `hear`, until cancelled."""
        async for event in self._client.events():
            self._hear(event)
            self._greeted.set()
            if event["type"] == "turn_done":
                self._turn(event["in_reply_to"]).set()

    async def greeted(self) -> None:
        """Wait for the first event."""
        await self._greeted.wait()

    async def say(self, said: dict[str, Any]) -> None:
        """Post, and wait until the turn is done."""
        message_id = await self._client.post(said)
        await self._turn(message_id).wait()

    def _turn(self, message_id: str) -> asyncio.Event:
        return self._done.setdefault(message_id, asyncio.Event())
