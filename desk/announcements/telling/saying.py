"""Saying one announcement in many conversations at once: one transaction, six statements at most.

Conversations in a turn are passed over, so that no reply waits for a bulk send; the caller says it there singly.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID, uuid4

from psycopg.errors import LockNotAvailable
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection

from desk.contract.rendered import RenderedMessage
from desk.contract.wire import Locale
from desk.conversations.rows import message_event, offers_after
from desk.conversations.stream import dump
from desk.sealing.opening import Purpose, keys_of

LOCK = text("SELECT id, locale FROM conversations WHERE id = ANY (:ids) ORDER BY id FOR NO KEY UPDATE SKIP LOCKED")
WAIT = text("SELECT id, locale FROM conversations WHERE id = ANY (:ids) ORDER BY id FOR NO KEY UPDATE")
SOON, AS_EVER = text("SET LOCAL lock_timeout = '500ms'"), text("SET LOCAL lock_timeout TO DEFAULT")
# Whoever tells a conversation something holds its row lock, so nobody else tells it before `SAY` does. Each is looked
# up by its key (OFFSET 0 keeps it so): a plan of the time when nobody was told yet would read all who were told since.
NEW = text("""
    SELECT one.id FROM unnest(CAST(:ids AS uuid[])) AS one (id)
    WHERE NOT EXISTS (SELECT FROM announcement_deliveries AS told
                      WHERE told.announcement_id = :announcement AND told.conversation_id = one.id OFFSET 0)
      AND NOT EXISTS (
        SELECT FROM linked_conversations AS mine
        JOIN linked_conversations AS theirs ON theirs.person_id = mine.person_id
        JOIN announcement_deliveries AS told ON told.conversation_id = theirs.conversation_id
        WHERE mine.conversation_id = one.id AND told.announcement_id = :announcement)
""")
OFFERED = text("SELECT conversation_id, offered FROM dialogue_states WHERE conversation_id = ANY (:ids)")
OFFER = text("""
    UPDATE dialogue_states SET offered = one.offered
    FROM jsonb_to_recordset(CAST(:offers AS jsonb)) AS one (id uuid, offered jsonb)
    WHERE dialogue_states.conversation_id = one.id
""")
# As `desk.conversations.stream.APPEND` does it in one conversation; also the last statement before the commit.
SAY = text("""
    WITH told AS (
        SELECT one.id, one.body FROM jsonb_to_recordset(CAST(:said AS jsonb)) AS one (id uuid, body jsonb)
    ), counted AS (
        UPDATE conversation_counters AS counter SET seq = counter.seq + 1
        FROM told WHERE counter.conversation_id = told.id RETURNING counter.conversation_id, counter.seq
    ), said AS (
        INSERT INTO outbound_messages (conversation_id, seq, type, body, created_at)
        SELECT counted.conversation_id, counted.seq, 'message', told.body, clock_timestamp()
        FROM counted JOIN told ON told.id = counted.conversation_id
        RETURNING conversation_id, seq
    ), told_now AS (
        INSERT INTO announcement_deliveries (announcement_id, conversation_id, said_at, seq)
        SELECT CAST(:announcement AS bigint), said.conversation_id, CAST(:now AS timestamptz), said.seq FROM said
    )
    INSERT INTO deliveries (conversation_id, seq, account_id, lane)
    SELECT conversation.id, said.seq, conversation.account_id, CAST(:lane AS bigint)
    FROM said JOIN conversations AS conversation ON conversation.id = said.conversation_id
    WHERE conversation.pushes <> 'nothing'
""")


async def lock(connection: AsyncConnection, ids: Sequence[UUID], *, waits: bool = False) -> dict[UUID, Locale]:
    """Take conversations by their row locks; answers the language of each that was free, or (`waits`) that there is."""
    rows = await connection.execute(WAIT if waits else LOCK, {"ids": list(ids)})
    return {row.id: row.locale for row in rows}


async def lock_soon(connection: AsyncConnection, ids: Sequence[UUID]) -> dict[UUID, Locale]:
    """The same, waiting for half a second at most; answers nobody where one is not free by then."""
    try:
        async with connection.begin_nested():
            await connection.execute(SOON)
            locked = await lock(connection, ids, waits=True)
            await connection.execute(AS_EVER)
            return locked
    except OperationalError as exc:
        if isinstance(exc.orig, LockNotAvailable):
            return {}
        raise


async def say(
    connection: AsyncConnection,
    announcement: int,
    locked: Mapping[UUID, Locale],
    messages: Mapping[Locale, RenderedMessage],
    *,
    lane: int,
    now: datetime,
) -> list[UUID]:
    """Say it where it was not said yet; answers where that was. Its last statement is the last before the commit."""
    new = list((await connection.execute(NEW, {"announcement": announcement, "ids": list(locked)})).scalars())
    if not new:
        return []
    keys = await keys_of(connection, new, Purpose.WRITE)
    rows = await connection.execute(OFFERED, {"ids": new})
    offers = []
    for row in rows:
        key, message = keys[row.conversation_id], messages[locked[row.conversation_id]]
        before = key.open(row.offered, "state")
        offered = offers_after(before, [message])
        if offered != before:
            offers.append({"id": str(row.conversation_id), "offered": key.seal(offered, "state")})
    if offers:
        await connection.execute(OFFER, {"offers": dump(offers)})
    events = {locale: _around_id(message) for locale, message in messages.items()}
    bodies = ((one, events[locked[one]]) for one in new)
    said = [
        {"id": str(one), "body": keys[one].seal_written(f"{before}{uuid4().hex}{after}", "event")}
        for one, (before, after) in bodies
    ]
    await connection.execute(SAY, {"said": dump(said), "announcement": announcement, "lane": lane, "now": now})
    return new


def _around_id(message: RenderedMessage) -> tuple[str, str]:
    """The event that shows a message, as JSON: what stands before its number, and what after it."""
    body = message_event(message, author="bot", about="announcement").body
    before, number, after = dump(body).partition(body["message"]["id"])
    assert number
    return before, after
