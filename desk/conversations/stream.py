"""The stream of a conversation: events are appended under its counter and read by `seq`.

Order of `seq` is order of commit: whoever appends holds the counter's row lock until the commit, so appending is the
last thing a transaction does. A transaction that is rolled back takes no number.
"""

import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from desk.contract.errors import NotFound
from desk.conversations.rows import ConversationRow, Event, EventRow
from desk.sealing.opening import KEY, Purpose, key_of, opened
from desk.sealing.vault import DataKey

LOCK = text("SELECT id, account_id, channel, city, locale, manner FROM conversations WHERE id = :id FOR NO KEY UPDATE")
# Lanes of the outbox: what a resident waits for, what nobody has just asked for, and what everybody has to know now.
REPLIES, BULK, URGENT = 0, 1, 2

# Of messages that were written, as `said (seq, type)`, those that the conversation's channel sends: into the outbox, in
# the same statement. desk.sending finds them there. `news` is what nobody looks for just now: it alone goes to mini
# programs, and to the devices of the web chat.
DELIVER = """
    INSERT INTO deliveries (conversation_id, seq, account_id, lane)
    SELECT conversation.id, said.seq, conversation.account_id, CAST(:lane AS bigint)
    FROM said JOIN conversations AS conversation ON conversation.id = :conversation_id
    WHERE said.type = 'message' AND (conversation.pushes = 'everything'
                                     OR (conversation.pushes <> 'nothing' AND CAST(:news AS boolean)))
"""
APPEND = text(f"""
    WITH counted AS (
        UPDATE conversation_counters SET seq = seq + :count WHERE conversation_id = :conversation_id
        RETURNING seq - :count AS before
    ), said AS (
        INSERT INTO outbound_messages (conversation_id, seq, type, body, created_at)
        SELECT :conversation_id, counted.before + event.place, event.value ->> 'type', event.value -> 'body',
               clock_timestamp()
        FROM counted CROSS JOIN jsonb_array_elements(CAST(:events AS jsonb)) WITH ORDINALITY AS event (value, place)
        RETURNING seq, type
    )
    {DELIVER}
""")
OFFERED = text(f"""
    SELECT offered, {KEY.format("dialogue_states.conversation_id")} AS wrapped FROM dialogue_states
    WHERE conversation_id = :conversation_id
""")
OFFER = text("UPDATE dialogue_states SET offered = CAST(:offered AS jsonb) WHERE conversation_id = :conversation_id")
AFTER = text("""
    SELECT event.seq, event.type, event.body, sealing.wrapped FROM outbound_messages AS event
    LEFT JOIN conversation_keys AS sealing ON sealing.conversation_id = event.conversation_id
    WHERE event.conversation_id = :conversation_id AND event.seq > :seq ORDER BY event.seq LIMIT :limit
""")


async def lock(connection: AsyncConnection, conversation_id: UUID) -> ConversationRow:
    """Take a conversation's row lock, waiting for a turn in flight to end. Every writer but intake takes it first.

    Raises:
        NotFound: there is no such conversation.
    """
    row = (await connection.execute(LOCK, {"id": conversation_id})).one_or_none()
    if row is None:
        raise NotFound("There is no such conversation.")
    return ConversationRow(**row._mapping)


async def append(
    connection: AsyncConnection,
    conversation_id: UUID,
    events: Sequence[Event],
    *,
    lane: int = REPLIES,
    news: bool = False,
    key: DataKey | None = None,
) -> None:
    """Append events to the stream, and messages to the outbox where the channel sends. The last statement of all.

    `news`: the resident is not there to see it, so that channels send it that send news alone, as they do what has
    another lane than that of replies. `key` is the conversation's, where the caller has it.
    """
    key = key or await key_of(connection, conversation_id, Purpose.WRITE)
    said = {"conversation_id": conversation_id, "count": len(events), "events": dump_events(events, key)}
    await connection.execute(APPEND, {**said, "lane": lane, "news": news or lane > REPLIES})


async def offered_in(connection: AsyncConnection, conversation_id: UUID) -> list[str]:
    """Read the payloads that were offered lately; under the conversation's lock if they are to be changed."""
    row = (await connection.execute(OFFERED, {"conversation_id": conversation_id})).one()
    return list(opened(connection, conversation_id, row.wrapped, Purpose.WRITE).open(row.offered, "state"))


async def offer(connection: AsyncConnection, conversation_id: UUID, offered: list[str]) -> None:
    """Write the payloads that count as offered; see `rows.offers_after`."""
    key = await key_of(connection, conversation_id, Purpose.WRITE)
    sealed = dump(key.seal(offered, "state"))
    await connection.execute(OFFER, {"conversation_id": conversation_id, "offered": sealed})


async def events_after(
    connection: AsyncConnection, conversation_id: UUID, seq: int, limit: int = 200
) -> list[EventRow]:
    """Read the events after `seq`, oldest first."""
    values = {"conversation_id": conversation_id, "seq": seq, "limit": limit}
    rows = (await connection.execute(AFTER, values)).all()
    if not rows:
        return []
    key = opened(connection, conversation_id, rows[0].wrapped, Purpose.STREAM)
    return [EventRow(row.seq, row.type, key.open(row.body, "event")) for row in rows]


def dump_events(events: Sequence[Event], key: DataKey) -> str:
    """Write events, sealed, as the JSON array that the appending statements read."""
    return dump([{"type": event.type, "body": key.seal(event.body, "event")} for event in events])


def dump(value: Any) -> str:
    """Write JSON for a jsonb parameter."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
