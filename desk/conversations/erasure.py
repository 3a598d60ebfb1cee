"""A resident's data: given out, erased on request, forgotten when idle. May not know turns.

Erasing keeps the session and its stream: the confirmation arrives there. Of messages and of what happened on a
platform remain empty rows, so that what is brought again is still known and brings nothing back; they go with the
conversation.
"""

from collections.abc import Sequence
from datetime import UTC, tzinfo
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from desk.cases.keeper import Keeper
from desk.consents import service as consents
from desk.conversations import stream
from desk.conversations.live import Live
from desk.conversations.outcomes import Outcome
from desk.conversations.rows import message_event, offers_after, turn_done_event
from desk.db import transaction
from desk.errors import NotFound
from desk.keys import Unsealable
from desk.linking.person import erase as erase_links
from desk.linking.person import together
from desk.payments.cashier import Cashier
from desk.rendered import RenderedMessage
from desk.sealing.opening import Purpose, renew, traced
from desk.sealing.vault import DataKey, file_length, is_sealed

CHUNK = 500
CASE_DAYS = 180  # a case that its agency has not ended keeps its conversation so long after its last change

CONVERSATION = text("SELECT id, city, locale, manner, channel, created_at FROM conversations WHERE id = :id")
RECEIVED = text("""
    SELECT id, kind, body, understanding, received_at FROM inbound_messages
    WHERE conversation_id = :id AND outcome IS DISTINCT FROM 'erased' ORDER BY id
""")
SAID = text("""
    SELECT message.seq, message.body, message.created_at, delivery.state AS delivery
    FROM outbound_messages AS message
    LEFT JOIN deliveries AS delivery
      ON delivery.conversation_id = message.conversation_id AND delivery.seq = message.seq
    WHERE message.conversation_id = :id AND message.type = 'message' ORDER BY message.seq
""")
REMEMBERED = text("SELECT state FROM dialogue_states WHERE conversation_id = :id")
TICKETS = text("""
    SELECT id, state, opened_by, reason, service, opened_at, ended_at FROM tickets
    WHERE conversation_id = :id ORDER BY id
""")
ORDERS = text("""
    SELECT number, service, status, amount::text, refunded::text, created_at, paid_at FROM orders
    WHERE conversation_id = :id ORDER BY created_at
""")
FILES = text("""
    SELECT id, content_type, length(content), substr(content, 1, 8) AS begins, created_at FROM media_files
    WHERE conversation_id = :id ORDER BY created_at
""")

PROVED = text("SELECT issuer, proved_at, good_until FROM certificates WHERE conversation_id = :id")

ERASE_STREAM = text("DELETE FROM outbound_messages WHERE conversation_id = :id")
ERASE_FILES = text("DELETE FROM media_files WHERE conversation_id = :id")
ERASE_STATE = text(
    "UPDATE dialogue_states SET state = NULL, situation = NULL, offered = '[]' WHERE conversation_id = :id"
)
# What must still be settled stays with the clerks, without the conversation.
PART_MATTERS = text("""
    UPDATE tickets
    SET conversation_id = NULL, reason = CASE WHEN matter LIKE 'emergency:%' THEN 'emergency' ELSE reason END
    WHERE conversation_id = :id AND matter IS NOT NULL AND state IN ('open', 'claimed')
""")
ERASE_TICKETS = text("""
    UPDATE tickets
    SET service = NULL, ended_at = coalesce(ended_at, clock_timestamp()),
        state = CASE WHEN state IN ('open', 'claimed') THEN 'withdrawn' ELSE state END
    WHERE conversation_id = :id
""")
# What linked channels share is erased on all of them.
ERASE_WISHES = text(f"DELETE FROM subscriptions WHERE conversation_id = ANY ({together('CAST(:id AS uuid)')})")
WISHES = text(f"""
    SELECT city, topic, nullif(district, '') AS district, min(created_at) AS created_at FROM subscriptions
    WHERE conversation_id = ANY ({together("CAST(:id AS uuid)")})
    GROUP BY city, topic, district ORDER BY min(created_at), topic, district
""")
ERASE_CASES = text("DELETE FROM cases WHERE conversation_id = :id")
ERASE_VALUES = text(f"DELETE FROM remembered_values WHERE conversation_id = ANY ({together('CAST(:id AS uuid)')})")
LINKS = text("""
    SELECT conversation.channel, theirs.linked_at FROM linked_conversations AS mine
    JOIN linked_conversations AS theirs ON theirs.person_id = mine.person_id
    JOIN conversations AS conversation ON conversation.id = theirs.conversation_id
    WHERE mine.conversation_id = :id AND theirs.conversation_id <> :id ORDER BY theirs.linked_at, conversation.id
""")
ERASE_EMERGENCIES = text("DELETE FROM emergencies WHERE conversation_id = :id")
EMERGENCIES = text("""
    SELECT kind, kinds, opened_at, ended_at FROM emergencies WHERE conversation_id = :id ORDER BY id
""")
ERASE_CERTIFICATE = text("DELETE FROM certificates WHERE conversation_id = :id")
ERASE_PROOFS = text("DELETE FROM proofs WHERE conversation_id = :id")
ERASE_WISHED_CODES = text("DELETE FROM wished_codes WHERE conversation_id = :id")
ERASE_WARNINGS = text("DELETE FROM attempt_warnings WHERE conversation_id = :id")
# Without content, so that what is brought again is known.
ERASE_EVENTS = text("UPDATE channel_events SET kind = 'erased', body = '{}' WHERE conversation_id = :id")
ERASE_LOADING = text("""
    DELETE FROM channel_files USING inbound_messages AS message
    WHERE message.id = channel_files.message_id AND message.conversation_id = :id
""")
EVENTS = text("""
    SELECT kind, body, happened_at FROM channel_events
    WHERE conversation_id = :id AND kind <> 'erased' ORDER BY id
""")
REACHED = text("""
    SELECT resident.state FROM residents AS resident
    JOIN conversations ON conversations.resident_id = resident.id
    WHERE conversations.id = :id AND conversations.pushes <> 'nothing'
""")
ERASE_ALL = (
    ERASE_LOADING,
    ERASE_EVENTS,
    ERASE_STREAM,
    ERASE_FILES,
    ERASE_STATE,
    PART_MATTERS,
    ERASE_TICKETS,
    ERASE_CASES,
    ERASE_VALUES,
    ERASE_WISHES,
    ERASE_CERTIFICATE,
    ERASE_EMERGENCIES,
    ERASE_PROOFS,
    ERASE_WISHED_CODES,
    ERASE_WARNINGS,
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
PART_ORDERS = text("UPDATE orders SET conversation_id = NULL WHERE conversation_id = :id")  # open ones expire
FORGET_PLAIN = text("DELETE FROM plain_conversations WHERE conversation_id = :id")

FORGET = text("""
    WITH idle AS (
        SELECT id, resident_id FROM conversations
        WHERE created_at < now() - make_interval(days => :days)
          AND NOT EXISTS (SELECT FROM inbound_messages AS message WHERE message.conversation_id = conversations.id
                          AND message.received_at >= now() - make_interval(days => :days))
          AND NOT EXISTS (SELECT FROM outbound_messages AS event WHERE event.conversation_id = conversations.id
                          AND event.created_at >= now() - make_interval(days => :days))
          AND NOT EXISTS (SELECT FROM cases WHERE cases.conversation_id = conversations.id AND NOT cases.over
                          AND coalesce(cases.at, cases.changed_at + make_interval(days => :case_days)) > now())
          AND NOT EXISTS (SELECT FROM linked_conversations AS mine
                          JOIN linked_conversations AS theirs ON theirs.person_id = mine.person_id
                          JOIN inbound_messages AS message ON message.conversation_id = theirs.conversation_id
                          WHERE mine.conversation_id = conversations.id
                          AND message.received_at >= now() - make_interval(days => :days))
          AND NOT EXISTS (SELECT FROM tickets WHERE tickets.conversation_id = conversations.id
                          AND tickets.matter IS NOT NULL AND tickets.state IN ('open', 'claimed'))
        ORDER BY created_at LIMIT :limit FOR UPDATE SKIP LOCKED
    ), parted AS (
        UPDATE consents SET conversation_id = NULL, parted_at = now() FROM idle WHERE conversation_id = idle.id
    ), forgotten AS (
        DELETE FROM conversations USING idle WHERE conversations.id = idle.id
    )
    SELECT resident_id FROM idle
""")
FORGET_RESIDENTS = text("""
    DELETE FROM residents
    WHERE id = ANY (:ids) AND NOT EXISTS (SELECT FROM conversations WHERE conversations.resident_id = residents.id)
""")


async def data_of(
    connection: AsyncConnection, conversation_id: UUID, keeper: Keeper, *, timezone: tzinfo = UTC
) -> dict[str, Any]:
    """Give out all that is kept of a conversation, as JSON values; times are in `timezone`, with their offset.

    `keeper` opens what is sealed of cases and remembered values. That they were given out is kept, in the connection's
    transaction.

    Raises:
        NotFound: there is no such conversation.
    """
    about = {"id": conversation_id}
    conversation = (await connection.execute(CONVERSATION, about)).one_or_none()
    if conversation is None:
        raise NotFound("There is no such conversation.")

    key = await traced(connection, conversation_id, Purpose.EXPORT, reader="resident")
    state = (await connection.execute(REMEMBERED, about)).scalar_one()

    def at(value: Any) -> str | None:
        return None if value is None else value.astimezone(timezone).isoformat(timespec="seconds")

    return {
        "session": str(conversation.id),
        "city": conversation.city,
        "locale": conversation.locale,
        "manner": conversation.manner,
        "channel": conversation.channel,
        "created_at": at(conversation.created_at),
        "received": [
            {
                "id": str(row.id),
                "kind": row.kind,
                **key.open(row.body, "message"),
                "understanding": key.open(row.understanding, "message"),
                "at": at(row.received_at),
            }
            for row in await connection.execute(RECEIVED, about)
        ],
        "said": [
            {
                "seq": row.seq,
                **key.open(row.body, "event")["message"],
                "delivery": row.delivery,
                "at": at(row.created_at),
            }
            for row in await connection.execute(SAID, about)
        ],
        "dialogue_state": key.open(state, "state"),
        "tickets": [
            {**row._mapping, "id": str(row.id), "opened_at": at(row.opened_at), "ended_at": at(row.ended_at)}
            for row in await connection.execute(TICKETS, about)
        ],
        "orders": [
            {**row._mapping, "created_at": at(row.created_at), "paid_at": at(row.paid_at)}
            for row in await connection.execute(ORDERS, about)
        ],
        **await keeper.data_of(connection, conversation_id, timezone=timezone),
        "consents": await consents.data_of(connection, conversation_id, timezone=timezone),
        "receipts_of_consent": await consents.receipts_of(connection, conversation_id, timezone=timezone),
        "channel_events": [
            {"kind": row.kind, **_happened(row.body, key), "at": at(row.happened_at)}
            for row in await connection.execute(EVENTS, about)
        ],
        "reached": [dict(row._mapping) for row in await connection.execute(REACHED, about)],
        "subscriptions": [
            {**row._mapping, "created_at": at(row.created_at)} for row in await connection.execute(WISHES, about)
        ],
        "linked": [
            {"channel": row.channel, "linked_at": at(row.linked_at)} for row in await connection.execute(LINKS, about)
        ],
        "emergencies": [
            {**row._mapping, "opened_at": at(row.opened_at), "ended_at": at(row.ended_at)}
            for row in await connection.execute(EMERGENCIES, about)
        ],
        "identity": [
            {"issuer": row.issuer, "proved_at": at(row.proved_at), "good_until": at(row.good_until)}
            for row in await connection.execute(PROVED, about)
        ],
        "files": [
            {
                "id": str(row.id),
                "content_type": row.content_type,
                "bytes": file_length(row.length, row.begins),
                "at": at(row.created_at),
            }
            for row in await connection.execute(FILES, about)
        ],
    }


async def erase(
    engine: AsyncEngine,
    live: Live,
    conversation_id: UUID,
    confirmation: RenderedMessage,
    cashier: Cashier | None = None,
) -> None:
    """Erase messages, state, files and what tickets hold; the session and its stream stay and carry the confirmation.

    A turn in flight is waited for. Messages that nobody has answered yet end their turn with nothing said; a ticket
    that is open or claimed ends as withdrawn.

    Raises:
        NotFound: there is no such conversation.
    """
    about = {"id": conversation_id}
    async with transaction(engine) as connection:
        await stream.lock(connection, conversation_id)
        unanswered = list((await connection.execute(UNANSWERED, about)).scalars())
        await erase_held(connection, conversation_id, unanswered=unanswered, cashier=cashier)
        await stream.offer(connection, conversation_id, offers_after([], [confirmation]))
        await stream.append(
            connection,
            conversation_id,
            [
                *(turn_done_event(message_id) for message_id in unanswered),
                message_event(confirmation, author="bot"),
            ],
        )
    await live.publish(conversation_id)


async def erase_unread(engine: AsyncEngine, conversation_id: UUID) -> None:
    """Erase what a restored backup holds of a conversation whose key has been dropped since; nothing of it is read."""
    about = {"id": conversation_id}
    async with transaction(engine) as connection:
        await stream.lock(connection, conversation_id)
        unanswered = list((await connection.execute(UNANSWERED, about)).scalars())
        await connection.execute(PART_ORDERS, about)
        await erase_held(connection, conversation_id, unanswered=unanswered)
        await stream.offer(connection, conversation_id, [])
        await stream.append(connection, conversation_id, [turn_done_event(one) for one in unanswered])


async def erase_held(
    connection: AsyncConnection,
    conversation_id: UUID,
    *,
    unanswered: Sequence[int] = (),
    cashier: Cashier | None = None,
) -> None:
    """Erase all that is kept, inside a transaction that holds the conversation's lock; its key is dropped.

    Messages named as `unanswered` end with nothing said; others that wait will still be answered. Orders are accounts
    of money and stay, parted from the conversation, with the names in them sealed; first of all, since whoever tells of
    a payment holds its order while it speaks. Consents stay as receipts (`desk/stays.py` says for how long).
    """
    if cashier is not None:
        await cashier.release(connection, conversation_id)
    about = {"id": conversation_id}
    for statement in ERASE_ALL:
        await connection.execute(statement, about)
    await consents.part(connection, conversation_id)
    await erase_links(connection, conversation_id)
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


def _happened(body: dict[str, Any], key: DataKey) -> dict[str, Any]:
    """What is told of a thing that happened: without the hashed name of the message that it was about."""
    return {name: value for name, value in key.open(body, "happening").items() if name != "message"}


async def forget_idle(engine: AsyncEngine, *, days: int) -> int:
    """Forget, wholly, conversations whose last message is older than `days`. Answers how many were forgotten.

    In chunks, each its own transaction; conversations in a turn are left for the next time. One with an appointment
    ahead, with something that an agency has in hand, or with a matter that a clerk has to settle, is not forgotten; nor
    is one whose resident is active on a linked channel, which uses what was kept here.
    """
    forgotten = 0
    while True:
        async with transaction(engine) as connection:
            residents = list(
                (await connection.execute(FORGET, {"days": days, "case_days": CASE_DAYS, "limit": CHUNK})).scalars()
            )
            await connection.execute(FORGET_RESIDENTS, {"ids": residents})
        forgotten += len(residents)
        if len(residents) < CHUNK:
            return forgotten
