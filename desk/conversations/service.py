"""What the web and the channels ask of the conversations room: open, find, receive, read, keep."""

import asyncio
import hashlib
import re
import secrets
import time
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import structlog
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from desk.accounts.service import ChannelAccountRow
from desk.contract.messages import Manner
from desk.contract.rendered import RenderedMessage
from desk.conversations import sessions, stream
from desk.conversations.bell import Bell
from desk.conversations.erasure import data_of, erase
from desk.conversations.rows import ConversationRow, Receipt, message_event, offers_after
from desk.conversations.stream import dump, events_after
from desk.http.tracing import QUEUE, first_span, follow, taking_span
from desk.media.scanning import Verdict
from desk.sealing.opening import FIRST, Purpose, first, key_of, opened
from desk.sealing.vault import DataKey
from desk.store.database import is_outage, single_statements
from desk.store.direct import ask

__all__ = [
    "data_of",
    "erase",
    "events_after",
    "find_by_token",
    "find_media_type",
    "find_message",
    "media_kept",
    "open_conversation",
    "receive",
    "sealed_body",
    "storable",
    "store_media",
    "wish",
]

log = structlog.get_logger(__name__)
RECEIVE_PAUSES_SECONDS = (0.1, 0.3, 1.0, 2.0)  # before each further attempt: a database that restarts is waited for

OPEN = text(f"""
    WITH resident AS (
        INSERT INTO residents (id, account_id, external_id) VALUES (:resident_id, :account_id, :external_id)
        RETURNING id
    ), conversation AS (
        INSERT INTO conversations (id, account_id, resident_id, channel, city, locale, manner, came_from)
        SELECT :id, :account_id, resident.id, :channel, :city, :locale, :manner, :came_from FROM resident RETURNING id
    ), counter AS (
        INSERT INTO conversation_counters (conversation_id) SELECT id FROM conversation
    ), sealing AS ({FIRST})
    INSERT INTO dialogue_states (conversation_id, offered) SELECT id, CAST(:offered AS jsonb) FROM conversation
""")
# Nothing where the key that sealed the message has been dropped: it is held until the message is stored.
RECEIVE = text("""
    WITH sealing AS (
        SELECT conversation_id FROM conversation_keys
        WHERE conversation_id = :conversation_id AND generation = :generation FOR KEY SHARE
    )
    INSERT INTO inbound_messages (conversation_id, account_id, external_id, kind, body, caller, wished)
    SELECT conversation_id, :account_id, :external_id, :kind, CAST(:body AS jsonb), :caller, :wished FROM sealing
    ON CONFLICT (account_id, external_id) DO NOTHING RETURNING id
""")
OF_STAFF = "staff:"  # how the external id of a message begins that staff wrote into a resident's place
OF_PAGE = "page:"  # and of one that residents began on a page of their own
WISH = text("""
    INSERT INTO inbound_messages (conversation_id, account_id, external_id, kind, body, wished)
    VALUES (:conversation_id, :account_id, :external_id, 'payload', CAST(:body AS jsonb), true) RETURNING id
""")
RECEIVED = text("SELECT id FROM inbound_messages WHERE account_id = :account_id AND external_id = :external_id")
MEDIA_KEPT = text(
    "SELECT count(*), coalesce(sum(octet_length(content)), 0) FROM media_files WHERE conversation_id = :id"
)
STORE_MEDIA = text("""
    INSERT INTO media_files (id, conversation_id, content_type, content, held, scanned_at)
    VALUES (:id, :conversation_id, :content_type, :content, :held, CASE WHEN :is_clean THEN clock_timestamp() END)
""")
MEDIA_TYPE = text("SELECT content_type FROM media_files WHERE id = :id AND conversation_id = :conversation_id")

TAKING_IN = {
    "messaging.system": QUEUE,
    "messaging.operation.name": "take_in",
    "messaging.operation.type": "send",
    "messaging.destination.name": "messages",
}
"""Attributes of the first span of each message's trace."""

# PostgreSQL stores neither: U+0000, and halves of characters beyond the basic plane.
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


async def open_conversation(
    connection: AsyncConnection,
    *,
    account: ChannelAccountRow,
    city: str,
    locale: str,
    greeting: Sequence[RenderedMessage],
    manner: Manner = "standard",
    longest: timedelta = sessions.LONGEST,
    idle: timedelta = sessions.IDLE,
    came_from: str | None = None,
) -> tuple[UUID, str]:
    """Open a web conversation. The greeting becomes its first events and offers its payloads.

    `came_from` is what the page is about on which it was opened. Answers the conversation's id and its bearer token, of
    which only a hash is kept.
    """
    conversation_id, token = uuid4(), secrets.token_urlsafe(32)
    key, kept = first(connection, conversation_id)
    await connection.execute(
        OPEN,
        {
            "resident_id": uuid4(),
            "external_id": hashlib.sha256(conversation_id.bytes).hexdigest(),
            "id": conversation_id,
            "account_id": account.id,
            "channel": account.channel,
            "city": city,
            "locale": locale,
            "manner": manner,
            "came_from": came_from,
            "offered": dump(key.seal(offers_after([], greeting), "state")),
            **kept,
        },
    )
    await sessions.keep(connection, conversation_id, token, longest=longest, idle=idle)
    if greeting:
        events = [message_event(message, author="bot") for message in greeting]
        await stream.append(connection, conversation_id, events, key=key)
    return conversation_id, token


async def find_by_token(
    connection: AsyncConnection, token: str, idle: timedelta = sessions.IDLE
) -> ConversationRow | None:
    """Find the conversation that a bearer token opens."""
    conversation, _ = await sessions.find(connection, token, idle)
    return conversation


async def receive(
    engine: AsyncEngine,
    bell: Bell,
    *,
    conversation: ConversationRow,
    external_id: str,
    kind: str,
    body: dict[str, Any],
    caller: bytes | None = None,
    wished: bool = False,
) -> Receipt:
    """Store a message, then ring. The same external id again gives the same message id and changes nothing.

    `caller` is the hash of the address that it came from (`desk.attempts.caller`), where that says who it is. `wished`:
    a payload that counts as offered, since a page of ours offered it.

    `kind` is text, payload, location or media; `body` has the one field that kind names, as in
    `desk.contract.messages.Message`. Characters that cannot be stored are left out. A database that restarts is waited
    for.

    Raises:
        sqlalchemy.exc.DBAPIError: the database stayed away for some seconds.
    """
    values = {
        "conversation_id": conversation.id,
        "account_id": conversation.account_id,
        "external_id": UNSTORABLE.sub("", external_id),
        "kind": kind,
        "wrapped": conversation.wrapped,
        "caller": caller,
        "wished": wished,
    }
    said, began = storable(body), time.time_ns()
    for pause in RECEIVE_PAUSES_SECONDS:
        try:
            receipt = await _store(engine, values, said)
            break
        except DBAPIError as exc:
            if not is_outage(exc):
                raise
            await asyncio.sleep(pause)
    else:
        receipt = await _store(engine, values, said)
    follow(conversation.id, receipt.message_id)
    if not receipt.created:
        log.info("message_known", kind=kind)
        return receipt
    attributes = {**TAKING_IN, "desk.channel": conversation.channel, "desk.city": conversation.city}
    with first_span("send messages", attributes, began):
        log.info("message_taken", kind=kind)
        await bell.ring(conversation.id)
    return receipt


async def wish(connection: AsyncConnection, conversation: ConversationRow, payload: str, *, of: str = OF_STAFF) -> None:
    """Put a payload that counts as offered at the end of what waits; under the conversation's lock.

    It is answered like a press. `of` says who began it: `OF_STAFF`, then nobody pressed it, and staff do not see it in
    the transcript; `OF_PAGE`, then the resident did, elsewhere than in the chat. The sweep rings.
    """
    key, began = await key_of(connection, conversation.id, Purpose.WRITE), time.time_ns()
    body = dump(sealed_body(key, "payload", {"payload": payload}))
    values = {"conversation_id": conversation.id, "account_id": conversation.account_id}
    wished = {**values, "external_id": f"{of}{uuid4()}", "body": body}
    number: int = (await connection.execute(WISH, wished)).scalar_one()
    attributes = {**TAKING_IN, "desk.channel": conversation.channel, "desk.city": conversation.city}
    with taking_span(conversation.id, number, "send messages", attributes, began):
        log.info("message_taken", kind="payload")


async def _store(engine: AsyncEngine, values: dict[str, Any], said: dict[str, Any]) -> Receipt:
    conversation_id, wrapped = values["conversation_id"], values["wrapped"]
    async with single_statements(engine) as connection:
        while True:
            key = (
                await key_of(connection, conversation_id, Purpose.WRITE)
                if wrapped is None
                else opened(connection, conversation_id, wrapped, Purpose.WRITE)
            )
            sealed = {"body": dump(sealed_body(key, values["kind"], said)), "generation": key.generation}
            created = await ask(connection, RECEIVE, {**values, **sealed})
            if created:
                return Receipt(created[0].id, True)
            known = await ask(connection, RECEIVED, values)
            if known:  # else it was forgotten, or the key dropped, between the statements
                return Receipt(known[0].id, False)
            wrapped = None


async def store_media(
    connection: AsyncConnection, *, conversation_id: UUID, content_type: str, content: bytes, verdict: Verdict
) -> UUID:
    """Keep a file that a resident sent, after a look for malware; answers its id.

    Where the look came to nothing it is kept back: nobody can open it before `desk.intake.scanning` has looked.

    Raises:
        ValueError: it is malware, which is not kept.
    """
    if verdict == Verdict.MALWARE:
        raise ValueError("Malware is not kept: refuse the file.")
    media_id = uuid4()
    key = await key_of(connection, conversation_id, Purpose.WRITE)
    sealed = {
        "content_type": content_type,
        "content": key.seal_file(content),
        "held": verdict == Verdict.UNKNOWN,
        "is_clean": verdict == Verdict.CLEAN,
    }
    await connection.execute(STORE_MEDIA, {"id": media_id, "conversation_id": conversation_id, **sealed})
    return media_id


async def media_kept(connection: AsyncConnection, conversation_id: UUID) -> tuple[int, int]:
    """How many files of a conversation are kept, and their bytes."""
    files, size = (await connection.execute(MEDIA_KEPT, {"id": conversation_id})).one()
    return int(files), int(size)


async def find_media_type(connection: AsyncConnection, conversation_id: UUID, media_id: UUID) -> str | None:
    """Find the type of a file of this conversation, without its content."""
    found = await connection.execute(MEDIA_TYPE, {"id": media_id, "conversation_id": conversation_id})
    return found.scalar_one_or_none()


async def find_message(connection: AsyncConnection, conversation: ConversationRow, external_id: str) -> int | None:
    """Find the id of a message that was received already."""
    values = {"account_id": conversation.account_id, "external_id": UNSTORABLE.sub("", external_id)}
    return (await connection.execute(RECEIVED, values)).scalar_one_or_none()


def sealed_body(key: DataKey, kind: str, body: dict[str, Any]) -> dict[str, Any]:
    """A message's body as it is kept: sealed; that of a file is no more than its random name."""
    return body if kind == "media" else key.seal(body, "message")


def storable(value: Any) -> Any:
    """A JSON value without the characters that cannot be stored."""
    if isinstance(value, str):
        return UNSTORABLE.sub("", value)
    if isinstance(value, list):
        return [storable(item) for item in value]
    if isinstance(value, dict):
        return {storable(key): storable(item) for key, item in value.items()}
    return value
