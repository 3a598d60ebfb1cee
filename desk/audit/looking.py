"""Looking at the audit, on the page and on the command line: who may, and that they did is in it, too."""

from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncEngine

from desk.audit.reading import Filter, Verdict, differences, of_day, search, unlike_anchors, verify
from desk.audit.rows import Record
from desk.audit.trail import record
from desk.contract.staff import Actor, Permission
from desk.store.database import transaction


@dataclass(frozen=True)
class Auditing:
    """Reads the audit for somebody. Every method raises NotPermitted where they may not."""

    engine: AsyncEngine

    async def search(self, actor: Actor, wanted: Filter) -> list[Record]:
        """Find records, the newest first."""
        actor.require(Permission.AUDIT_READ)
        given = {name: str(value) for name, value in wanted.values().items() if value is not None}
        async with transaction(self.engine) as connection:
            found = await search(connection, wanted)
            await record(connection, actor, "audit.search", details=given)
        return found

    async def verify(self, actor: Actor, *, anchors: Iterable[str] = (), exports: Sequence[Path] = ()) -> Verdict:
        """Look at every seal, and whether ends that were written down, and files that were exported, are the same."""
        actor.require(Permission.AUDIT_READ)
        async with transaction(self.engine) as connection:
            found = await verify(connection)
            more = await unlike_anchors(connection, anchors)
            more += [fault for one in exports for fault in await differences(connection, one)]
            verdict = Verdict(found.records, (*found.faults, *more))
            await record(connection, actor, "audit.verify", details={"faults": len(verdict.faults)})
        return verdict

    async def export(self, actor: Actor, day: date) -> AsyncGenerator[str]:
        """The records of a day in UTC, a line of JSON each. That it was asked for is kept before the first is read."""
        actor.require(Permission.AUDIT_READ)
        async with transaction(self.engine) as connection:
            await record(connection, actor, "audit.export", details={"day": day.isoformat()})
        return self._lines(day)

    async def _lines(self, day: date) -> AsyncGenerator[str]:
        async with self.engine.connect() as connection, aclosing(of_day(connection, day)) as records:
            async for one in records:
                yield f"{one.line()}\n"
