"""What takes part in turns: each room says what it reads, tells the bot, carries out, gives out, erases and keeps.

The composition root lists the parts (`desk.app.parts`); this room knows none of them.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Any, ClassVar, Protocol
from uuid import UUID

from sqlalchemy import TextClause
from sqlalchemy.ext.asyncio import AsyncConnection

from desk.contract.messages import Context, Effect, Reply
from desk.contract.rendered import PaymentState, RenderedMessage
from desk.contract.turns import TurnResult
from desk.conversations.answers import Answer
from desk.conversations.own_matters import Held, OwnMatter
from desk.conversations.rows import ConversationRow, Event
from desk.conversations.times import told
from desk.conversations.waiting import Waiting
from desk.sealing.opening import Opener
from desk.sealing.vault import DataKey


@dataclass(frozen=True, slots=True)
class Turn:
    """A turn that the bot has answered, in whose transaction effects are carried out.

    `found` is the conversation as the bot was told of it; `conversation` as it goes on, in the city, language and
    manner that the answer chose. `read` holds the columns of all parts, of emergencies and of handing over.
    """

    connection: AsyncConnection
    found: ConversationRow
    conversation: ConversationRow
    read: Mapping[str, Any]
    effects: Sequence[Effect]


@dataclass(frozen=True, slots=True)
class Done:
    """What a part adds to a turn's answer.

    `said` comes before the bot's replies; `shown` is the open order that the answer offers or reports, `named` are all
    orders that replies may name, by number.
    """

    said: Sequence[Reply] = ()
    events: Sequence[Event] = ()
    shown: PaymentState | None = None
    named: Mapping[str, PaymentState] = field(default_factory=dict)


class TurnPart:
    """A room in turns. What a room does not override does nothing, and costs no statement."""

    columns: ClassVar[Mapping[str, str]] = {}
    """What a turn reads of this room: subselects by the name of their column. Each is one value of the one statement
    that reads a turn's message, beside `message`, `conversation` and `dialogue`; a value of several columns or rows is
    JSON."""

    holds: ClassVar[str] = ""
    """A condition in SQL, about `conversations`: while it is true, an idle conversation is not forgotten. `:days` is
    for how long one must have been idle."""

    gives: ClassVar[Mapping[str, TextClause]] = {}
    """What is given out of a conversation (`:id`), by name: statements whose rows are told whole."""

    erases: ClassVar[Sequence[TextClause]] = ()
    """Statements that erase what is kept of a conversation (`:id`)."""

    def items(
        self,
        conversation: ConversationRow,  # noqa: ARG002 - for those that need it
        read: Mapping[str, Any],  # noqa: ARG002
        opener: Opener,  # noqa: ARG002
    ) -> Mapping[str, object]:
        """Items of `desk.contract.messages.Context`, by name, made of the columns that were `read`.

        `opener` opens keys of conversations that were read beside what they seal.
        """
        return {}

    def compared(self, context: Context) -> Sequence[str]:  # noqa: ARG002
        """Texts that a message is held against in meaning: how near it is to each, the actions are told."""
        return ()

    def caught_up(self, conversation: ConversationRow, read: Mapping[str, Any]) -> ConversationRow:  # noqa: ARG002
        """The conversation where the resident has gone meanwhile by other ways."""
        return conversation

    def situated(
        self,
        situation: dict[str, Any] | None,
        read: Mapping[str, Any],  # noqa: ARG002
    ) -> dict[str, Any] | None:
        """The situation that the dialogue stated last, as it is now: something of it may have ended in no turn."""
        return situation

    async def judge(self, turn: Turn) -> Reply | None:  # noqa: ARG002
        """What is said in the place of the answer, where its effects may not be carried out; None: they may.

        All parts judge before any carries out; the first refusal is said, and what was counted for it stays counted.
        """
        return None

    async def carry_out(self, turn: Turn) -> Done:  # noqa: ARG002
        """Carry out the effects that are this room's; others are left alone.

        Raises:
            ValueError: an effect is not the contract.
        """
        return NOTHING

    def filled(self, conversation_id: UUID, reply: Reply) -> Reply:  # noqa: ARG002
        """The reply with addresses where it asks for this room's."""
        return reply

    async def data_of(
        self,
        connection: AsyncConnection,
        conversation_id: UUID,
        key: DataKey,  # noqa: ARG002
        timezone: tzinfo,
    ) -> Mapping[str, Any]:
        """All that is kept here of a conversation, as JSON values by names of its own; `key` is the conversation's."""
        about = {"id": conversation_id}
        return {name: told(await connection.execute(query, about), timezone) for name, query in self.gives.items()}

    async def own_matters(self, connection: AsyncConnection, held: Held) -> Sequence[OwnMatter]:  # noqa: ARG002
        """What residents have going on here, and had lately, as they see it on a page of their own: one statement."""
        return ()

    async def erase(self, connection: AsyncConnection, conversation_id: UUID) -> None:
        """Erase it, under the conversation's lock and before its key is dropped."""
        for statement in self.erases:
            await connection.execute(statement, {"id": conversation_id})

    async def forget(self, connection: AsyncConnection, conversation_ids: Sequence[UUID]) -> None:
        """Part what shall stay from conversations that are deleted now; by their foreign keys other rows go or part."""


NOTHING = Done()


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts, for jobs that forget."""

    parts: Sequence[TurnPart]


@dataclass(frozen=True, slots=True)
class Ended:
    """An emergency has ended: the message is answered as usual.

    With a `payload` what was open is taken up again by it, after `reply`; with `words` those are answered, after
    `reply`, as if they had just been written: the resident says that they told of no emergency.
    """

    reply: Reply | None = None
    payload: str | None = None
    words: str | None = None


class Emergencies(Protocol):
    """Hears emergencies, before all else. It may read the column `has_ticket` of handing over."""

    columns: ClassVar[Mapping[str, str]]

    async def answer(
        self, connection: AsyncConnection, conversation: ConversationRow, waiting: Waiting
    ) -> Answer | Ended | None:
        """Answer a message if it is of an emergency. None: it is not."""
        ...

    async def heard_by_bot(
        self, connection: AsyncConnection, conversation: ConversationRow, waiting: Waiting, result: TurnResult
    ) -> Answer | None:
        """Answer a message of which the bot says that it is of an emergency, or of which it understood nothing but a
        sign of one. None: neither."""
        ...

    def signs(self, text: str) -> dict[str, int]:
        """How many signs of a case of an emergency a text names, by its kind."""
        ...

    def cautions(
        self, conversation: ConversationRow, waiting: Waiting, effects: Iterable[Effect]
    ) -> list[RenderedMessage]:
        """What is said before the answer to a text that names signs of an emergency, and told of none."""
        ...

    async def without_bot(
        self, connection: AsyncConnection, conversation: ConversationRow, waiting: Waiting
    ) -> Answer | None:
        """Answer a message that the bot could not be asked about, if it is likely to be of an emergency."""
        ...


class InLine(Protocol):
    """A resident who waits for a clerk."""

    async def notice(
        self,
        connection: AsyncConnection,
        conversation: ConversationRow,
        waiting: Waiting,
        *,
        asks_place: bool = False,
        asks_call: bool = False,
    ) -> Answer:
        """Say where in the queue they are: beside that their message came, to who `asks_place`, or how they are reached
        to who `asks_call`."""
        ...

    async def leave_no_contact(self, connection: AsyncConnection, conversation: ConversationRow) -> Answer:
        """Say that nothing is kept by which they could be called, and that their place is."""
        ...

    async def leave(self, connection: AsyncConnection, conversation: ConversationRow) -> Answer:
        """End their waiting: they go on with the bot."""
        ...


class HandOver(Protocol):
    """Hands conversations over to a person, and speaks for those who wait."""

    columns: ClassVar[Mapping[str, str]]
    """Among them `has_ticket`: whether a ticket holds the conversation."""
    payloads: ClassVar[frozenset[str]]
    """Buttons that mean something only while a resident waits or is with a clerk; what follows a brace is theirs."""

    async def answer(
        self, connection: AsyncConnection, conversation: ConversationRow, waiting: Waiting
    ) -> Answer | InLine | None:
        """Answer who waits or is with a clerk. InLine: they wait, and what is wished meanwhile is the bot's to answer.

        None: no ticket holds the conversation.
        """
        ...

    async def open(
        self,
        connection: AsyncConnection,
        conversation: ConversationRow,
        *,
        opened_by: str,
        reason: str,
        service: str | None,
    ) -> tuple[list[RenderedMessage], list[Event]]:
        """Open a ticket and say so; nothing if one is live already. Answers messages and events."""
        ...

    async def instead_of_the_bot(self, connection: AsyncConnection, conversation: ConversationRow) -> Answer:
        """Answer a message while the voice is stopped: a notice and a ticket. What the bot remembers stays."""
        ...
