"""How a conversation stands for a page that is made anew with each look: what was said last, and what is asked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from desk.contract.errors import NotFound
from desk.contract.situation import Situation
from desk.conversations.rows import ConversationRow, EventRow
from desk.sealing.opening import KEY, Purpose, opened

EVENTS = 60  # the newest; a turn has some five
ANSWERS = 60  # the newest messages among which an earlier answer is looked for
GIVES_NOTHING = frozenset({"go_back", "cancel", "correct"})
"""Intents of what ends or changes a question without answering it."""

FIND = text(f"""
    SELECT id, account_id, channel, city, locale, manner, {KEY.format("conversations.id")} AS wrapped
    FROM conversations WHERE id = :id
""")
# One statement, so that what is asked and what was said are of the same moment.
READ = text(f"""
    SELECT event.seq, event.type, event.body, event.created_at, dialogue.situation,
           EXISTS (SELECT FROM inbound_messages WHERE conversation_id = :id AND answered_at IS NULL) AS waits,
           (SELECT message.body FROM inbound_messages AS message
            WHERE message.conversation_id = :id ORDER BY message.id DESC LIMIT 1) AS written,
           {KEY.format("dialogue.conversation_id")} AS wrapped
    FROM dialogue_states AS dialogue LEFT JOIN LATERAL (
        SELECT seq, type, body, created_at FROM outbound_messages
        WHERE conversation_id = :id ORDER BY seq DESC LIMIT :limit
    ) AS event ON true
    WHERE dialogue.conversation_id = :id ORDER BY event.seq
""")
ANSWERED = text(f"""
    SELECT body, understanding, {KEY.format("inbound_messages.conversation_id")} AS wrapped
    FROM inbound_messages
    WHERE conversation_id = :id AND answered_at IS NOT NULL AND understanding IS NOT NULL
    ORDER BY id DESC LIMIT :limit
""")
IS_ANSWERED = text("SELECT answered_at IS NOT NULL FROM inbound_messages WHERE id = :id")


@dataclass(frozen=True, slots=True)
class Standing:
    """How a conversation stands.

    `situation` is what the dialogue stated last; None: nothing yet. `waits`: a message is not answered yet. `turn` is
    the `seq` at which the last turn ended, 0 before the first. `events` are those since that turn began: what it said,
    and what came unasked. `written` is the text of the newest message; None: it is none. `before` is the message by
    which what is asked for was given before, where that is looked for (`given_before`).
    """

    situation: Situation | None
    waits: bool
    turn: int
    events: Sequence[EventRow]
    written: str | None
    before: Mapping[str, Any] = field(default_factory=dict)


async def find(connection: AsyncConnection, conversation_id: UUID) -> ConversationRow | None:
    """A conversation by its id, without its lock."""
    row = (await connection.execute(FIND, {"id": conversation_id})).one_or_none()
    return None if row is None else ConversationRow(**row._mapping)


async def read(connection: AsyncConnection, conversation_id: UUID) -> Standing:
    """Read how a conversation stands.

    Raises:
        NotFound: there is no such conversation.
    """
    rows = (await connection.execute(READ, {"id": conversation_id, "limit": EVENTS})).all()
    if not rows:
        raise NotFound("There is no such conversation.")
    first = rows[0]
    key = opened(connection, conversation_id, first.wrapped, Purpose.STREAM)
    stated = None if first.situation is None else key.open(first.situation, "state")
    written: Any = None if first.written is None else key.open(first.written, "message")
    events = [
        EventRow(row.seq, row.type, key.open(row.body, "event"), row.created_at) for row in rows if row.seq is not None
    ]
    ends = [event.seq for event in events if event.type == "turn_done"]
    began = ends[-2] if len(ends) > 1 else 0
    return Standing(
        situation=None if stated is None else Situation.model_validate(stated),
        waits=first.waits,
        turn=ends[-1] if ends else 0,
        events=[event for event in events if event.seq > began],
        written=None if written is None else written.get("text"),
    )


async def given_before(connection: AsyncConnection, conversation_id: UUID, now: Situation) -> Mapping[str, Any]:
    """The message by which the field that is asked for was given before, in the service that is open: its body.

    Empty where none was: it is asked for the first time, or was given in the same sentence as something else.
    """
    rows = (await connection.execute(ANSWERED, {"id": conversation_id, "limit": ANSWERS})).all()
    then = now
    for row in rows:
        key = opened(connection, conversation_id, row.wrapped, Purpose.STREAM)
        understood: Any = key.open(row.understanding, "message")
        stated = understood.get("situation")
        if stated is None:
            break
        asked = Situation.model_validate(stated)
        if now.service not in (asked.service, *asked.waiting):
            break  # this message began the service
        answers = asked.service == now.service and asked.field == now.field and then.field != now.field
        if answers and understood["intent"]["name"] not in GIVES_NOTHING:
            return dict(key.open(row.body, "message") or {})
        then = asked
    return {}


async def is_answered(connection: AsyncConnection, message_id: int) -> bool:
    """Whether a message has been answered; one that is gone has."""
    return (await connection.execute(IS_ANSWERED, {"id": message_id})).scalar_one_or_none() is not False
