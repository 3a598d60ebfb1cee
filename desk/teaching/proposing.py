"""New commands and guides that trainers propose where nothing of what there is fits. They wait for who writes code
and data, in words; nothing changes by them.
"""

from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from desk.audit.trail import record
from desk.contract.errors import Conflict, NotFound
from desk.contract.messages import Text
from desk.contract.staff import Actor, Permission
from desk.store.database import transaction
from desk.teaching.hiding import hidden
from desk.teaching.rows import Proposal

KINDS = ("command", "guide")
LONGEST_NAME, LONGEST_MEANING = 60, 500  # characters
KEEP = text("""
    INSERT INTO teaching_proposals (kind, name, meaning, line_id, by)
    VALUES (:kind, :name, :meaning, (SELECT id FROM teaching_lines WHERE id = :line_id), :by) RETURNING id
""")
ALL = text("""
    SELECT id, kind, name, meaning, line_id, by, at, closed_as, closed_by FROM teaching_proposals
    ORDER BY (closed_as IS NULL) DESC, id DESC LIMIT 200
""")
CLOSE = text("""
    UPDATE teaching_proposals SET closed_as = :closed_as, closed_by = :by
    WHERE id = :id AND closed_as IS NULL RETURNING id
""")


@dataclass(frozen=True)
class Proposing:
    """Proposals."""

    engine: AsyncEngine

    async def propose(self, actor: Actor, kind: str, name: str, meaning: str, line_id: int | None = None) -> int:
        """Propose a command or a guide. Answers its number.

        Raises:
            NotPermitted: the actor may not label.
            Conflict: a field is empty or too long, or holds something of a person.
        """
        actor.require(Permission.LINE_LABEL)
        called, meant = name.strip(), meaning.strip()
        fits = 0 < len(called) <= LONGEST_NAME and 0 < len(meant) <= LONGEST_MEANING
        if kind not in KINDS or not fits or hidden(called) != called or hidden(meant) != meant:
            args = {"name": LONGEST_NAME, "meaning": LONGEST_MEANING}
            raise Conflict(
                "A proposal has a name and a meaning, in general words.",
                said=Text(key="console.error_teaching_proposal", args=args),
            )
        async with transaction(self.engine) as connection:
            values = {"kind": kind, "name": called, "meaning": meant, "line_id": line_id, "by": actor.login}
            number = (await connection.execute(KEEP, values)).scalar_one()
            await record(connection, actor, "teaching.propose", subject=str(number), details={"kind": kind})
        return int(number)

    async def all(self, actor: Actor) -> list[Proposal]:
        """Those that wait, then the others, each the newest first.

        Raises:
            NotPermitted: the actor may not read lines.
        """
        actor.require(Permission.LINE_READ)
        async with self.engine.connect() as connection:
            return [Proposal(**row._mapping) for row in await connection.execute(ALL)]

    async def close(self, actor: Actor, number: int, *, taken: bool) -> None:
        """Say that a proposal was taken up, or is dropped.

        Raises:
            NotPermitted: the actor may not label.
            NotFound: none of this number waits.
        """
        actor.require(Permission.LINE_LABEL)
        closed_as = "taken" if taken else "dropped"
        async with transaction(self.engine) as connection:
            values = {"id": number, "closed_as": closed_as, "by": actor.login}
            if (await connection.execute(CLOSE, values)).scalar_one_or_none() is None:
                raise NotFound(f"No proposal {number} waits.")
            await record(connection, actor, f"teaching.{closed_as}", subject=str(number))
