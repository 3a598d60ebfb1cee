"""`desk run` from its start to its end, and what commands say when it does not run."""

import asyncio
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from fixtures.patience import HANG_SECONDS
from fixtures.product import ROOT, running

from desk.http.sockets import free_port
from desk.store.running import is_held, read_state

ROLES = {"postgres", "valkey", "sandbox", "actions", "bot", "worker", "worker_2", "serve", "trainer"}


def desk(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("DESK_")}
    return subprocess.run(
        [sys.executable, "-m", "desk", *arguments],
        cwd=ROOT,
        env={**clean, **environment},
        capture_output=True,
        text=True,
        timeout=HANG_SECONDS,
        check=False,
    )


def is_running(pid: int) -> bool:
    """Whether a process lives; a zombie does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def left_running(pids: list[int], patience_seconds: float = HANG_SECONDS) -> list[int]:
    """Those of the processes that do not end."""
    until = time.monotonic() + patience_seconds
    while time.monotonic() < until and any(map(is_running, pids)):
        time.sleep(0.05)
    return [pid for pid in pids if is_running(pid)]


async def test_desk_run_starts_everything_and_stops_without_a_trace(tmp_path: Path) -> None:
    """Every role runs, the page of the city answers, SIGTERM ends all of it in order, with exit code 0."""
    data_dir = tmp_path / "城市 desk 数据"
    async with running(data_dir, is_first=True) as product:
        async with asyncio.timeout(60):
            while "trainer" not in read_state(data_dir).children:  # it comes once everything answers
                await asyncio.sleep(0.1)
        pids = [child.pid for child in read_state(data_dir).children.values()]
        assert set(read_state(data_dir).children) == ROLES
        assert all(map(is_running, pids))
        city = next(path.stem for path in sorted((ROOT / "cities").glob("*.yml")))
        status, _, _ = await product.site.ask("GET", f"/{city}")
        assert status == 200

        again = desk("run", "--data-dir", str(data_dir), "--port", "1")
        assert again.returncode == 1
        assert f"Citydesk already runs on {data_dir}" in again.stderr

        doctor = desk("doctor", DESK_DATA_DIR=str(data_dir))
        assert re.search(r"✓ +bot +127\.0\.0\.1:\d+: 1 of 1 answer, model \w+", doctor.stdout), doctor.stdout
        assert doctor.returncode == 0, doctor.stdout

        product.process.send_signal(signal.SIGTERM)
        assert product.process.wait(timeout=HANG_SECONDS) == 0
    assert left_running(pids, 0) == []
    assert not is_held(data_dir)
    assert read_state(data_dir).pid is None


async def test_killed_desk_run_leaves_no_process(tmp_path: Path) -> None:
    """kill -9 of the supervisor takes the whole tree with it; the data directory is free for the next start."""
    async with running(tmp_path / "data") as product:
        pids = [child.pid for child in read_state(product.data_dir).children.values()]
        product.process.kill()
        product.process.wait(timeout=HANG_SECONDS)
        assert left_running(pids) == []
        assert not is_held(product.data_dir)


def test_busy_port_says_what_to_do(tmp_path: Path) -> None:
    """Nothing is started on a port that somebody else has."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        done = desk("run", "--data-dir", str(tmp_path / "data"), "--port", str(port))
    assert done.returncode == 1
    assert f"Port {port} on 127.0.0.1 is taken" in done.stderr
    assert "desk run --port" in done.stderr
    assert not (tmp_path / "data" / "postgres").exists()


def test_damaged_data_directory_says_what_to_do(tmp_path: Path) -> None:
    """The start fails as a whole, in one line that names the folder, and leaves nothing running."""
    cluster = tmp_path / "data" / "postgres"
    cluster.mkdir(parents=True)
    port = free_port()
    done = desk("run", "--data-dir", str(tmp_path / "data"), "--port", str(port))
    assert done.returncode == 1
    assert f"The database in {cluster} is damaged" in done.stderr
    assert "Traceback" not in done.stderr
    assert read_state(tmp_path / "data").children == {}


NOWHERE = "postgresql://desk:word@127.0.0.1:1/desk"
UNKNOWN = "postgresql://desk:word@nowhere.invalid/desk"
SAYINGS = {
    "misspelt setting": (("doctor",), {"DESK_PROT": "1"}, "There is no setting DESK_PROT. Did you mean DESK_PORT?"),
    "wrong value": (("doctor",), {"DESK_PORT": "many"}, "DESK_PORT: Input should be a valid integer"),
    "not the root": (("doctor",), {"DESK_ROOT_DIR": "docs"}, "is not the root: it has no config.yml"),
    "database away": (
        ("migrate",),
        {"DESK_DATABASE_URL": NOWHERE},
        "The database cannot be reached (Connection refused)",
    ),
    "no such server": (("migrate",), {"DESK_DATABASE_URL": UNKNOWN}, "failed to resolve host 'nowhere.invalid'"),
    "no such port": (("doctor",), {"DESK_PORT": "99999"}, "DESK_PORT: Input should be less than or equal to 65535"),
    "nothing runs": (("migrate",), {"DESK_DATA_DIR": "docs"}, "Start it with 'make run'"),
}


@pytest.mark.parametrize(("arguments", "environment", "saying"), SAYINGS.values(), ids=SAYINGS.keys())
def test_errors_are_one_line_with_the_mend(
    arguments: tuple[str, ...], environment: dict[str, str], saying: str
) -> None:
    """A person at the terminal reads what to do, and no traceback."""
    done = desk(*arguments, **environment)
    assert done.returncode == 1
    assert saying in done.stderr
    assert "Traceback" not in done.stderr


def test_a_port_that_there_is_not_is_refused_before_anything_starts() -> None:
    """In words, and without a trace of the program."""
    done = desk("run", "--port", "99999")
    assert done.returncode == 2
    assert "99999" in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
