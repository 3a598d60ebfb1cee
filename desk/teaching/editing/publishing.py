"""Telling residents of guides as they were allowed, before the change is in the files that are deployed."""

from dataclasses import dataclass, field
from pathlib import Path

import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from desk.city import amended
from desk.city.guides import FOLDER
from desk.teaching.editing.changes import COLUMNS, change_of
from desk.teaching.editing.library import Library
from desk.teaching.editing.patching import laid_with
from desk.teaching.editing.rows import Change

log = structlog.get_logger(__name__)

ALLOWED = text(f"""
    SELECT {COLUMNS} FROM data_changes WHERE state = 'allowed' AND kind = 'guide' ORDER BY decided_at, id
""")


@dataclass
class Publishing:
    """Writes guides that were allowed. `folder` is where those look who tell residents of guides."""

    engine: AsyncEngine
    library: Library
    folder: Path
    _written: tuple[int, ...] | None = field(default=None, init=False)

    async def publish(self) -> int:
        """Write what is allowed and not in the files, if anything is new. Answers how many guides are written so."""
        async with self.engine.connect() as connection:
            found = [change_of(row) for row in await connection.execute(ALLOWED)]
        ids = tuple(one.id for one in found)
        if ids == self._written:
            return 0
        texts = self.texts(found)
        amended.write(self.folder, texts)
        self._written = ids
        log.info("guides_published", guides=len(texts))
        return len(texts)

    def texts(self, changes: list[Change]) -> dict[str, str]:
        """The guides that changes make otherwise than the files have them, by slug. What does not fit is left out."""
        laid = laid_with(self.library, changes)
        return {Path(path).stem: said for path, said in laid.over.items() if path.startswith(f"{FOLDER}/")}
