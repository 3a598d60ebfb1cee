"""What a turn begins with: the conversation, under its row lock, and its oldest unanswered message.

Two statements, not one: under READ COMMITTED each has its own snapshot. In a joined one the lock could be granted by a
turn that has just been committed, while the message is still seen as it was before that turn: unanswered.
"""

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, fields
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from desk.conversations.rows import ConversationRow
from desk.kill_switch.service import SILENT
from desk.sealing.opening import KEY, Opener, Purpose, key_of, opened, opener
from desk.sealing.vault import DataKey
from desk.store.direct import ask, begun
from desk.texts.own_words import as_shown

CLAIM = text("""
    SELECT id, account_id, channel, city, locale, manner FROM conversations WHERE id = :id FOR NO KEY UPDATE SKIP LOCKED
""")
OLDEST = f"""
    SELECT message.id, message.kind, message.body, message.tries, message.interruptions, message.waits,
           extract(epoch FROM message.next_try_at - clock_timestamp())::float8 AS due_in,
           extract(epoch FROM clock_timestamp() - message.received_at)::float8 AS age,
           message.wished, dialogue.state, dialogue.situation, dialogue.offered,
           {KEY.format("message.conversation_id")} AS wrapped, ({SILENT}) AS is_silent
"""
OF_CONVERSATION = """
    FROM inbound_messages AS message
    JOIN conversations AS conversation ON conversation.id = message.conversation_id
    JOIN dialogue_states AS dialogue ON dialogue.conversation_id = message.conversation_id
    WHERE message.conversation_id = :id AND message.answered_at IS NULL
    ORDER BY message.id LIMIT 1
"""
EXISTS = text("SELECT EXISTS (SELECT FROM conversations WHERE id = :id)")


@dataclass(frozen=True, slots=True)
class Waiting:
    """The oldest unanswered message of a conversation, with what is known beside it. Seconds throughout.

    `read` holds the columns of the parts (`desk.conversations.ports`), by name.
    """

    id: int
    kind: str
    body: dict[str, Any]
    tries: int
    interruptions: int
    waits: int
    due_in: float | None  # when it may be tried again; None or negative: now
    age: float
    wished: bool  # a payload that counts as offered: a command or menu of the platform
    state: dict[str, Any] | None
    situation: dict[str, Any] | None  # desk.contract.situation.Situation, as the last turn left it, or as it is now
    offered: list[str]
    is_silent: bool  # whether the voice is stopped: desk.kill_switch
    read: Mapping[str, Any]
    key: DataKey  # of the conversation: opened what is here, and seals the answer
    opener: Opener  # of further keys, in `read`

    @property
    def payload(self) -> str | None:
        return self.body["payload"] if self.kind == "payload" else None

    @property
    def text(self) -> str | None:
        return self.body["text"] if self.kind == "text" else None

    @property
    def shown_otherwise(self) -> str | None:
        """How the resident's words are shown once they are answered; None: as they were written."""
        if self.text is None:
            return None
        shown = as_shown(self.text, (self.situation or {}).get("asks_for"))
        return None if shown == self.text else shown


class Reads(Protocol):
    """Gives columns to the statement that reads a turn's message: subselects by name."""

    @property
    def columns(self) -> Mapping[str, str]: ...


@dataclass(frozen=True, slots=True)
class Taken:
    """A conversation under its row lock, in the transaction of `connection`, and its oldest unanswered message.

    `conversation` is None if somebody else has the lock, or there is no such conversation; `waiting` where nothing is.
    """

    connection: AsyncConnection
    conversation: ConversationRow | None = None
    waiting: Waiting | None = None


class Oldest:
    """Takes conversations with the oldest unanswered message of each, and what `parts` read beside it.

    Raises:
        ValueError: two parts give a column of one name.
    """

    def __init__(self, parts: Iterable[Reads]) -> None:
        columns = [column for part in parts for column in part.columns.items()]
        self._names = frozenset(name for name, _ in columns)
        if len(self._names) < len(columns) or not self._names.isdisjoint(field.name for field in fields(Waiting)):
            raise ValueError("Two columns of the statement that reads a turn's message have one name.")
        self._statement = text("".join([OLDEST, *(f", ({sql}) AS {name}\n" for name, sql in columns), OF_CONVERSATION]))

    @asynccontextmanager
    async def taken(self, engine: AsyncEngine, conversation_id: UUID) -> AsyncIterator[Taken]:
        """Begin a transaction and take the row lock, in one round trip, then read. Committed at the end of the block.

        If the message is not due yet, nothing of this conversation is: nobody overtakes.
        """
        about = {"id": conversation_id}
        async with begun(engine, CLAIM, about) as (connection, claimed):
            if not claimed:
                yield Taken(connection)
                return
            oldest = await ask(connection, self._statement, about)
            waiting = await self._read(connection, conversation_id, oldest[0]) if oldest else None
            yield Taken(connection, ConversationRow(**claimed[0]._asdict()), waiting)

    async def _read(self, connection: AsyncConnection, conversation_id: UUID, row: Any) -> Waiting:
        found = row._asdict()
        read = {name: found.pop(name) for name in self._names}
        wrapped = found.pop("wrapped")
        key = (
            await key_of(connection, conversation_id, Purpose.TURN)  # of before data were sealed: it gets its key
            if wrapped is None
            else opened(connection, conversation_id, wrapped, Purpose.TURN)
        )
        found["body"] = key.open(found["body"], "message")
        for name in ("state", "situation", "offered"):
            found[name] = key.open(found[name], "state")
        return Waiting(**found, read=read, key=key, opener=opener(connection, Purpose.TURN))


async def exists(connection: AsyncConnection, conversation_id: UUID) -> bool:
    """Tell whether there is such a conversation: one that could not be claimed is locked then."""
    return bool((await connection.execute(EXISTS, {"id": conversation_id})).scalar_one())
