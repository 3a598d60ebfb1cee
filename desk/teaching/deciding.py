"""Saying what lines are: a label over many, a blind second opinion, a third that settles, passing over, taking back.

A line is learnt from once it is settled: by the first word, or, of the tenth that is looked at twice, by two that are
the same, or by a third person. Whoever decides holds the rows of the lines, so that nobody's word is lost.
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from desk.audit.trail import record
from desk.contract.commands import COMMANDS
from desk.contract.errors import Conflict, NotFound
from desk.contract.messages import Text
from desk.contract.staff import Actor, Permission
from desk.conversations.stream import dump
from desk.sealing.opening import KEY, Purpose, opened
from desk.sealing.vault import DataKey
from desk.store.database import transaction
from desk.store.keys import Unsealable
from desk.teaching.hiding import hide_marked, read_marks
from desk.teaching.rows import Decision, State
from desk.teaching.signals import START
from desk.teaching.taught import Content

LONGEST = 3  # commands of a line
HISTORY = 50

HOLD = text(f"""
    SELECT line.id, line.conversation_id, line.city, line.language, line.state, line.is_blind, line.content,
           {KEY.format("line.conversation_id")} AS wrapped
    FROM teaching_lines AS line WHERE line.id = ANY (:ids) ORDER BY line.id FOR UPDATE OF line
""")
SAID = text("SELECT line_id, round, by, commands, spans FROM teaching_opinions WHERE line_id = ANY (:ids)")
DECIDE = text("""
    INSERT INTO teaching_decisions (by, kind, commands, lines) VALUES (:by, :kind, :commands, :lines) RETURNING id
""")
SAY = text("""
    INSERT INTO teaching_opinions (line_id, round, decision_id, by, commands, spans)
    VALUES (:line_id, :round, :decision_id, :by, :commands, CAST(:spans AS jsonb))
""")
SET = text("UPDATE teaching_lines SET state = :state, commands = :commands WHERE id = :id")
REWRITE = text("UPDATE teaching_lines SET content = CAST(:content AS jsonb) WHERE id = :id")
TEACH = text("""
    INSERT INTO taught_lines (line_id, conversation_id, decision_id, city, language, content, commands, by)
    VALUES (:line_id, :conversation_id, :decision_id, :city, :language, CAST(:content AS jsonb), :commands, :by)
    ON CONFLICT (line_id) DO NOTHING
""")
UNTEACH = text("DELETE FROM taught_lines WHERE line_id = ANY (:ids)")
UNTEACH_DECISION = text("DELETE FROM taught_lines WHERE decision_id = :id")
FIND = text("SELECT id, by, kind, undone_at FROM teaching_decisions WHERE id = :id FOR UPDATE")
OF_DECISION = text("SELECT line_id, round FROM teaching_opinions WHERE decision_id = :id ORDER BY line_id")
LATER = text("""
    SELECT count(*) FROM teaching_opinions AS later JOIN teaching_opinions AS own USING (line_id)
    WHERE own.decision_id = :id AND later.round > own.round
""")
UNSAY = text("DELETE FROM teaching_opinions WHERE decision_id = :id")
UNDONE = text("UPDATE teaching_decisions SET undone_at = clock_timestamp() WHERE id = :id")
DROP = text("DELETE FROM teaching_lines WHERE id = :id")
LAST = text("""
    SELECT id FROM teaching_decisions WHERE by = :me AND undone_at IS NULL AND kind <> 'file' ORDER BY id DESC LIMIT 1
""")
ALL = text(f"""
    SELECT decision.id, decision.by, decision.at, decision.kind, decision.commands, decision.lines, decision.undone_at,
           (SELECT min(line_id) FROM teaching_opinions WHERE decision_id = decision.id) AS line
    FROM teaching_decisions AS decision
    WHERE decision.by = :me OR NOT EXISTS (
        SELECT FROM teaching_opinions AS opinion JOIN teaching_lines AS line ON line.id = opinion.line_id
        WHERE opinion.decision_id = decision.id AND line.state IN ('second', 'third'))
    ORDER BY decision.id DESC LIMIT {HISTORY}
""")
"""What was decided; what others said of a line of which a second word is awaited stays hidden."""
PASS = "pass"


@dataclass(frozen=True)
class Deciding:
    """Decides.

    Attributes:
        services: names of services, which a start is of.
        types: types of values by what pages call them.
    """

    engine: AsyncEngine
    services: Collection[str]
    types: Mapping[str, str] = field(default_factory=dict)

    async def label(self, actor: Actor, ids: Sequence[int], commands: Sequence[str], marks: str | None = None) -> int:
        """Say what lines are. Answers of how many it was said: others were decided meanwhile, or are gone.

        Args:
            marks: values of the one line, as a form writes them; None: those that were found.

        Raises:
            NotPermitted: the actor may not label.
            Conflict: there is no such command, a value is not in the line, or nothing is left to decide.
        """
        actor.require(Permission.LINE_LABEL)
        said = known(commands, self.services)
        async with transaction(self.engine) as connection:
            held = await _held(connection, ids)
            open_to = [one for one in held if one.row.state in ("open", "second", "third") and not one.said_by(actor)]
            if not open_to:
                raise _nothing_left()
            if marks is not None and len(open_to) == 1:
                open_to = [await _marked(connection, open_to[0], marks, self.types)]
            values = {"by": actor.login, "kind": "label", "commands": said, "lines": len(open_to)}
            decision = (await connection.execute(DECIDE, values)).scalar_one()
            await _say(connection, actor, decision, open_to, said)
            await record(
                connection,
                actor,
                "teaching.label",
                subject=str(decision),
                details={"commands": said, "lines": [one.row.id for one in open_to]},
            )
        return len(open_to)

    async def pass_over(self, actor: Actor, ids: Sequence[int]) -> int:
        """Pass lines over: nothing is learnt from them, and they wait no more. Answers how many.

        Raises:
            NotPermitted: the actor may not label.
            Conflict: nothing is left to decide.
        """
        actor.require(Permission.LINE_LABEL)
        async with transaction(self.engine) as connection:
            open_to = [one for one in await _held(connection, ids) if one.row.state == "open"]
            if not open_to:
                raise _nothing_left()
            values = {"by": actor.login, "kind": PASS, "commands": [], "lines": len(open_to)}
            decision = (await connection.execute(DECIDE, values)).scalar_one()
            about = {"decision_id": decision, "by": actor.login, "commands": [], "spans": "[]", "round": 1}
            await connection.execute(SAY, [{**about, "line_id": one.row.id} for one in open_to])
            await connection.execute(SET, [{"id": one.row.id, "state": "passed", "commands": None} for one in open_to])
            lines = [one.row.id for one in open_to]
            await record(connection, actor, "teaching.pass", subject=str(decision), details={"lines": lines})
        return len(open_to)

    async def remove(self, actor: Actor, line_id: int) -> None:
        """Delete a line that still holds something of a person, and what was taught by it.

        Raises:
            NotPermitted: the actor may not label.
            NotFound: there is no such line.
        """
        actor.require(Permission.LINE_LABEL)
        async with transaction(self.engine) as connection:
            if not await _held(connection, [line_id]):
                raise NotFound(f"There is no line {line_id}.")
            await connection.execute(UNTEACH, {"ids": [line_id]})
            await connection.execute(DROP, {"id": line_id})
            await record(connection, actor, "teaching.remove", subject=str(line_id))

    async def undo(self, actor: Actor, decision_id: int | None = None) -> list[int]:
        """Take back a decision of one's own: the lines wait as before. None: the last. Answers which lines.

        Raises:
            NotPermitted: it is another's.
            NotFound: there is no such decision.
            Conflict: it was taken back, or somebody has given a further opinion since.
        """
        actor.require(Permission.LINE_LABEL)
        async with transaction(self.engine) as connection:
            wanted = decision_id
            if wanted is None:
                wanted = (await connection.execute(LAST, {"me": actor.login})).scalar_one_or_none()
            found = (await connection.execute(FIND, {"id": wanted})).one_or_none()
            if found is None or found.by != actor.login:
                raise NotFound("This decision is none of yours.")
            about = {"id": found.id}
            if found.undone_at is not None or (await connection.execute(LATER, about)).scalar_one():
                raise Conflict(
                    f"Decision {found.id} was taken back, or somebody has given a second opinion since.",
                    said=Text(key="console.error_teaching_undo"),
                )
            ids = [row.line_id for row in await connection.execute(OF_DECISION, about)]
            await _held(connection, ids)
            await connection.execute(UNSAY, about)
            await connection.execute(UNTEACH, {"ids": ids})
            await connection.execute(UNTEACH_DECISION, about)
            for one in await _held(connection, ids):
                state, commands = settled(one.opinions, is_blind=one.row.is_blind)
                await connection.execute(SET, {"id": one.row.id, "state": state, "commands": commands})
            await connection.execute(UNDONE, about)
            await record(connection, actor, "teaching.undo", subject=str(found.id), details={"lines": len(ids)})
        return ids

    async def history(self, actor: Actor) -> list[Decision]:
        """What was decided last, the newest first.

        Raises:
            NotPermitted: the actor may not read lines.
        """
        actor.require(Permission.LINE_READ)
        async with self.engine.connect() as connection:
            rows = await connection.execute(ALL, {"me": actor.login})
            return [Decision(**{**row._mapping, "commands": tuple(row.commands)}) for row in rows]


def known(commands: Iterable[str], services: Collection[str]) -> list[str]:
    """Commands of a line, each once, in order.

    Raises:
        Conflict: there are none, or too many, or one is no command.
    """
    said = list(dict.fromkeys(filter(None, commands)))
    for one in said:
        name, _, service = one.partition(":")
        if name not in COMMANDS or (name == START) != bool(service) or (service and service not in services):
            raise Conflict(
                f"There is no command {one[:60]!r}; a start names its service, as start:next_bus.",
                said=Text(key="console.error_teaching_command", args={"command": one[:60]}),
            )
    if not 0 < len(said) <= LONGEST:
        raise Conflict(f"A line has 1 to {LONGEST} commands.", said=Text(key="console.error_teaching_how_many"))
    return said


type Opinion = tuple[str, Sequence[str]]


def settled(opinions: Sequence[Opinion], *, is_blind: bool) -> tuple[State, list[str] | None]:
    """The state of a line by what was said of it, in order, each by whom; and what it is, once that is settled."""
    if not opinions:
        return "open", None
    first = opinions[0][1]
    if not is_blind:
        return "settled", list(first)
    if len(opinions) == 1:
        return "second", None
    if set(first) == set(opinions[1][1]):
        return "settled", list(first)
    return ("third", None) if len(opinions) == 2 else ("settled", list(opinions[2][1]))


@dataclass(frozen=True, slots=True)
class Held:
    """A line whose row is held, open, with what was said of it."""

    row: Row[Any]
    key: DataKey
    content: Mapping[str, Any]
    opinions: Sequence[Opinion]

    def said_by(self, actor: Actor) -> bool:
        """Whether somebody has given their word."""
        return any(by == actor.login for by, _ in self.opinions)


async def _held(connection: AsyncConnection, ids: Iterable[int]) -> list[Held]:
    """Hold lines, in the order of their ids. Those that are gone, or cannot be opened any more, are left out."""
    wanted = {"ids": list(dict.fromkeys(ids))}
    rows = (await connection.execute(HOLD, wanted)).all()
    said: dict[int, list[tuple[int, Opinion]]] = {}
    for one in await connection.execute(SAID, wanted):
        said.setdefault(one.line_id, []).append((one.round, (one.by, one.commands)))
    found = []
    for row in rows:
        try:
            key = opened(connection, row.conversation_id, row.wrapped, Purpose.LABEL)
            content = key.open(row.content, "line")
        except Unsealable:
            continue
        opinions = [one for _, one in sorted(said.get(row.id, []), key=lambda pair: pair[0])]
        found.append(Held(row, key, content, opinions))
    return found


async def _marked(connection: AsyncConnection, one: Held, marks: str, types: Mapping[str, str]) -> Held:
    """A line with the values that a trainer has marked; what is a person's is hidden from here on."""
    try:
        text_now, kept = hide_marked(one.content["text"], read_marks(marks, one.content["text"], types))
    except ValueError as exc:
        raise Conflict(
            f"This is no value of the line: {exc}. Write the type, then the words as they stand.",
            said=Text(key="console.error_teaching_mark", args={"line": str(exc)[:80]}),
        ) from exc
    content = {**one.content, "text": text_now, "spans": [value.said() for value in kept]}
    if content != one.content:
        sealed = dump(one.key.seal(content, "line"))
        await connection.execute(REWRITE, {"id": one.row.id, "content": sealed})
    return Held(one.row, one.key, content, one.opinions)


async def _say(
    connection: AsyncConnection, actor: Actor, decision: int, lines: Sequence[Held], commands: list[str]
) -> None:
    about = {"decision_id": decision, "by": actor.login, "commands": commands}
    said, states, taught = [], [], []
    for one in lines:
        spans = json.dumps(one.content["spans"])
        said.append({**about, "line_id": one.row.id, "round": len(one.opinions) + 1, "spans": spans})
        state, final = settled([*one.opinions, (actor.login, commands)], is_blind=one.row.is_blind)
        states.append({"id": one.row.id, "state": state, "commands": final})
        if state == "settled":
            learnt = Content(one.content["text"], one.content["spans"], one.content["situation"])
            taught.append(
                {
                    "line_id": one.row.id,
                    "conversation_id": one.row.conversation_id,
                    "decision_id": decision,
                    "city": one.row.city,
                    "language": one.row.language,
                    "content": learnt.sealed(one.key),
                    "commands": final,
                    "by": actor.login,
                }
            )
    await connection.execute(SAY, said)
    await connection.execute(SET, states)
    if taught:
        await connection.execute(TEACH, taught)


def _nothing_left() -> Conflict:
    return Conflict("Nothing is left to decide here.", said=Text(key="console.error_teaching_gone"))
