"""Lines of like meaning in a like situation, held together so that one decision labels many.

The first line of a group stands for it. A further one joins the group to whose line it is nearest, if it is near enough
and was heard as the same in a like place. How near texts are in meaning the bot says: it is the same measure by which
residents' questions are held against guides.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Protocol

import structlog
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from desk.contract.errors import BotError
from desk.contract.turns import Understood
from desk.sealing.opening import KEY, Purpose, opened
from desk.store.database import transaction
from desk.store.keys import Unsealable

log = structlog.get_logger(__name__)

NEAR = 0.5
"""So near a line's meaning is to that of a group that it joins: decision 28 says what was measured."""
AT_ONCE = 50  # lines in a transaction
HELD_AGAINST = 40
"""So many groups of its place, the newest, a line is held against: the bot keeps their vectors."""
SECONDS = 6.0

UNGROUPED = text(f"""
    SELECT line.id, line.conversation_id, line.place, line.heard, line.content,
           {KEY.format("line.conversation_id")} AS wrapped
    FROM teaching_lines AS line
    WHERE line.group_id IS NULL AND line.state = 'open' AND line.signals <> '{{}}'
    ORDER BY line.place, line.heard, line.id LIMIT {AT_ONCE}
""")
LEADERS = text(f"""
    SELECT line.id, line.group_id, line.conversation_id, line.content,
           {KEY.format("line.conversation_id")} AS wrapped
    FROM (SELECT DISTINCT ON (group_id) * FROM teaching_lines
          WHERE place = :place AND heard = :heard AND state = 'open' AND group_id IS NOT NULL
          ORDER BY group_id DESC, id) AS line
    ORDER BY line.group_id DESC LIMIT {HELD_AGAINST}
""")
JOIN = text("UPDATE teaching_lines SET group_id = :group_id WHERE id = :id AND group_id IS NULL")
DROP = text("DELETE FROM teaching_lines WHERE id = ANY (:ids)")


class Reader(Protocol):
    """The bot, as far as it is asked here."""

    async def understand(self, text: str, compared: Sequence[str] = (), *, seconds: float) -> Understood:
        """What a text means, and how near it is to others."""


@dataclass(frozen=True)
class Grouping:
    """Puts lines together."""

    engine: AsyncEngine
    reader: Reader

    async def group(self) -> int:
        """Group the next lines. Answers how many; 0: there are none, or the bot is away and they wait."""
        async with transaction(self.engine) as connection:
            rows, lost = _texts(connection, (await connection.execute(UNGROUPED)).all())
            await connection.execute(DROP, {"ids": lost})
            leaders = {
                at: dict(await self._leaders(connection, *at))
                for at, _ in groupby(rows, lambda one: (one[0].place, one[0].heard))
            }
        joined = []
        try:
            for row, said in rows:
                found = leaders[row.place, row.heard]
                group = await self._near(said, found)
                found.setdefault(row.id if group is None else group, said)
                joined.append({"id": row.id, "group_id": row.id if group is None else group})
        except BotError as exc:  # the next run goes on
            log.warning("lines_not_grouped", error=type(exc).__name__)
        if joined:
            async with transaction(self.engine) as connection:
                await connection.execute(JOIN, joined)
        return len(joined) + len(lost)

    async def _leaders(self, connection: AsyncConnection, place: str, heard: str) -> list[tuple[int, str]]:
        rows = await connection.execute(LEADERS, {"place": place, "heard": heard})
        return [(row.group_id, said) for row, said in _texts(connection, rows.all())[0]]

    async def _near(self, said: str, groups: dict[int, str]) -> int | None:
        """The group that a text belongs to; None: a new one."""
        same = next((group for group, other in groups.items() if _bare(other) == _bare(said)), None)
        if same is not None or not groups:
            return same
        understood = await self.reader.understand(said, list(groups.values()), seconds=SECONDS)
        near, group = max(zip(understood.likeness, groups, strict=False), default=(0.0, None))
        return group if near >= NEAR else None


def _texts(connection: AsyncConnection, rows: Sequence[Row[Any]]) -> tuple[list[tuple[Row[Any], str]], list[int]]:
    """Rows with their texts, and the ids of those that cannot be opened: their conversation was erased meanwhile."""
    found, lost = [], []
    for row in rows:
        try:
            key = opened(connection, row.conversation_id, row.wrapped, Purpose.GATHER)
            found.append((row, str(key.open(row.content, "line")["text"])))
        except Unsealable:
            lost.append(row.id)
    return found, lost


def _bare(said: str) -> str:
    """A text without case, space and marks."""
    plain = unicodedata.normalize("NFKC", said).casefold()
    return "".join(char for char in plain if unicodedata.category(char)[0] in "LN") or plain
