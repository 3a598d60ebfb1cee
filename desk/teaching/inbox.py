"""What waits for trainers: groups of lines worth a look, the random sample, second opinions and those that settle.

Reading a line leaves a trace in its conversation and stands in the audit, once a day of each.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from desk.audit.trail import record
from desk.contract.staff import Actor, Permission
from desk.sealing.opening import KEY, Purpose, opened, traced_newly
from desk.store.database import transaction
from desk.store.keys import Unsealable
from desk.teaching.gathering import week_of
from desk.teaching.rows import Group, Line, Queue
from desk.teaching.signals import START, Signal

GROUPS_SHOWN = 25
EXAMPLES = 3
MOST_AT_ONCE = 60
"""So many lines of a group are decided at once."""
LEAST, TIMES = 5, 3
"""A group grows if at least so many lines of it came in the last seven days, and so many times as many a day as in the
four weeks before."""

LINE = f"""
    line.id, line.message_id, line.conversation_id, line.city, line.said_at, line.language, line.heard,
    line.confidence, line.signals, line.state, coalesce(line.group_id, line.id) AS grouped, line.is_blind,
    line.sampled_in, line.content, line.commands, {KEY.format("line.conversation_id")} AS wrapped
"""
OPEN = "line.state = 'open' AND line.signals <> '{}'"
WANTED = """
    (CAST(:city AS text) IS NULL OR line.city = :city)
    AND (CAST(:language AS text) IS NULL OR line.language = :language)
    AND (CAST(:signal AS text) IS NULL OR :signal = 'growing' OR :signal = ANY (line.signals))
"""
LATELY = "line.said_at > CAST(:now AS timestamptz) - interval '7 days'"
BEFORE = """
    line.said_at > CAST(:now AS timestamptz) - interval '35 days'
    AND line.said_at <= CAST(:now AS timestamptz) - interval '7 days'
"""
GROUPS = text(f"""
    WITH waiting AS (
        SELECT coalesce(line.group_id, line.id) AS id, count(*) AS count,
               mode() WITHIN GROUP (ORDER BY line.heard) AS heard, max(line.said_at) AS newest,
               string_agg(array_to_string(line.signals, ' '), ' ') AS signals
        FROM teaching_lines AS line WHERE {OPEN} AND {WANTED} GROUP BY 1
    ), came AS (
        SELECT coalesce(line.group_id, line.id) AS id, count(*) FILTER (WHERE {LATELY}) AS lately,
               count(*) FILTER (WHERE {BEFORE}) AS before
        FROM teaching_lines AS line GROUP BY 1
    )
    SELECT waiting.*, lately >= {LEAST} AND lately * 4 > {TIMES} * before AS is_growing
    FROM waiting JOIN came USING (id)
    WHERE (CAST(:signal AS text) IS DISTINCT FROM 'growing' OR (lately >= {LEAST} AND lately * 4 > {TIMES} * before))
      AND (CAST(:count AS bigint) IS NULL OR (count, id) < (:count, :after))
    ORDER BY count DESC, id DESC LIMIT :most
""")
EXAMPLES_OF = text(f"""
    SELECT {LINE} FROM (
        SELECT *, row_number() OVER (PARTITION BY coalesce(group_id, id) ORDER BY confidence, id DESC) AS rank
        FROM teaching_lines AS line
        WHERE coalesce(group_id, id) = ANY (:ids) AND {OPEN} AND {WANTED}
    ) AS line WHERE rank <= :most ORDER BY line.rank
""")
OF_GROUP = text(f"""
    SELECT {LINE} FROM teaching_lines AS line
    WHERE (line.group_id = :group OR line.id = :group) AND {OPEN} ORDER BY line.id DESC LIMIT {MOST_AT_ONCE}
""")
FIND = text(f"SELECT {LINE} FROM teaching_lines AS line WHERE line.id = :id")
NOT_MINE = "NOT EXISTS (SELECT FROM teaching_opinions AS mine WHERE mine.line_id = line.id AND mine.by = :me)"
SAMPLED = "line.sampled_in < :week AND line.state = 'open'"
NEXT_SAMPLED = text(f"SELECT id FROM teaching_lines AS line WHERE {SAMPLED} ORDER BY sampled_in DESC, chance LIMIT 1")
NEXT_OPINION = text(f"""
    SELECT id FROM teaching_lines AS line WHERE line.state = :state AND {NOT_MINE} ORDER BY id LIMIT 1
""")
COUNTS = text(f"""
    SELECT count(*) FILTER (WHERE {OPEN}) AS inbox, count(*) FILTER (WHERE {SAMPLED}) AS sample,
           count(*) FILTER (WHERE line.state = 'second' AND {NOT_MINE}) AS second,
           count(*) FILTER (WHERE line.state = 'third' AND {NOT_MINE}) AS third
    FROM teaching_lines AS line WHERE line.state IN ('open', 'second', 'third')
""")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which groups are looked for; `after`: those behind a group, by its count and id."""

    city: str | None = None
    language: str | None = None
    signal: str | None = None
    after: tuple[int, int] | None = None

    def values(self) -> dict[str, Any]:
        """For a statement."""
        count, after = self.after or (None, None)
        return {
            "city": self.city,
            "language": self.language,
            "signal": self.signal,
            "count": count,
            "after": after,
            "now": datetime.now(UTC),
        }


@dataclass(frozen=True)
class Inbox:
    """What waits, and its lines."""

    engine: AsyncEngine

    async def counts(self, actor: Actor) -> dict[str, int]:
        """How much waits for somebody, by queue.

        Raises:
            NotPermitted: the actor may not read lines.
        """
        actor.require(Permission.LINE_READ)
        async with self.engine.connect() as connection:
            row = (await connection.execute(COUNTS, {"me": actor.login, "week": _this_week()})).one()
        return {name: int(count) for name, count in row._mapping.items()}

    async def groups(self, actor: Actor, wanted: Wanted, most: int = GROUPS_SHOWN) -> list[Group]:
        """Groups of lines that wait, the largest first, with a few of their lines.

        Raises:
            NotPermitted: the actor may not read lines.
        """
        actor.require(Permission.LINE_READ)
        async with transaction(self.engine) as connection:
            rows = (await connection.execute(GROUPS, {**wanted.values(), "most": most})).all()
            values = {**wanted.values(), "ids": [row.id for row in rows], "most": EXAMPLES}
            lines = _opened(connection, (await connection.execute(EXAMPLES_OF, values)).all())
            await _trace(connection, actor, lines)
        of: dict[int, list[Line]] = {}
        for line, _ in lines:
            of.setdefault(line.group, []).append(line)
        return [_group(row, of[row.id]) for row in rows if row.id in of]

    async def next_group(self, actor: Actor, wanted: Wanted) -> int | None:
        """The largest group that waits, by its id; None: none does."""
        actor.require(Permission.LINE_READ)
        async with self.engine.connect() as connection:
            row = (await connection.execute(GROUPS, {**wanted.values(), "most": 1})).one_or_none()
        return None if row is None else int(row.id)

    async def next_line(self, actor: Actor, queue: Queue) -> int | None:
        """The next line of a queue for somebody, by its id; None: there is none."""
        actor.require(Permission.LINE_LABEL)
        async with self.engine.connect() as connection:
            if queue == "sample":
                found = await connection.execute(NEXT_SAMPLED, {"week": _this_week()})
            else:
                found = await connection.execute(NEXT_OPINION, {"state": queue, "me": actor.login})
            line: int | None = found.scalar_one_or_none()
        return line

    async def group(self, actor: Actor, group_id: int) -> list[Line]:
        """The lines of a group that wait, the newest first; empty: none does any more.

        Raises:
            NotPermitted: the actor may not read lines.
        """
        return await self._read(actor, OF_GROUP, {"group": group_id})

    async def line(self, actor: Actor, line_id: int) -> Line | None:
        """One line; None: there is none.

        Raises:
            NotPermitted: the actor may not read lines.
        """
        return next(iter(await self._read(actor, FIND, {"id": line_id})), None)

    async def _read(self, actor: Actor, statement: Any, values: dict[str, Any]) -> list[Line]:
        actor.require(Permission.LINE_READ)
        async with transaction(self.engine) as connection:
            lines = _opened(connection, (await connection.execute(statement, values)).all())
            await _trace(connection, actor, lines)
        return [line for line, _ in lines]


def line_of(row: Row[Any], content: dict[str, Any]) -> Line:
    """A line of its row and what was sealed in it."""
    likely = content["likely"]
    return Line(
        id=row.id,
        city=row.city,
        said_at=row.said_at,
        language=row.language,
        heard=row.heard,
        confidence=row.confidence,
        signals=tuple(row.signals),
        state=row.state,
        group=row.grouped,
        is_blind=row.is_blind,
        sampled_in=row.sampled_in,
        text=content["text"],
        spans=content["spans"],
        offers=[(one, likely.get(one.partition(":")[0])) for one in content["offers"] if one != START],
        situation=content["situation"],
        before=content["before"],
        pressed=content["pressed"],
        commands=None if row.commands is None else tuple(row.commands),
    )


def _opened(connection: AsyncConnection, rows: Iterable[Row[Any]]) -> list[tuple[Line, UUID]]:
    """Lines of rows, each with its conversation; one that was erased while a job read it cannot be opened: it is not
    there."""
    found = []
    for row in rows:
        try:
            key = opened(connection, row.conversation_id, row.wrapped, Purpose.LABEL)
            found.append((line_of(row, key.open(row.content, "line")), row.conversation_id))
        except Unsealable:
            continue
    return found


async def _trace(connection: AsyncConnection, actor: Actor, lines: Sequence[tuple[Line, UUID]]) -> None:
    read = {conversation: line.id for line, conversation in lines}
    if not read:
        return
    new = await traced_newly(connection, list(read), Purpose.LABEL, reader=actor.login)
    if new:
        await record(connection, actor, "teaching.read", details={"lines": sorted(read[one] for one in new)})


def _group(row: Row[Any], lines: Sequence[Line]) -> Group:
    said = set(row.signals.split())
    signals = tuple(one.value for one in Signal if one.value in said)
    return Group(row.id, int(row._mapping["count"]), row.heard, signals, row.newest, row.is_growing, tuple(lines))


def _this_week() -> Any:
    return week_of(datetime.now(UTC))
