"""Real messages as a model on trial would read them, beside how the one that answers does.

Nothing is recorded in turns for it: what the bot understood, and in which situation, is kept with each message anyway.
Of what is read otherwise the text is kept as trainers see it, sealed by the key of its conversation.
"""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from desk.contract.staff import Actor, Permission
from desk.conversations.outcomes import Outcome
from desk.conversations.stream import dump
from desk.sealing.opening import KEY, Opener, Purpose, opener
from desk.sealing.vault import DataKey
from desk.store.database import transaction
from desk.store.keys import Unsealable
from desk.teaching.gathering import READ, without_persons
from desk.teaching.signals import SURE, Heard

MONTH = timedelta(days=31)
SETTLED_SECONDS = 60.0
"""A message that is not answered by then is passed by."""
DENSE = 4  # ids are drawn this many times over: some are of messages that were not read, or not text
SHOWN = 50

FIRST = text("SELECT received_at FROM inbound_messages WHERE id >= :id ORDER BY id LIMIT 1")
LAST = text("SELECT coalesce(max(id), 0) FROM inbound_messages")
COLUMNS = f"""
    SELECT message.id, message.conversation_id, message.kind, message.body, message.understanding, message.outcome,
           message.received_at, message.answered_at, message.tries + message.interruptions AS failures,
           conversation.city, {READ} AS is_readable, {KEY.format("message.conversation_id")} AS wrapped,
           extract(epoch FROM clock_timestamp() - message.received_at)::float8 AS age
    FROM inbound_messages AS message JOIN conversations AS conversation ON conversation.id = message.conversation_id
"""
DRAWN = text(f"{COLUMNS} WHERE message.id = ANY (:ids) AND message.kind = 'text' ORDER BY message.id LIMIT :most")
AFTER = text(f"{COLUMNS} WHERE message.id > :after ORDER BY message.id LIMIT :most")
KEEP = text("""
    INSERT INTO model_changes (model_id, message_id, conversation_id, source, city, language, said_at,
                               before, sure_before, after, sure_after, content)
    SELECT :model, message.id, message.conversation_id, :source, :city, :language, :said_at,
           :before, :sure_before, :after, :sure_after, CAST(:content AS jsonb)
    FROM inbound_messages AS message WHERE message.id = :message AND message.outcome IS DISTINCT FROM 'erased'
    ON CONFLICT (model_id, source, message_id) DO NOTHING
""")
FORGET = text("DELETE FROM model_changes WHERE model_id = :model AND source = :source")
CHANGES = text(f"""
    SELECT change.id, change.conversation_id, change.source, change.city, change.language, change.said_at,
           change.before, change.sure_before, change.after, change.sure_after, change.content,
           {KEY.format("change.conversation_id")} AS wrapped
    FROM model_changes AS change
    WHERE change.model_id = :model AND change.source = :source AND (CAST(:before AS bigint) IS NULL OR id < :before)
    ORDER BY change.id DESC LIMIT {SHOWN}
""")
PAIRS = text("""
    SELECT before, after, count(*) AS messages FROM model_changes WHERE model_id = :model AND source = :source
    GROUP BY before, after ORDER BY count(*) DESC, before, after LIMIT 20
""")


@dataclass(frozen=True, slots=True)
class Said:
    """A message that a resident wrote, as the model that answered read it.

    Attributes:
        text: its words, as they were written: for a model alone.
        shown: the same as trainers see them.
        situation: where it was said; None: at the beginning.
        failures: how often its turn failed before it was answered.
        candidate, passed_over: the fingerprint of the model on trial that answered it, or could not; None: none.
    """

    id: int
    conversation_id: UUID
    city: str
    language: str
    at: datetime
    text: str
    shown: str
    situation: Mapping[str, Any] | None
    heard: Heard
    outcome: str | None
    failures: int
    key: DataKey
    candidate: str | None = None
    passed_over: str | None = None

    @property
    def is_unsure(self) -> bool:
        """Whether the likeliest command was not likely enough."""
        return self.heard.confidence < SURE

    @property
    def is_handed_over(self) -> bool:
        """Whether a clerk got it, though nobody asked for one."""
        return self.outcome == Outcome.HANDED_OVER and self.heard.commands[0][0] not in ("person", "complain")

    @property
    def is_failed(self) -> bool:
        """Whether a turn of it failed."""
        return self.failures > 0 or self.outcome == Outcome.APOLOGISED


@dataclass(frozen=True, slots=True)
class Change:
    """A message that two models read otherwise; `text` as trainers see it, empty where it cannot be opened."""

    id: int
    source: str
    city: str
    language: str
    said_at: datetime
    before: str
    sure_before: float
    after: str
    sure_after: float
    text: str = ""


@dataclass(frozen=True, slots=True)
class Pair:
    """How many messages are taken for what, and by the other model for what."""

    before: str
    after: str
    messages: int


@dataclass(frozen=True)
class Readings:
    """Messages to be read by a model, and what came of it."""

    engine: AsyncEngine
    now: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))

    async def of_a_month(self, most: int) -> list[Said]:
        """Messages of the last month, drawn by lot."""
        async with transaction(self.engine) as connection:
            last = int((await connection.execute(LAST)).scalar_one())
            first = await self._first_since(connection, last, self.now() - MONTH)
            span = range(first, last + 1)
            wanted = most * DENSE
            ids = list(span) if len(span) <= wanted else sorted(random.SystemRandom().sample(span, wanted))
            rows = (await connection.execute(DRAWN, {"ids": ids, "most": wanted})).all()
            found = _read_all(rows, opener(connection, Purpose.GATHER))
        return sorted(random.SystemRandom().sample(found, min(most, len(found))), key=lambda one: one.id)

    async def after(self, message: int, most: int) -> tuple[list[Said], int]:
        """The next messages after one, as far as they are answered, and the last that was looked at."""
        async with transaction(self.engine) as connection:
            rows = []
            for row in await connection.execute(AFTER, {"after": message, "most": most}):
                if row.answered_at is None and row.age < SETTLED_SECONDS:
                    break
                rows.append(row)
            found = _read_all(rows, opener(connection, Purpose.GATHER))
        return found, rows[-1].id if rows else message

    async def keep(self, model: int, source: str, read: Sequence[tuple[Said, Heard, Heard]]) -> int:
        """Keep what two models read otherwise: pairs of before and after. Answers how many."""
        changed = [one for one in read if one[1].likeliest != one[2].likeliest]
        if changed:
            async with transaction(self.engine) as connection:
                await connection.execute(KEEP, [_row(model, source, *one) for one in changed])
        return len(changed)

    async def forget(self, model: int, source: str) -> None:
        """Forget what a model read otherwise: it is compared anew."""
        async with transaction(self.engine) as connection:
            await connection.execute(FORGET, {"model": model, "source": source})

    async def changes(self, actor: Actor, model: int, source: str, *, before: int | None = None) -> list[Change]:
        """What a model reads otherwise, the newest first, at most `SHOWN`; `before` is where the last list ended.

        Raises:
            NotPermitted: the actor may not read lines.
        """
        actor.require(Permission.LINE_READ)
        async with transaction(self.engine) as connection:
            rows = (await connection.execute(CHANGES, {"model": model, "source": source, "before": before})).all()
            opens = opener(connection, Purpose.LABEL)
            return [_change(row, opens) for row in rows]

    async def pairs(self, actor: Actor, model: int, source: str) -> list[Pair]:
        """What is taken for what, the most frequent first: no words.

        Raises:
            NotPermitted: the actor may not read models.
        """
        actor.require(Permission.MODEL_READ)
        async with self.engine.connect() as connection:
            rows = await connection.execute(PAIRS, {"model": model, "source": source})
            return [Pair(**row._mapping) for row in rows]

    async def _first_since(self, connection: AsyncConnection, last: int, since: datetime) -> int:
        """The first id of a message since a time: ids grow with it, and only they have an index."""
        low, high = 0, last + 1
        while low < high:
            middle = (low + high) // 2
            at = (await connection.execute(FIRST, {"id": middle})).scalar_one_or_none()
            low, high = (middle + 1, high) if at is not None and at < since else (low, middle)
        return low


def _read_all(rows: Sequence[Row[Any]], opens: Opener) -> list[Said]:
    return [one for row in rows if (one := _read(row, opens)) is not None]


def _read(row: Row[Any], opens: Opener) -> Said | None:
    """A message that the bot has read; None: it has not, or it cannot be opened."""
    if row.kind != "text" or row.understanding is None or row.wrapped is None or not row.is_readable:
        return None
    try:
        key = opens(row.conversation_id, row.wrapped)
        understood = key.open(row.understanding, "message")
        said = str(key.open(row.body, "message").get("text", ""))
    except Unsealable:
        return None
    heard = Heard.of(understood)
    if heard is None or not said:
        return None
    return Said(
        id=row.id,
        conversation_id=row.conversation_id,
        city=row.city,
        language=str(understood.get("language") or ""),
        at=row.received_at,
        text=said,
        shown=without_persons(said, understood)[0],
        situation=understood.get("situation"),
        heard=heard,
        outcome=row.outcome,
        failures=row.failures,
        key=key,
        candidate=understood.get("candidate"),
        passed_over=understood.get("passed_over"),
    )


def _row(model: int, source: str, said: Said, before: Heard, after: Heard) -> dict[str, Any]:
    return {
        "model": model,
        "source": source,
        "message": said.id,
        "city": said.city,
        "language": said.language,
        "said_at": said.at,
        "before": before.likeliest,
        "sure_before": before.confidence,
        "after": after.likeliest,
        "sure_after": after.confidence,
        "content": dump(said.key.seal({"text": said.shown}, "line")),
    }


def _change(row: Row[Any], opens: Opener) -> Change:
    found = row._asdict()
    content, wrapped, conversation = (found.pop(name) for name in ("content", "wrapped", "conversation_id"))
    try:
        shown = "" if wrapped is None else str(opens(conversation, wrapped).open(content, "line")["text"])
    except Unsealable:
        shown = ""
    return Change(**found, text=shown)
