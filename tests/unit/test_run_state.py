"""`run.json` and the lock of a data directory."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from fixtures.patience import HANG_SECONDS

from desk.contract.errors import StartError
from desk.store.running import Child, RunState, is_held, read_state
from tools.supervisor.state import DataDirLock, born, end_orphans, write_state


def test_state_comes_back_as_written(tmp_path: Path) -> None:
    """Ports, addresses and children survive a restart of the supervisor."""
    state = RunState(
        pid=7, ports={"bot": 4242}, urls={"serve": "http://127.0.0.1:8080"}, children={"bot": Child(pid=8, born="99")}
    )
    write_state(tmp_path, state)
    assert read_state(tmp_path) == state


def test_state_is_read_by_its_owner_alone(tmp_path: Path) -> None:
    """Addresses hold passwords."""
    write_state(tmp_path, RunState())
    assert (tmp_path / "run.json").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("content", ["", "{", '{"ports": "none"}'], ids=["empty", "cut off", "of another shape"])
def test_broken_state_is_an_empty_one(tmp_path: Path, content: str) -> None:
    """Everything in it can be made again, so a full disk yesterday does not stop today's start."""
    (tmp_path / "run.json").write_text(content, encoding="utf-8")
    assert read_state(tmp_path) == RunState()


def test_second_supervisor_is_refused(tmp_path: Path) -> None:
    """Two supervisors never run on one data directory; the message says where the first one is and what to do."""
    write_state(tmp_path, RunState(pid=4711, urls={"serve": "http://127.0.0.1:8080"}))
    with (
        DataDirLock(tmp_path),
        pytest.raises(StartError, match=r"4711, http://127\.0\.0\.1:8080.*--data-dir FOLDER"),
        DataDirLock(tmp_path),
    ):
        pass


def test_lock_is_held_only_while_it_is_held(tmp_path: Path) -> None:
    """Commands can tell a running stack from a stopped one."""
    assert not is_held(tmp_path)
    with DataDirLock(tmp_path):
        assert is_held(tmp_path)
    assert not is_held(tmp_path)


def test_folder_that_cannot_be_written_says_the_mend(tmp_path: Path) -> None:
    """A data directory below a file is none."""
    (tmp_path / "file").touch()
    with pytest.raises(StartError, match="Set DESK_DATA_DIR"), DataDirLock(tmp_path / "file" / "data"):
        pass


def test_orphans_are_ended() -> None:
    """A child that a killed supervisor left is ended at the next start."""
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
    mark = Child(pid=child.pid, born=born(child.pid) or "")
    assert end_orphans(RunState(children={"bot": mark})) == ["bot"]
    assert child.wait(timeout=HANG_SECONDS) != 0


def test_stranger_with_the_process_id_of_a_child_is_left_alone() -> None:
    """A process id comes round again: what began at another time is somebody else."""
    assert end_orphans(RunState(children={"bot": Child(pid=os.getpid(), born="long ago")})) == []
