"""Giving taught lines out, and taking lines in from files. Both stand in the audit."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from desk.audit.trail import record
from desk.contract.errors import Conflict
from desk.contract.messages import Text
from desk.contract.situation import Situation
from desk.contract.staff import Actor, Permission
from desk.sealing.opening import Purpose
from desk.store.database import transaction
from desk.store.keys import Keys, Unsealable
from desk.teaching.deciding import DECIDE, known
from desk.teaching.editing.library import Library
from desk.teaching.editing.turns import with_turns
from desk.teaching.formats import Form, NoFile, read, written
from desk.teaching.hiding import hidden, hide_marked
from desk.teaching.rows import Taught
from desk.teaching.taught import SEALED, Content, opened_line

log = structlog.get_logger(__name__)

ALL = text(f"""
    SELECT {SEALED}, taught.city, taught.language, taught.commands, taught.by, taught.settled_at
    FROM taught_lines AS taught WHERE NOT :only_new OR taught.exported_at IS NULL ORDER BY taught.id
""")
COUNT = text("SELECT count(*) AS lines, count(*) FILTER (WHERE exported_at IS NULL) AS unexported FROM taught_lines")
EXPORTED = text("UPDATE taught_lines SET exported_at = clock_timestamp() WHERE id = ANY (:ids)")
BRING = text("""
    INSERT INTO taught_lines (decision_id, language, content, commands, by)
    VALUES (:decision_id, :language, CAST(:content AS jsonb), :commands, :by)
""")


@dataclass(frozen=True)
class Exchange:
    """Files of taught lines. `services` are names of services, which a start is of."""

    engine: AsyncEngine
    services: Collection[str]
    keys: Keys

    async def counts(self, actor: Actor) -> tuple[int, int]:
        """How many lines are taught, and how many of them were in no export yet.

        Raises:
            NotPermitted: the actor may not read lines.
        """
        actor.require(Permission.LINE_READ)
        async with self.engine.connect() as connection:
            row = (await connection.execute(COUNT)).one()
        return row.lines, row.unexported

    async def export(self, actor: Actor, form: Form, *, only_new: bool = False) -> str:
        """Write taught lines as a file; `only_new` those that were in none yet. One whose key is gone is left out.

        Raises:
            NotPermitted: the actor may not export.
        """
        actor.require(Permission.LINE_EXPORT)
        async with transaction(self.engine) as connection:
            rows = (await connection.execute(ALL, {"only_new": only_new})).all()
            lines = [one for one in (self._opened(connection, row) for row in rows) if one is not None]
            await connection.execute(EXPORTED, {"ids": [one.id for one in lines]})
            await record(connection, actor, "teaching.export", details={"form": form, "lines": len(lines)})
        return written(lines, form)

    async def untaken(self, actor: Actor, library: Library) -> dict[str, str]:
        """The project's files with all taught lines that are not in them, whether or not somebody has downloaded them.

        Raises:
            NotPermitted: the actor may not export.
        """
        return with_turns(library, await self.export(actor, "turns"))

    def _opened(self, connection: AsyncConnection, row: Row[Any]) -> Taught | None:
        try:
            content = opened_line(connection, self.keys, row, Purpose.LABEL)
        except Unsealable:
            log.warning("taught_line_cannot_be_opened", line=row.id)
            return None
        return Taught(
            id=row.id,
            city=row.city,
            language=row.language,
            text=content.text,
            commands=tuple(row.commands),
            spans=content.spans,
            situation=content.situation,
            by=row.by,
            settled_at=row.settled_at,
        )

    async def bring(self, actor: Actor, content: bytes, form: str) -> int:
        """Take the lines of a file in; values of persons in them are hidden. Answers how many.

        Raises:
            NotPermitted: the actor may not label.
            Conflict: it is no such file, or names a command that there is not.
        """
        actor.require(Permission.LINE_LABEL)
        try:
            lines = read(content, form)
            for one in lines:
                if one.situation is not None:
                    Situation.model_validate(one.situation)
        except ValueError as exc:
            reason = str(exc) if isinstance(exc, NoFile) else "a situation is not as it must be"
            raise Conflict(
                f"The file cannot be read: {reason}.",
                said=Text(key="console.error_teaching_file", args={"reason": reason}),
            ) from exc
        rows = []
        for one in lines:
            said, spans = hide_marked(one.text, one.spans)
            clean = hidden(said)
            learnt = Content(clean, [value.said() for value in spans] if clean == said else [], one.situation)
            about = {"language": one.language, "commands": known(one.commands, self.services), "by": actor.login}
            rows.append((about, learnt))
        async with transaction(self.engine) as connection:
            values = {"by": actor.login, "kind": "file", "commands": [], "lines": len(rows)}
            decision = (await connection.execute(DECIDE, values)).scalar_one()
            brought = [
                {**about, "decision_id": decision, "content": learnt.of_nobody(self.keys, decision)}
                for about, learnt in rows
            ]
            await connection.execute(BRING, brought)
            details = {"form": form, "lines": len(rows)}
            await record(connection, actor, "teaching.import", subject=str(decision), details=details)
        return len(rows)
