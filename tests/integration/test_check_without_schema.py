"""`desk check` on servers before anything was migrated: what waits for the schema is no fault of its own."""

import asyncio
import json
from pathlib import Path

import psycopg
from fixtures.clusters import HASTY
from fixtures.desk_command import run_desk
from fixtures.house import SECRET
from sqlalchemy.exc import OperationalError, ProgrammingError

from desk.cli.held_files import NO_SCHEMA
from desk.store.database import lacks_schema
from tools.engines.postgres import Postgres


async def test_a_database_without_a_schema_is_to_be_migrated_and_nothing_else(tmp_path: Path) -> None:
    """It was said to be down, with a command for one machine as the mend."""
    async with Postgres(tmp_path / "data", settings=HASTY) as server:
        given = {"DESK_DATABASE_URL": server.url, "DESK_SECRET_KEY": SECRET}
        done = await asyncio.to_thread(run_desk, tmp_path / "server", "check", "--json", **given)
    found = {one["subject"]: one for one in json.loads(done.stdout)["findings"]}
    assert [(found[name]["ok"], found[name]["saw"]) for name in ("held files", "audit")] == [(True, NO_SCHEMA)] * 2
    assert (found["migrations"]["ok"], found["migrations"]["mend"]) == (False, "Run: uv run desk migrate")


def test_a_table_that_is_missing_is_told_from_a_database_that_is_away() -> None:
    """By what PostgreSQL says."""
    assert lacks_schema(ProgrammingError("SELECT", {}, psycopg.errors.UndefinedTable()))
    assert not lacks_schema(OperationalError("SELECT", {}, psycopg.OperationalError()))
