"""Other users of the machine: what the product keeps on its disk is for its owner alone."""

import stat
import sys
from pathlib import Path

import pytest
from fixtures.sandbox_process import SandboxProcess

from desk.store import keys
from desk.store.disk import make_folder
from tools.supervisor.process import Command, Process


def open_to_others(folder: Path) -> list[str]:
    """What others could read, write or pass through."""
    return sorted(str(path) for path in (folder, *folder.rglob("*")) if stat.S_IMODE(path.stat().st_mode) & 0o077)


def test_folder_that_others_could_read_is_closed(tmp_path: Path) -> None:
    """One that an older version made, too; a folder for everybody is left alone."""
    older, shared = tmp_path / "older", tmp_path / "shared"
    older.mkdir(mode=0o755)
    shared.mkdir()
    shared.chmod(0o1777)
    make_folder(older)
    make_folder(shared)
    make_folder(tmp_path / "new")
    keys.make(tmp_path / "keys")
    assert open_to_others(older) + open_to_others(tmp_path / "new") + open_to_others(tmp_path / "keys") == []
    assert stat.S_IMODE(shared.stat().st_mode) == 0o1777


async def test_roles_write_for_their_owner_alone(tmp_path: Path) -> None:
    """Whatever a child writes, and its log."""
    write = (
        sys.executable,
        "-c",
        "import pathlib; pathlib.Path('state').write_text('x'); pathlib.Path('made').mkdir()",
    )
    child = await Process.start(Command(program=write, folder=tmp_path, log=tmp_path / "logs" / "child.log"))
    assert await child.wait() == 0
    assert [one for one in open_to_others(tmp_path) if not one.endswith(".log")] == []
    assert stat.S_IMODE((tmp_path / "logs").stat().st_mode) == 0o700


@pytest.fixture
def sandbox(tmp_path: Path) -> Path:
    """What a sandbox that was started by itself has kept."""
    folder = tmp_path / "data"
    process = SandboxProcess(folder)
    process.start()
    process.kill()
    return folder


def test_pretend_agencies_keep_persons_for_their_owner_alone(sandbox: Path) -> None:
    """Keys, databases and their logs of changes."""
    assert [path.name for path in sandbox.rglob("*.sqlite*")] != []
    assert open_to_others(sandbox) == []
