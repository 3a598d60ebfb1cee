"""Writes docs/reference/tables.md: `.venv/bin/python scripts/tables.py` migrates a database of its own and reads it.

The integration tests check that the page is fresh.
"""

import asyncio
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from desk.store.migrations import upgrade
from tools.engines.postgres import Postgres
from tools.tables import page_of

PAGE = Path(__file__).resolve().parent.parent / "docs" / "reference" / "tables.md"
HEAD = """# Tables

What the database holds, as the migrations in `desk/store/migrations/versions/` make it; written by `scripts/tables.py`.
Rows are read by name into the dataclasses of each room's `rows.py`
([why](../decisions/0018-tables-once.md)). Money is numeric(12, 2), yuan.

"""


async def page_in(folder: Path) -> str:
    """The page of the tables of a database that is made in a folder."""
    async with Postgres(folder / "postgres") as postgres:
        await asyncio.to_thread(upgrade, postgres.url)
        return await asyncio.to_thread(page_of, postgres.url)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="citydesk-tables-") as made:
        Path(made).chmod(0o755)  # as root PostgreSQL runs as nobody
        PAGE.write_text(HEAD + asyncio.run(page_in(Path(made))), encoding="utf-8")
