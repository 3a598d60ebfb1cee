"""Taught lines as they are kept: sealed by the key of their conversation, and by the data key once that is forgotten.

A line is a resident's words without what was recognised as somebody's; a name that nobody marked stands in it. So it
is no more readable than the message was: what a conversation's key seals goes with that key when the resident has
everything erased, also in backups. What came from a file, or outlived its conversation, is of nobody; the data key
(`DESK_DATA_KEY`) seals it.
"""

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from desk.conversations.stream import dump
from desk.sealing.opening import KEY, Purpose, key_of, opened
from desk.sealing.vault import MARK, DataKey
from desk.store.database import transaction
from desk.store.keys import Keys, Unsealable

PURPOSE = "taught line"
AT_ONCE = 200  # lines in a transaction

SEALED = f"""
    taught.id, taught.conversation_id, taught.decision_id, taught.content, taught.text, taught.spans, taught.situation,
    {KEY.format("taught.conversation_id")} AS wrapped
"""
"""Columns of `taught_lines AS taught` that `opened_line` needs."""

OF_CONVERSATIONS = text(f"""
    SELECT {SEALED} FROM taught_lines AS taught WHERE taught.conversation_id = ANY (:ids)
    ORDER BY taught.id FOR UPDATE OF taught
""")
OF_NOBODY = text("""
    UPDATE taught_lines
    SET conversation_id = NULL, content = CAST(:content AS jsonb), text = NULL, spans = '[]', situation = NULL
    WHERE id = :id
""")
DROP = text("DELETE FROM taught_lines WHERE id = :id")
PLAIN = text(f"""
    SELECT {SEALED} FROM taught_lines AS taught WHERE taught.content IS NULL
    ORDER BY taught.id LIMIT {AT_ONCE} FOR UPDATE OF taught SKIP LOCKED
""")
SEAL = text("""
    UPDATE taught_lines SET content = CAST(:content AS jsonb), text = NULL, spans = '[]', situation = NULL
    WHERE id = :id
""")

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Content:
    """What of a line is sealed: its words, values in them, and where they were said."""

    text: str
    spans: Sequence[Mapping[str, Any]]
    situation: Mapping[str, Any] | None

    def _said(self) -> dict[str, Any]:
        return {"text": self.text, "spans": list(self.spans), "situation": self.situation}

    def sealed(self, key: DataKey) -> str:
        """By the key of its conversation, as JSON."""
        return dump(key.seal(self._said(), "taught"))

    def of_nobody(self, keys: Keys, decision_id: int) -> str:
        """By the data key, as JSON; `decision_id` is the decision by which the line came."""
        plain = json.dumps(self._said(), ensure_ascii=False).encode()
        return dump({MARK: base64.b64encode(keys.seal(plain, purpose=PURPOSE, of=str(decision_id))).decode()})


def opened_line(connection: AsyncConnection, keys: Keys, row: Row[Any], purpose: Purpose) -> Content:
    """Open a line of which `SEALED` was read, for a purpose. One of before lines were sealed is read as it stands.

    Raises:
        Unsealable: its key is gone.
    """
    if row.content is None:
        return Content(row.text, row.spans, row.situation)
    if row.conversation_id is None:
        sealed = base64.b64decode(row.content[MARK])
        return Content(**json.loads(keys.open(sealed, purpose=PURPOSE, of=str(row.decision_id))))
    key = opened(connection, row.conversation_id, row.wrapped, purpose)
    return Content(**key.open(row.content, "taught"))


async def part_from(connection: AsyncConnection, keys: Keys, conversation_ids: Sequence[UUID]) -> None:
    """Part lines from conversations that are forgotten now: the data key seals them, and nothing tells whose they were.

    A line whose key is gone goes.
    """
    for row in (await connection.execute(OF_CONVERSATIONS, {"ids": list(conversation_ids)})).all():
        try:
            content = opened_line(connection, keys, row, Purpose.UPKEEP)
        except Unsealable:
            await connection.execute(DROP, {"id": row.id})
            continue
        await connection.execute(OF_NOBODY, {"id": row.id, "content": content.of_nobody(keys, row.decision_id)})


@dataclass(frozen=True)
class SealingTaught:
    """Seals what an older version kept plain, while everything runs."""

    engine: AsyncEngine
    keys: Keys

    async def seal(self) -> int:
        """Seal all lines that are plain, some in a transaction. Answers how many they were."""
        total = 0
        while sealed := await self._some():
            total += sealed
            log.info("taught_lines_sealed", lines=total)
        return total

    async def _some(self) -> int:
        async with transaction(self.engine) as connection:
            rows = (await connection.execute(PLAIN)).all()
            for row in rows:
                content = Content(row.text, row.spans, row.situation)
                if row.conversation_id is None:
                    sealed = content.of_nobody(self.keys, row.decision_id)
                else:
                    sealed = content.sealed(await key_of(connection, row.conversation_id, Purpose.UPKEEP))
                await connection.execute(SEAL, {"id": row.id, "content": sealed})
        return len(rows)
