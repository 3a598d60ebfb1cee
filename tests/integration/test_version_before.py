"""The version before, as benches measure it: its own code says which model is its."""

import subprocess
import sys
from pathlib import Path

import pytest

from bench import versions
from desk.contract.errors import StartError

COMMITS = ("git", "-c", "user.name=nobody", "-c", "user.email=nobody@example.org", "commit", "-q", "-m", "old", ".")


class Untold:
    """Tells nobody."""

    def step(self, text: str) -> None:
        """Nothing."""

    def progress(self, done: float, total: float) -> None:
        """Nothing."""


def checkout(folder: Path, trains: str) -> str:
    """Make a version whose `desk train` runs a line of Python; gives its commit."""
    python = folder / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.symlink_to(sys.executable)
    (folder / "desk").mkdir()
    (folder / "desk" / "__main__.py").write_text(f"import os, sys\n{trains}\n", encoding="utf-8")
    for command in (("git", "init", "-q"), ("git", "add", "desk"), COMMITS):
        subprocess.run(command, cwd=folder, check=True)
    return subprocess.check_output(("git", "rev-parse", "--short", "HEAD"), cwd=folder, text=True).strip()


async def test_the_model_is_where_the_version_itself_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is called by its commit, and hears nothing of the settings of whoever measures."""
    monkeypatch.setenv("DESK_PORT", "1")
    commit = checkout(tmp_path, "print(os.getcwd() + '/kept.tar.gz' if 'DESK_PORT' not in os.environ else '')")
    before = await versions.prepare(tmp_path, Untold())
    assert (before.name, before.model) == (f"Citydesk at {commit}", tmp_path / "kept.tar.gz")


async def test_a_version_that_cannot_train_says_why(tmp_path: Path) -> None:
    """The end of its own words stands in the message."""
    checkout(tmp_path, "sys.exit('no words here')")
    with pytest.raises(StartError, match="no words here"):
        await versions.prepare(tmp_path, Untold())


async def test_a_version_that_is_not_set_up_is_refused(tmp_path: Path) -> None:
    """Before minutes are spent."""
    with pytest.raises(StartError, match="make setup"):
        await versions.prepare(tmp_path, Untold())
