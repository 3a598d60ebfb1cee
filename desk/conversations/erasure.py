"""A resident's data: given out, erased on request, forgotten when idle; what rooms keep, their parts do.

Erasing keeps the session and its stream: the confirmation arrives there. Of messages remain empty rows, so that what is
brought again is still known and brings nothing back; they go with the conversation.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, tzinfo
from typing import Any
from uuid import UUID

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from desk.contract.errors import NotFound
from desk.contract.rendered import RenderedMessage
from desk.conversations import stream
from desk.conversations.live import Live
from desk.conversations.outcomes import Outcome
from desk.conversations.ports import TurnPart
from desk.conversations.rows import message_event, offers_after, turn_done_event
from desk.conversations.times import at
from desk.sealing.opening import Purpose, renew, traced
from desk.sealing.vault import file_length, is_sealed
from desk.store.database import transaction
from desk.store.keys import Unsealable
from desk.store.terms import OF_CITIES, Tally, Term

CHUNK = 500

CONVERSATION = text("SELECT id, city, locale, manner, channel, came_from, created_at FROM conversations WHERE id = :id")
RECEIVED = text("""
    SELECT id, kind, body, understanding, received_at FROM inbound_messages
    WHERE conversation_id = :id AND outcome IS DISTINCT FROM 'erased' AND external_id NOT LIKE 'staff:%' ORDER BY id
""")
SAID = text("""
    SELECT message.seq, message.body, message.created_at, delivery.state AS delivery
    FROM outbound_messages AS message
    LEFT JOIN deliveries AS delivery
      ON delivery.conversation_id = message.conversation_id AND delivery.seq = message.seq
     AND (SELECT channel <> 'webchat' FROM conversations WHERE id = :id)
    WHERE message.conversation_id = :id AND message.type = 'message' ORDER BY message.seq
""")
REMEMBERED = text("SELECT state FROM dialogue_states WHERE conversation_id = :id")
FILES = text("""
    SELECT id, content_type, length(content), substr(content, 1, 8) AS begins, created_at FROM media_files
    WHERE conversation_id = :id ORDER BY created_at
""")
ERASE = (
    text("DELETE FROM outbound_messages WHERE conversation_id = :id"),
    text("DELETE FROM media_files WHERE conversation_id = :id"),
    text("UPDATE conversations SET came_from = NULL WHERE id = :id AND came_from IS NOT NULL"),
    text("UPDATE dialogue_states SET state = NULL, situation = NULL, offered = '[]' WHERE conversation_id = :id"),
)
UNANSWERED = text("SELECT id FROM inbound_messages WHERE conversation_id = :id AND answered_at IS NULL ORDER BY id")
# Without a condition on answered_at: what was received before, answered or not, is gone.
ERASE_MESSAGES = text("""
    UPDATE inbound_messages
    SET body = '{}', understanding = NULL, outcome = :outcome, caller = NULL, next_try_at = NULL,
        answered_at = coalesce(answered_at, clock_timestamp())
    WHERE conversation_id = :id AND (answered_at IS NOT NULL OR id = ANY (:unanswered))
""")

WAITING = text("""
    SELECT id, body FROM inbound_messages
    WHERE conversation_id = :id AND answered_at IS NULL AND kind <> 'media' ORDER BY id
""")
RESEAL = text("UPDATE inbound_messages SET body = CAST(:body AS jsonb) WHERE id = :id")
FORGET_PLAIN = text("DELETE FROM plain_conversations WHERE conversation_id = :id")

IDLE = f"""
    SELECT id, city, resident_id FROM conversations
    WHERE {OF_CITIES.format(city="city")} AND created_at < now() - make_interval(days => :days)
      AND NOT EXISTS (SELECT FROM inbound_messages AS message WHERE message.conversation_id = conversations.id
                      AND message.received_at >= now() - make_interval(days => :days))
      AND NOT EXISTS (SELECT FROM outbound_messages AS event WHERE event.conversation_id = conversations.id
                      AND event.created_at >= now() - make_interval(days => :days))
"""
OLDEST_IDLE = "ORDER BY created_at LIMIT :limit FOR UPDATE SKIP LOCKED"
HELD = text(f"SELECT city, count(*) AS held FROM ({IDLE}) AS idle GROUP BY city")
FORGET = text("DELETE FROM conversations WHERE id = ANY (:ids)")
FORGET_RESIDENTS = text("""
    DELETE FROM residents
    WHERE id = ANY (:ids) AND NOT EXISTS (SELECT FROM conversations WHERE conversations.resident_id = residents.id)
""")


async def data_of(
    connection: AsyncConnection, conversation_id: UUID, parts: Iterable[TurnPart], *, timezone: tzinfo = UTC
) -> dict[str, Any]:
    """Give out all that is kept of a conversation, as JSON values; times are in `timezone`, with their offset.

    `parts` give out what their rooms keep. That all was given out is kept, in the connection's transaction.

    Raises:
        NotFound: there is no such conversation.
    """
    about = {"id": conversation_id}
    conversation = (await connection.execute(CONVERSATION, about)).one_or_none()
    if conversation is None:
        raise NotFound("There is no such conversation.")

    key = await traced(connection, conversation_id, Purpose.EXPORT, reader="resident")
    state = (await connection.execute(REMEMBERED, about)).scalar_one()

    found: dict[str, Any] = {
        "session": str(conversation.id),
        "city": conversation.city,
        "locale": conversation.locale,
        "manner": conversation.manner,
        "channel": conversation.channel,
        "came_from": conversation.came_from,
        "created_at": at(conversation.created_at, timezone),
        "received": [
            {
                "id": str(row.id),
                "kind": row.kind,
                **key.open(row.body, "message"),
                "understanding": key.open(row.understanding, "message"),
                "at": at(row.received_at, timezone),
            }
            for row in await connection.execute(RECEIVED, about)
        ],
        "said": [
            {
                "seq": row.seq,
                **key.open(row.body, "event")["message"],
                "delivery": row.delivery,
                "at": at(row.created_at, timezone),
            }
            for row in await connection.execute(SAID, about)
        ],
        "dialogue_state": key.open(state, "state"),
        "files": [
            {
                "id": str(row.id),
                "content_type": row.content_type,
                "bytes": file_length(row.length, row.begins),
                "at": at(row.created_at, timezone),
            }
            for row in await connection.execute(FILES, about)
        ],
    }
    for part in parts:
        theirs = await part.data_of(connection, conversation_id, key, timezone)
        if not found.keys().isdisjoint(theirs):
            raise ValueError(f"Two parts give out {sorted(found.keys() & theirs.keys())}.")
        found |= theirs
    return found


async def erase(
    engine: AsyncEngine,
    live: Live,
    conversation_id: UUID,
    confirmation: RenderedMessage,
    parts: Sequence[TurnPart],
) -> None:
    """Erase messages, state, files and what tickets hold; the session and its stream stay and carry the confirmation.

    A turn in flight is waited for. Messages that nobody has answered yet end their turn with nothing said; a ticket
    that is open or claimed ends as withdrawn.

    Raises:
        NotFound: there is no such conversation.
    """
    async with transaction(engine) as connection:
        await stream.lock(connection, conversation_id)
        await erase_in(connection, conversation_id, confirmation, parts)
    await live.publish(conversation_id)


async def erase_in(
    connection: AsyncConnection, conversation_id: UUID, confirmation: RenderedMessage, parts: Sequence[TurnPart]
) -> None:
    """The same in a transaction of the caller, who holds the conversation's lock and publishes after the commit."""
    unanswered = list((await connection.execute(UNANSWERED, {"id": conversation_id})).scalars())
    await erase_held(connection, conversation_id, parts, unanswered=unanswered)
    await stream.offer(connection, conversation_id, offers_after([], [confirmation]))
    await stream.append(
        connection,
        conversation_id,
        [
            *(turn_done_event(message_id) for message_id in unanswered),
            message_event(confirmation, author="bot"),
        ],
    )


async def erase_unread(engine: AsyncEngine, conversation_id: UUID, parts: Sequence[TurnPart]) -> None:
    """Erase what a restored backup holds of a conversation whose key has been dropped since; nothing of it is read."""
    about = {"id": conversation_id}
    async with transaction(engine) as connection:
        await stream.lock(connection, conversation_id)
        unanswered = list((await connection.execute(UNANSWERED, about)).scalars())
        await erase_held(connection, conversation_id, parts, unanswered=unanswered)
        await stream.offer(connection, conversation_id, [])
        await stream.append(connection, conversation_id, [turn_done_event(one) for one in unanswered])


async def erase_held(
    connection: AsyncConnection, conversation_id: UUID, parts: Iterable[TurnPart], *, unanswered: Sequence[int] = ()
) -> None:
    """Erase all that is kept, inside a transaction that holds the conversation's lock; its key is dropped.

    Messages named as `unanswered` end with nothing said; others that wait will still be answered. Parts erase first,
    in their order, payments before the others: whoever tells of a payment holds its order while it speaks.
    """
    about = {"id": conversation_id}
    for part in parts:
        await part.erase(connection, conversation_id)
    for statement in ERASE:
        await connection.execute(statement, about)
    await connection.execute(ERASE_MESSAGES, {**about, "outcome": Outcome.ERASED.value, "unanswered": list(unanswered)})
    await _drop_key(connection, conversation_id)


async def _drop_key(connection: AsyncConnection, conversation_id: UUID) -> None:
    """Drop the key, so that nothing can be read in what the database, its log and backups still hold of the rows.

    Messages that are yet to be answered are sealed anew, by the next key.
    """
    dropped, key = await renew(connection, conversation_id)
    await connection.execute(FORGET_PLAIN, {"id": conversation_id})
    for row in (await connection.execute(WAITING, {"id": conversation_id})).all():
        if dropped is None and is_sealed(row.body):
            raise Unsealable(f"Message {row.id} waits to be answered, and its key cannot be opened.")
        body = row.body if dropped is None else dropped.open(row.body, "message")
        await connection.execute(RESEAL, {"id": row.id, "body": stream.dump(key.seal(body, "message"))})


async def forget_idle(engine: AsyncEngine, term: Term, *, parts: Sequence[TurnPart]) -> Tally:
    """Forget, wholly, conversations whose last message is older than a term of days. Answers what was done, by city.

    In chunks, each its own transaction; conversations in a turn, and those that a part holds, are left for the next
    time.
    """
    idle, about = _idle(parts), {"days": term.length, "cities": list(term.cities), "all_but": term.all_but}
    forgotten: Counter[str] = Counter()
    while True:
        async with transaction(engine) as connection:
            found = (await connection.execute(idle, {**about, "limit": CHUNK})).all()
            ids = [row.id for row in found]
            for part in parts:
                await part.forget(connection, ids)
            await connection.execute(FORGET, {"ids": ids})
            await connection.execute(FORGET_RESIDENTS, {"ids": [row.resident_id for row in found]})
        forgotten.update(row.city for row in found)
        if len(found) < CHUNK:
            break
    async with engine.connect() as connection:
        held = {row.city: row.held for row in await connection.execute(HELD, about)}
    return Tally(forgotten, held)


def _idle(parts: Iterable[TurnPart]) -> TextClause:
    held = "".join(f"AND NOT ({part.holds})\n" for part in parts if part.holds)
    return text(f"{IDLE} {held} {OLDEST_IDLE}")
