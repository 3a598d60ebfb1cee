"""What a turn begins with: the conversation, under its row lock, and its oldest unanswered message.

Two statements, not one: under READ COMMITTED each has its own snapshot. In a joined one the lock could be granted by a
turn that has just been committed, while the message is still seen as it was before that turn: unanswered.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from desk.announcements.board import SUBSCRIPTIONS
from desk.cases.keeper import CASES, KEPT_VALUES
from desk.conversations.rows import ConversationRow
from desk.entering.certificates import CERTIFICATE
from desk.intake.residents import FOLLOWED
from desk.linking.person import LINKED
from desk.payments.cashier import NEWEST
from desk.safety.store import OPEN
from desk.voice.service import SILENT

CLAIM = text("""
    SELECT id, account_id, channel, city, locale, manner FROM conversations WHERE id = :id FOR NO KEY UPDATE SKIP LOCKED
""")
OLDEST = text(f"""
    SELECT message.id, message.kind, message.body, message.tries, message.interruptions, message.waits,
           extract(epoch FROM message.next_try_at - clock_timestamp())::float8 AS due_in,
           extract(epoch FROM clock_timestamp() - message.received_at)::float8 AS age,
           dialogue.state, dialogue.offered, ticket.id IS NOT NULL AS has_ticket,
           ({NEWEST}) AS orders, ({CASES}) AS cases, ({KEPT_VALUES}) AS remembered,
           ({SUBSCRIPTIONS}) AS subscriptions, ({SILENT}) AS is_silent, message.wished,
           ({CERTIFICATE}) AS certificate, ({LINKED}) AS linked, ({FOLLOWED}) AS followed, ({OPEN}) AS emergency
    FROM inbound_messages AS message
    JOIN conversations AS conversation ON conversation.id = message.conversation_id
    JOIN dialogue_states AS dialogue ON dialogue.conversation_id = message.conversation_id
    LEFT JOIN tickets AS ticket
           ON ticket.conversation_id = message.conversation_id
          AND (ticket.state = 'claimed' OR (ticket.state = 'open' AND ticket.matter IS NULL))
    WHERE message.conversation_id = :id AND message.answered_at IS NULL
    ORDER BY message.id LIMIT 1
""")
EXISTS = text("SELECT EXISTS (SELECT FROM conversations WHERE id = :id)")


@dataclass(frozen=True, slots=True)
class Waiting:
    """The oldest unanswered message of a conversation, with what is known beside it. Seconds throughout."""

    id: int
    kind: str
    body: dict[str, Any]
    tries: int
    interruptions: int
    waits: int
    due_in: float | None  # when it may be tried again; None or negative: now
    age: float
    state: dict[str, Any] | None
    offered: list[str]
    has_ticket: bool
    orders: list[dict[str, Any]]  # the newest: desk.payments.cashier
    cases: list[dict[str, Any]]  # likewise: desk.cases.keeper
    remembered: list[dict[str, Any]]
    subscriptions: list[dict[str, Any]]  # of the city: desk.announcements.board
    is_silent: bool = False  # whether the voice is stopped: desk.voice
    wished: bool = False  # a payload that counts as offered: a command or menu of the platform
    certificate: dict[str, Any] | None = None  # sealed: desk.entering.certificates
    linked: dict[str, Any] | None = None  # with other channels: desk.linking.person
    followed: Sequence[str] = ()  # cities: desk.intake.residents
    emergency: dict[str, Any] | None = None  # that lasts: desk.safety.store

    @property
    def payload(self) -> str | None:
        return self.body["payload"] if self.kind == "payload" else None

    @property
    def text(self) -> str | None:
        return self.body["text"] if self.kind == "text" else None


async def claim(connection: AsyncConnection, conversation_id: UUID) -> ConversationRow | None:
    """Take the conversation's row lock; None if somebody else has it, or there is no such conversation."""
    row = (await connection.execute(CLAIM, {"id": conversation_id})).one_or_none()
    return None if row is None else ConversationRow(**row._mapping)


async def oldest(connection: AsyncConnection, conversation_id: UUID) -> Waiting | None:
    """Read the oldest unanswered message. If it is not due yet, nothing of this conversation is: nobody overtakes."""
    row = (await connection.execute(OLDEST, {"id": conversation_id})).one_or_none()
    return None if row is None else Waiting(**row._mapping)


async def exists(connection: AsyncConnection, conversation_id: UUID) -> bool:
    """Tell whether there is such a conversation: one that could not be claimed is locked then."""
    return bool((await connection.execute(EXISTS, {"id": conversation_id})).scalar_one())
