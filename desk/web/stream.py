"""The stream of a conversation: server-sent events, or one page of them as JSON.

A stream subscribes first, then reads the store, and reads it again each second: a lost hint costs a second, and a
restarted Valkey or PostgreSQL costs nothing. `id:` is the event's `seq`, so nothing is lost or doubled on reconnecting.
https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

import asyncio
import json
from contextlib import suppress
from typing import Annotated, Any
from uuid import uuid4

import structlog
from aiohttp import ClientConnectionError, web
from aiohttp_pydantic.oas.typing import r200
from psycopg import OperationalError
from pydantic import Field
from sqlalchemy.exc import SQLAlchemyError

from channels.webchat import Events, event
from desk.conversations import service as conversations
from desk.conversations import sessions
from desk.conversations.live import ENDED, TYPING
from desk.conversations.rows import ConversationRow, EventRow
from desk.web.access import address_of, session
from desk.web.parts import PARTS, TOKEN_OF, Parts, conversation_of
from desk.web.problems import Problem
from desk.web.typed import typed

log = structlog.get_logger(__name__)

REREAD_SECONDS = 1.0
HEARTBEAT_SECONDS = 15.0
POLL_SECONDS = 25.0
RETRY_MILLISECONDS = 2000
PAGE = 200  # events read at once
POLLS = "polls"  # a page that asks again and again is seen by that

type Seq = Annotated[int, Field(ge=0, le=2**62, description="The last seq that is known; only later events come.")]
type Wait = Annotated[float, Field(ge=0, le=POLL_SECONDS, description="Seconds that a page may wait; JSON only.")]


@session
@typed
async def get_events(request: web.Request, after: Seq = 0, wait: Wait = POLL_SECONDS) -> r200[Events]:
    """Hear what is said: text/event-stream, or with Accept: application/json one page of events.

    Last-Event-ID counts like `after`; the later of both is taken. The page comes as soon as there is an event, after
    `wait` seconds at the latest.

    Status Codes:
        200: Events in the order of `seq`.
    """
    parts, conversation = request.app[PARTS], conversation_of(request)
    seq = max(after, _last_event_id(request))
    with parts.streams.admit(conversation.id, address_of(request, parts.proxies)) as within:
        if not within:
            raise Problem("too_many_at_once", headers={"Retry-After": "5"})
        if _wants_json(request):
            return await _page(parts, conversation, request[TOKEN_OF], seq, wait)
        return await _stream(request, parts, conversation, seq)


def _wants_json(request: web.Request) -> bool:
    accept = request.headers.get("Accept", "")
    return "application/json" in accept and "text/event-stream" not in accept


def _last_event_id(request: web.Request) -> int:
    given = request.headers.get("Last-Event-ID", "")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 19 else 0


async def _page(parts: Parts, conversation: ConversationRow, token: str, seq: int, wait: float) -> web.Response:
    loop = asyncio.get_running_loop()
    until = loop.time() + wait
    async with parts.live.subscribe(conversation.id) as subscription:
        await parts.live.watched(conversation.id, POLLS)
        while True:
            rows = await _read(parts, conversation, seq)
            left = until - loop.time()
            if rows or left <= 0 or parts.closing.is_set():
                page = {"events": [event(row.seq, row.type, row.body) for row in rows]}
                return web.json_response(page, headers={"Cache-Control": "no-store"})
            if await subscription.wait(min(left, REREAD_SECONDS)) == ENDED and not await _is_open(parts, token):
                raise Problem("not_authenticated")


async def _stream(request: web.Request, parts: Parts, conversation: ConversationRow, seq: int) -> web.StreamResponse:
    response = web.StreamResponse(
        headers={
            "Content-Type": "text/event-stream; charset=utf-8",
            "Cache-Control": "no-store, no-transform",
            "X-Accel-Buffering": "no",
        }
    )
    await response.prepare(request)
    # The resident left: the ordinary end of a stream.
    with suppress(ClientConnectionError, ConnectionResetError):
        await response.write(f"retry: {RETRY_MILLISECONDS}\n\n".encode())
        page = uuid4().hex
        try:
            await _tell(request, response, page, conversation, seq)
        finally:
            await parts.live.left(conversation.id, page)
    return response


async def _tell(
    request: web.Request, response: web.StreamResponse, page: str, conversation: ConversationRow, seq: int
) -> None:
    """Tell what happens until the page is left or the session is over, which is looked at when it may be, and again."""
    loop, parts, token = asyncio.get_running_loop(), request.app[PARTS], request[TOKEN_OF]
    told_at = looked_at = loop.time()
    hint = None
    async with parts.live.subscribe(conversation.id) as subscription:
        await parts.live.watched(conversation.id, page)
        while not parts.closing.is_set() and request.transport is not None:
            if hint == ENDED or loop.time() - looked_at >= HEARTBEAT_SECONDS:
                if not await _is_open(parts, token):
                    return
                looked_at, hint = loop.time(), None
                await parts.live.watched(conversation.id, page)
            rows = await _read_patiently(parts, conversation, seq)
            for row in rows:
                await response.write(_frame(event(row.seq, row.type, row.body), seq=row.seq))
                seq = row.seq
            if rows:
                told_at = loop.time()
                continue
            if loop.time() - told_at >= HEARTBEAT_SECONDS:
                await response.write(b": here\n\n")
                told_at = loop.time()
            hint = await subscription.wait(REREAD_SECONDS)
            if hint == TYPING:
                await response.write(_frame({"type": TYPING}, name=TYPING))


async def _read(parts: Parts, conversation: ConversationRow, seq: int) -> list[EventRow]:
    async with parts.engine.connect() as connection:
        return await conversations.events_after(connection, conversation.id, seq, limit=PAGE)


async def _read_patiently(parts: Parts, conversation: ConversationRow, seq: int) -> list[EventRow]:
    """Read; while the database is away there is nothing new, and the stream stays open."""
    try:
        return await _read(parts, conversation, seq)
    except (SQLAlchemyError, OperationalError, OSError, TimeoutError) as exc:
        log.warning("stream_cannot_read", error=type(exc).__name__)
        return []


async def _is_open(parts: Parts, token: str) -> bool:
    """Whether the session is not over; while the database is away it stays as it was, and nothing can be read."""
    try:
        async with parts.engine.connect() as connection:
            return await sessions.is_good(connection, token)
    except (SQLAlchemyError, OperationalError, OSError, TimeoutError) as exc:
        log.warning("stream_cannot_look", error=type(exc).__name__)
        return True


def _frame(data: dict[str, Any], *, seq: int | None = None, name: str | None = None) -> bytes:
    lines = [] if seq is None else [f"id: {seq}"]
    lines += [] if name is None else [f"event: {name}"]
    lines.append(f"data: {json.dumps(data, ensure_ascii=False, separators=(',', ':'))}")
    return ("\n".join(lines) + "\n\n").encode()
