"""The stream of a conversation: events are appended under its counter and read by `seq`. May not know turns.

Order of `seq` is order of commit: whoever appends holds the counter's row lock until the commit, so appending is the
last thing a transaction does. A transaction that is rolled back takes no number.
"""

import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from desk.conversations.rows import ConversationRow, Event, EventRow
from desk.errors import NotFound

LOCK = text("SELECT id, account_id, channel, city, locale, manner FROM conversations WHERE id = :id FOR NO KEY UPDATE")
REPLIES, BULK = 0, 1  # lanes of the outbox: what a resident waits for, and what nobody has just asked for

# Of messages that were written, as `said (seq, type)`, those that the conversation's channel sends: into the outbox, in
# the same statement. desk.sending finds them there.
DELIVER = """
    INSERT INTO deliveries (conversation_id, seq, account_id, lane)
    SELECT conversation.id, said.seq, conversation.account_id, CAST(:lane AS bigint)
    FROM said JOIN conversations AS conversation ON conversation.id = :conversation_id
    WHERE said.type = 'message' AND (conversation.pushes = 'everything'
                                     OR (conversation.pushes = 'news' AND CAST(:lane AS bigint) = 1))
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
OFFERED = text("SELECT offered FROM dialogue_states WHERE conversation_id = :conversation_id")
OFFER = text("UPDATE dialogue_states SET offered = CAST(:offered AS jsonb) WHERE conversation_id = :conversation_id")
AFTER = text("""
    SELECT seq, type, body FROM outbound_messages
    WHERE conversation_id = :conversation_id AND seq > :seq ORDER BY seq LIMIT :limit
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
    connection: AsyncConnection, conversation_id: UUID, events: Sequence[Event], *, lane: int = REPLIES
) -> None:
    """Append events to the stream, and messages to the outbox where the channel sends. The last statement of all."""
    await connection.execute(
        APPEND,
        {"conversation_id": conversation_id, "count": len(events), "events": dump_events(events), "lane": lane},
    )


async def offered_in(connection: AsyncConnection, conversation_id: UUID) -> list[str]:
    """Read the payloads that were offered lately; under the conversation's lock if they are to be changed."""
    return list((await connection.execute(OFFERED, {"conversation_id": conversation_id})).scalar_one())


async def offer(connection: AsyncConnection, conversation_id: UUID, offered: list[str]) -> None:
    """Write the payloads that count as offered; see `rows.offers_after`."""
    await connection.execute(OFFER, {"conversation_id": conversation_id, "offered": dump(offered)})


async def events_after(
    connection: AsyncConnection, conversation_id: UUID, seq: int, limit: int = 200
) -> list[EventRow]:
    """Read the events after `seq`, oldest first."""
    rows = await connection.execute(AFTER, {"conversation_id": conversation_id, "seq": seq, "limit": limit})
    return [EventRow(**row._mapping) for row in rows]


def dump_events(events: Sequence[Event]) -> str:
    """Write events as the JSON array that the appending statements read."""
    return dump([{"type": event.type, "body": event.body} for event in events])


def dump(value: Any) -> str:
    """Write JSON for a jsonb parameter."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
