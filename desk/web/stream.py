"""The stream of a conversation: server-sent events, or one page of them as JSON.

A stream subscribes first, then reads the store, and again when it is woken: by a hint, or by the rounds over all
streams of the process, which find what no hint told of. `id:` is the event's `seq`, so nothing is lost or doubled on
reconnecting.
https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

import asyncio
import json
from contextlib import suppress
from functools import partial
from typing import Annotated, Any
from uuid import uuid4

import structlog
from aiohttp import ClientConnectionError, web
from aiohttp_pydantic.oas.typing import r200
from psycopg import OperationalError
from pydantic import Field
from sqlalchemy.exc import SQLAlchemyError

from channels.webchat import Events, event
from desk.conversations import sessions
from desk.conversations.live import ENDED, TYPING
from desk.conversations.reader import PAGE
from desk.conversations.rounds import Follower
from desk.conversations.rows import ConversationRow, EventRow
from desk.web.access import address_of, session
from desk.web.parts import PARTS, TOKEN_OF, Parts, conversation_of
from desk.web.problems import Problem
from desk.web.typed import typed

log = structlog.get_logger(__name__)

AGAIN_SECONDS = 1.0  # after a read that failed
POLL_SECONDS = 25.0
RETRY_MILLISECONDS = 2000
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
    loop, session_hash = asyncio.get_running_loop(), sessions.hash_of(token)
    until = loop.time() + wait
    async with parts.live.subscribe(conversation.id) as subscription:
        await parts.live.watched(conversation.id, POLLS)
        with parts.rounds.over(Follower(conversation.id, seq, session_hash, subscription)):
            while True:
                rows = await parts.reader.after(conversation.id, seq)
                left = until - loop.time()
                if rows or left <= 0 or parts.closing.is_set():
                    page = {"events": [_shown(parts, conversation, row) for row in rows]}
                    return web.json_response(page, headers={"Cache-Control": "no-store"})
                if await subscription.wait(left) == ENDED and not await _is_open(parts, token):
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
    parts, token = request.app[PARTS], request[TOKEN_OF]
    async with parts.live.subscribe(conversation.id) as subscription:
        await parts.live.watched(conversation.id, page)
        beat = partial(_show_life, request, response)
        follower = Follower(conversation.id, seq, sessions.hash_of(token), subscription, beat, page)
        with parts.rounds.over(follower):
            while not parts.closing.is_set() and request.transport is not None:
                rows = await _read_patiently(parts, conversation, follower.seq)
                if rows:
                    frames = [_frame(_shown(parts, conversation, row), seq=row.seq) for row in rows]
                    await response.write(b"".join(frames))
                    follower.seq = rows[-1].seq
                if len(rows) == PAGE:  # there may be more of what was there already; what came since has rung
                    continue
                hint = await subscription.wait()
                if hint == TYPING:
                    await response.write(_frame({"type": TYPING}, name=TYPING))
                elif hint == ENDED and not parts.closing.is_set() and not await _is_open(parts, token):
                    return


async def _show_life(request: web.Request, response: web.StreamResponse) -> None:
    """Write a comment, unless something is on its way already: a slow resident holds nobody up."""
    transport = request.transport
    if transport is not None and not transport.get_write_buffer_size():
        await response.write(b": here\n\n")


async def _read_patiently(parts: Parts, conversation: ConversationRow, seq: int) -> list[EventRow]:
    """Read, however often it takes: while the database is away there is nothing new, and the stream stays open."""
    while not parts.closing.is_set():
        try:
            return await parts.reader.after(conversation.id, seq)
        except (SQLAlchemyError, OperationalError, OSError, TimeoutError) as exc:
            log.warning("stream_cannot_read", error=type(exc).__name__)
            await asyncio.sleep(AGAIN_SECONDS)
    return []


async def _is_open(parts: Parts, token: str) -> bool:
    """Whether the session is not over; while the database is away it stays as it was, and nothing can be read."""
    try:
        async with parts.engine.connect() as connection:
            return await sessions.is_good(connection, token)
    except (SQLAlchemyError, OperationalError, OSError, TimeoutError) as exc:
        log.warning("stream_cannot_look", error=type(exc).__name__)
        return True


def _shown(parts: Parts, conversation: ConversationRow, row: EventRow) -> dict[str, Any]:
    """An event as the stream shows it; its time is the city's."""
    at = None if row.at is None else parts.cities[conversation.city].local(row.at)
    return event(row.seq, row.type, row.body, at)


def _frame(data: dict[str, Any], *, seq: int | None = None, name: str | None = None) -> bytes:
    lines = [] if seq is None else [f"id: {seq}"]
    lines += [] if name is None else [f"event: {name}"]
    lines.append(f"data: {json.dumps(data, ensure_ascii=False, separators=(',', ':'))}")
    return ("\n".join(lines) + "\n\n").encode()
