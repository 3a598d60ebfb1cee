"""The talk with one resident: the conversation of a ticket, and those on channels that they linked with it.

Only what was linked since residents are told that whoever answers reads both is shown (`desk.linking.person.readable`).
One person speaks in all of them: while a clerk has one, the bot is silent in the others, what the resident writes there
is the clerk's, and what the clerk says is said there, too, from the first word of the resident on. So whoever acts on a
ticket locks all (`lock_talk`).
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from desk.contract.errors import NotFound
from desk.conversations.rows import ConversationRow
from desk.conversations.service import OF_STAFF
from desk.linking.person import readable
from desk.sealing.opening import Purpose, key_of, traced
from desk.sealing.vault import DataKey
from desk.texts.addresses import without_codes
from desk.tickets.rows import Line

KEPT_OPEN = "1 hour"  # so long a page that was opened is kept fresh without another trace

NAME = re.compile(r"/([a-z_]{1,40})(?:\{|$)")
"""What a button is called, before what it holds."""

OF_ONE = text(f"""
    SELECT id, channel, locale FROM conversations
    WHERE id = ANY ({readable("CAST(:id AS uuid)")}) ORDER BY id <> :id, created_at, id
""")
# In the order of their ids, so that of two who lock the same ones neither waits for the other's.
LOCK = text(f"""
    SELECT id, account_id, channel, city, locale, manner FROM conversations
    WHERE id = ANY ({readable("CAST(:id AS uuid)")}) ORDER BY id FOR NO KEY UPDATE
""")
# That there is news may be told on devices of the web chat; who left a telephone is told by text all the same.
SENDS = text("SELECT pushes NOT IN ('nothing', 'devices') FROM conversations WHERE id = :id")
WERE_OPENED = text(f"""
    SELECT DISTINCT conversation_id FROM openings
    WHERE conversation_id = ANY (:ids) AND reader = :reader AND purpose = 'transcript'
      AND at > clock_timestamp() - interval '{KEPT_OPEN}'
""")

# Grades stand beside the conversation, for those who may see them: what was said about one is no line of it.
# What is told on devices tells of a message, which stands in the chat whatever becomes of that.
OF_DEVICES = "(SELECT channel = 'webchat' FROM conversations WHERE id = :id)"
TRANSCRIPT = text(f"""
    SELECT at, thing, kind, body, delivery FROM (
        SELECT received_at AS at, 'message' AS thing, kind, body, id AS place, NULL AS delivery FROM inbound_messages
        WHERE conversation_id = :id AND (outcome IS NULL OR outcome NOT IN ('erased', 'graded'))
          AND external_id NOT LIKE '{OF_STAFF}%'
        UNION ALL
        SELECT received_at, 'happening', kind, body, id, NULL FROM channel_events
        WHERE conversation_id = :id AND kind = 'edited'
        UNION ALL
        SELECT message.created_at, 'event', message.type, message.body, message.seq, delivery.state
        FROM outbound_messages AS message
        LEFT JOIN deliveries AS delivery
          ON delivery.conversation_id = message.conversation_id AND delivery.seq = message.seq AND NOT {OF_DEVICES}
        WHERE message.conversation_id = :id AND message.type = 'message'
          AND NOT EXISTS (SELECT FROM inbound_messages AS grade
                          WHERE grade.id = message.in_reply_to AND grade.outcome = 'graded')
    ) AS lines WHERE CAST(:until AS timestamptz) IS NULL OR at < :until ORDER BY at DESC, place DESC LIMIT :limit
""")


@dataclass(frozen=True, slots=True)
class Conversation:
    """One of a resident's conversations."""

    id: UUID
    channel: str
    locale: str


async def conversations_of(connection: AsyncConnection, conversation_id: UUID) -> list[Conversation]:
    """The conversation, then those that its resident linked with it, the oldest first."""
    return [Conversation(**row._mapping) for row in await connection.execute(OF_ONE, {"id": conversation_id})]


async def lock_talk(
    connection: AsyncConnection, conversation_id: UUID
) -> tuple[ConversationRow, list[ConversationRow]]:
    """Take the row locks of a conversation and of those linked with it. Answers the conversation, then the others.

    A turn that is in flight in any of them ends first; what is found out in one later knows of what was done.

    Raises:
        NotFound: there is no such conversation.
    """
    rows = [ConversationRow(**row._mapping) for row in await connection.execute(LOCK, {"id": conversation_id})]
    here = next((one for one in rows if one.id == conversation_id), None)
    if here is None:
        raise NotFound("There is no such conversation.")
    return here, [one for one in rows if one.id != conversation_id]


async def sends(connection: AsyncConnection, conversation_id: UUID) -> bool:
    """Whether something can be sent to the resident of a conversation, or all waits for them to look."""
    return bool((await connection.execute(SENDS, {"id": conversation_id})).scalar_one())


async def were_opened(connection: AsyncConnection, conversations: Sequence[Conversation], reader: str) -> bool:
    """Whether somebody has opened all of these within `KEPT_OPEN`."""
    values = {"ids": [one.id for one in conversations], "reader": reader}
    known = set((await connection.execute(WERE_OPENED, values)).scalars())
    return known == {one.id for one in conversations}


async def keys_for(
    connection: AsyncConnection, conversations: Sequence[Conversation], *, reader: str, traces: bool
) -> dict[UUID, DataKey]:
    """Open their keys for somebody who reads; with `traces` that leaves one in each conversation."""
    return {
        one.id: await traced(connection, one.id, Purpose.TRANSCRIPT, reader=reader)
        if traces
        else await key_of(connection, one.id, Purpose.WATCH)
        for one in conversations
    }


async def timeline(
    connection: AsyncConnection,
    conversations: Sequence[Conversation],
    keys: Mapping[UUID, DataKey],
    *,
    limit: int,
    until: datetime | None = None,
) -> list[Line]:
    """The last lines of all, in the order of time; each names its channel where that is not the first one's.

    With `until` those before it. They are as they were written: `shown` makes of them what staff see, once the
    transaction is over that they were read in.
    """
    here = conversations[0]
    found: list[Line] = []
    said: set[str] = set()
    for one in conversations:
        channel = None if one.id == here.id else one.channel
        rows = (await connection.execute(TRANSCRIPT, {"id": one.id, "limit": limit, "until": until})).all()
        for row in reversed(rows):
            body = keys[one.id].open(row.body, row.thing)
            if row.thing == "event":
                message = body["message"]["id"]
                if message in said:  # said in several: one line
                    continue
                said.add(message)
            found.append(_line(row, body, channel))
    return sorted(found, key=lambda line: line.at)[-limit:]


def shown(lines: Sequence[Line], mask: Callable[[str], str]) -> list[Line]:
    """Lines as staff see them: without what a terminal obeys, each text as `mask` leaves it."""
    return [replace(line, text=mask(line.text)) for line in lines]


def channels_read(conversations: Sequence[Conversation]) -> dict[str, Any]:
    """What the audit says of a reading that reached beyond the ticket's own conversation."""
    return {"channels": [one.channel for one in conversations]} if len(conversations) > 1 else {}


def _line(row: Row[Any], body: dict[str, Any], channel: str | None) -> Line:
    """A line of a body that was opened, with the channel that it names as its own."""
    author = "resident"
    if row.thing == "event":
        body = body["message"]
        author = body["author"]
    return Line(row.at, author, without_codes(_said(row.kind, body)), row.delivery, channel)


def _said(kind: str, body: dict[str, object]) -> str:
    """A line's text, as text only; a button is named, a place or a file as such. Staff see no more of a payload."""
    if isinstance(body.get("text"), str):
        said = str(body["text"])
        return f"[edited] {said}" if kind == "edited" else said
    if kind == "payload" and (name := NAME.match(str(body.get("payload", "")))):
        return f"[button {name[1]}]"
    return {"payload": "[button]", "location": "[location]", "media": "[file]"}.get(kind, f"[{kind}]")
