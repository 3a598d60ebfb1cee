"""Migrations are linted: what would hold a table for long, or take something away too early, is found."""

import shutil
from pathlib import Path

import pytest
from deploy.files import DEPLOY, ROOT

from desk.store.migrations import OURS, Chain
from scripts.migrations import lint, write

SQUAWK = str(DEPLOY / "checks" / ".venv" / "bin" / "squawk")
MIGRATION = """from alembic import op

revision = "9001"
down_revision = "{before}"
phase = "{phase}"


def upgrade() -> None:
    op.execute("{statement}")
"""
ADDS = "ALTER TABLE tickets ADD COLUMN later text"
CASES = {
    # (phase, statement): whether it is right
    ("pre", ADDS): True,
    ("pre", "ALTER TABLE tickets DROP COLUMN city"): False,
    ("post", "ALTER TABLE tickets DROP COLUMN city"): True,
    ("pre", "ALTER TABLE tickets RENAME COLUMN city TO place"): False,
    ("pre", "ALTER TABLE tickets ADD COLUMN later text NOT NULL"): False,
    ("pre", "ALTER TABLE tickets ALTER COLUMN city TYPE varchar(20)"): False,
    ("pre", "CREATE INDEX later ON tickets (city)"): False,
    ("post", "CREATE INDEX later ON tickets (city)"): False,
    ("post", "ALTER TABLE tickets ADD CONSTRAINT later CHECK (city <> '')"): False,
}


@pytest.mark.parametrize(("phase", "statement"), list(CASES))
def test_what_a_migration_may_not_do_is_found(tmp_path: Path, phase: str, statement: str) -> None:
    """Before anybody runs it."""
    shutil.copytree(OURS.folder, tmp_path / "chain", ignore=shutil.ignore_patterns("__pycache__"))
    chain = Chain(tmp_path / "chain")
    text = MIGRATION.format(before=OURS.newest, phase=phase, statement=statement)
    (chain.folder / "versions" / "9001_later.py").write_text(text, encoding="utf-8")
    assert lint(SQUAWK, write(chain, tmp_path / "sql")) is CASES[phase, statement]


def test_ours_are_written_by_their_phase(tmp_path: Path) -> None:
    """All that are younger than those that had run before linting began."""
    files = write(OURS, tmp_path)
    assert sorted(path.stem for paths in files.values() for path in paths) == [
        one for one in OURS.revisions if one > "0076"
    ]
    assert "serves_from" in next(path.read_text("utf-8") for path in files[OURS.phase("0077")])
    assert (ROOT / "deploy" / "checks" / "check.sh").read_text("utf-8").count("scripts/migrations.py") == 1
