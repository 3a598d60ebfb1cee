"""Giving taught lines out, and taking lines in from files. Both stand in the audit."""

import json
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from desk.audit.trail import record
from desk.contract.errors import Conflict
from desk.contract.messages import Text
from desk.contract.situation import Situation
from desk.contract.staff import Actor, Permission
from desk.store.database import transaction
from desk.teaching.deciding import DECIDE, known
from desk.teaching.formats import Form, NoFile, read, written
from desk.teaching.hiding import hidden, hide_marked
from desk.teaching.rows import Taught

ALL = text("""
    SELECT id, city, language, text, commands, spans, situation, by, settled_at FROM taught_lines
    WHERE NOT :only_new OR exported_at IS NULL ORDER BY id
""")
COUNT = text("SELECT count(*) AS lines, count(*) FILTER (WHERE exported_at IS NULL) AS unexported FROM taught_lines")
EXPORTED = text("UPDATE taught_lines SET exported_at = clock_timestamp() WHERE id = ANY (:ids)")
BRING = text("""
    INSERT INTO taught_lines (decision_id, language, text, commands, spans, situation, by)
    VALUES (:decision_id, :language, :text, :commands, CAST(:spans AS jsonb), CAST(:situation AS jsonb), :by)
""")


@dataclass(frozen=True)
class Exchange:
    """Files of taught lines. `services` are names of services, which a start is of."""

    engine: AsyncEngine
    services: Collection[str]

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
        """Write taught lines as a file; `only_new` those that were in none yet.

        Raises:
            NotPermitted: the actor may not export.
        """
        actor.require(Permission.LINE_EXPORT)
        async with transaction(self.engine) as connection:
            rows = (await connection.execute(ALL, {"only_new": only_new})).all()
            lines = [Taught(**{**row._mapping, "commands": tuple(row.commands)}) for row in rows]
            await connection.execute(EXPORTED, {"ids": [one.id for one in lines]})
            await record(connection, actor, "teaching.export", details={"form": form, "lines": len(lines)})
        return written(lines, form)

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
            rows.append(
                {
                    "language": one.language,
                    "text": clean,
                    "commands": known(one.commands, self.services),
                    "spans": json.dumps([value.said() for value in spans] if clean == said else []),
                    "situation": None if one.situation is None else json.dumps(one.situation),
                    "by": actor.login,
                }
            )
        async with transaction(self.engine) as connection:
            values = {"by": actor.login, "kind": "file", "commands": [], "lines": len(rows)}
            decision = (await connection.execute(DECIDE, values)).scalar_one()
            await connection.execute(BRING, [{**row, "decision_id": decision} for row in rows])
            details = {"form": form, "lines": len(rows)}
            await record(connection, actor, "teaching.import", subject=str(decision), details=details)
        return len(rows)
