"""The supervisor, over small programs of its own."""

import asyncio
import math
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from fixtures.patience import HANG_SECONDS

from desk.contract.errors import StartError
from desk.http.sockets import free_port
from desk.store.running import read_state
from tools.supervisor.http_role import HttpRole
from tools.supervisor.keeper import LOOK_SECONDS, MOST_UNANSWERED
from tools.supervisor.process import Command, Process
from tools.supervisor.role import start
from tools.supervisor.tree import Tree

HEALTHY = """
import http.server, os, signal, sys, threading
port, diary = int(sys.argv[1]), sys.argv[2]

class Health(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers(); self.wfile.write(str(os.getpid()).encode())
    def log_message(self, *_): pass

server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Health)

def stop(*_):
    with open(diary, "a") as file: file.write(f"{sys.argv[3]}\\n")
    threading.Thread(target=server.shutdown).start()

signal.signal(signal.SIGTERM, stop)
server.serve_forever()
"""

HANGING = """
import http.server, os, pathlib, sys, time

class Health(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if pathlib.Path(sys.argv[2] + ".hang").exists() and self.path != "/alive": time.sleep(600)
        self.send_response(503 if pathlib.Path(sys.argv[2] + ".busy").exists() else 200); self.end_headers()
    def log_message(self, *_): pass

http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Health).serve_forever()
"""

THREADED = HANGING.replace("HTTPServer", "ThreadingHTTPServer")

TALKATIVE = """
import http.server, sys

class Health(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        print("x" * 999, flush=True); self.send_response(200); self.end_headers()
    def log_message(self, *_): pass

http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Health).serve_forever()
"""

STUBBORN = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("up", flush=True)
time.sleep(600)
"""


@dataclass
class Street:
    """A tree with what it noticed, and roles to put on it."""

    folder: Path
    tree: Tree
    keeping: asyncio.TaskGroup
    notices: list[str]
    heard: asyncio.Event = field(default_factory=asyncio.Event)

    def role(self, name: str, program: str = HEALTHY, **more: Any) -> HttpRole:
        port = free_port()
        diary = str(self.folder / "diary")
        command = (sys.executable, "-c", program, str(port), diary, name)
        log = self.folder / f"{name}.log"
        return HttpRole(name=name, program=command, port=port, folder=self.folder, log=log, **more)

    async def add(self, role: HttpRole, stage: int = 0) -> None:
        await self.tree.start(role, stage=stage, group=self.keeping)

    def pid(self, name: str) -> int:
        return read_state(self.folder).children[name].pid

    async def until_noticed(self, text: str) -> None:
        async with asyncio.timeout(HANG_SECONDS):
            while not any(text in notice for notice in self.notices):
                self.heard.clear()
                await self.heard.wait()


@pytest.fixture
async def street(tmp_path: Path) -> AsyncIterator[Street]:
    """An empty tree that is stopped at the end."""
    async with a_street(tmp_path / "城市 desk") as street:
        yield street


@asynccontextmanager
async def a_street(folder: Path, look_seconds: float = 0.1) -> AsyncIterator[Street]:
    folder.mkdir(exist_ok=True)
    notices: list[str] = []
    heard = asyncio.Event()

    def noticed(_: str, text: str) -> None:
        notices.append(text)
        heard.set()

    tree = Tree(folder, noticed, look_seconds=look_seconds)
    async with asyncio.TaskGroup() as keeping:
        yield Street(folder, tree, keeping, notices, heard)
        await tree.stop()


async def test_killed_child_is_started_again_on_its_port(street: Street) -> None:
    """kill -9 of a child is noticed, and another one answers at the same address."""
    role = street.role("bot")
    await street.add(role)
    before = street.pid("bot")
    os.kill(before, signal.SIGKILL)
    await street.until_noticed("bot is back")
    assert street.pid("bot") != before
    assert await role.is_ready()
    assert "bot was ended by signal 9" in street.notices[0]


async def test_a_frozen_child_is_replaced(street: Street) -> None:
    """One that was stopped by a signal lives, and answers nothing: another takes its place, and its port."""
    role = street.role("worker")
    await street.add(role)
    before = street.pid("worker")
    os.kill(before, signal.SIGSTOP)
    await street.until_noticed("worker is back")
    assert "worker was frozen" in street.notices[0]
    assert not Path(f"/proc/{before}").exists()
    assert street.pid("worker") != before
    assert await role.is_ready()


async def test_a_child_that_hangs_is_replaced(street: Street) -> None:
    """It runs, takes connections and answers none of them."""
    await street.add(street.role("serve", HANGING))
    before = street.pid("serve")
    (street.folder / "diary.hang").touch()
    await street.until_noticed("serve was frozen")
    (street.folder / "diary.hang").unlink()
    await street.until_noticed("serve is back")
    assert street.pid("serve") != before


async def test_a_child_that_cannot_work_just_now_is_left_alone(street: Street) -> None:
    """Whoever says that it is not ready is alive: to end it would mend nothing."""
    await street.add(street.role("serve", HANGING))
    before = street.pid("serve")
    (street.folder / "diary.busy").touch()
    await asyncio.sleep(1.5)
    assert (street.pid("serve"), street.notices) == (before, [])


async def test_a_child_that_waits_for_others_to_be_ready_is_alive(street: Street) -> None:
    """Whether it is ready depends on what it asks; whether it lives does not: others that are slow end nobody."""
    role = street.role("serve", THREADED, alive="/alive")
    await street.add(role)
    (street.folder / "diary.hang").touch()
    assert (await role.is_ready(), await role.is_alive()) == (False, True)


def test_a_frozen_role_is_known_within_fifteen_seconds() -> None:
    """Looks that get no answer wait two seconds each."""
    assert math.ceil(MOST_UNANSWERED) * (LOOK_SECONDS + 2) <= 15


async def test_a_log_that_grows_is_moved_aside_while_it_is_written(street: Street) -> None:
    """The file stays short, what was in it stands in one beside it, and the last words are found."""
    role = street.role("worker", TALKATIVE, log_limit_bytes=5_000)
    await street.add(role)
    async with asyncio.timeout(20):
        while not role.log.with_suffix(".log.1").exists():
            await role.is_alive()
    await asyncio.sleep(0.3)
    await role.is_alive()
    assert 0 < role.log.stat().st_size < 20_000
    assert role.log.with_suffix(".log.1").read_bytes().startswith(b"xxx")
    assert b"\0" not in role.log.read_bytes()
    assert street.notices == []


async def test_child_that_dies_at_once_is_a_failed_start_with_its_last_words(street: Street) -> None:
    """The message has what the child wrote, so that nobody has to look for its log."""
    with pytest.raises(StartError, match=r"(?s)worker ended with code 3.*worker\.log.*no catalog"):
        await street.add(street.role("worker", "import sys; print('no catalog'); sys.exit(3)"))


async def test_child_on_a_taken_port_says_which(street: Street) -> None:
    """A port that somebody else has is named, with what to do."""
    role = street.role("serve")
    with socket.socket() as other:
        other.bind(("127.0.0.1", role.port))
        with pytest.raises(StartError, match=f"serve cannot start. Port {role.port} is taken"):
            await street.add(role)


async def test_children_are_stopped_from_the_last_stage_to_the_first(tmp_path: Path) -> None:
    """What others need is stopped after them; nothing is left, and run.json says that nothing runs."""
    async with a_street(tmp_path) as street:
        for stage, name in enumerate(["postgres", "bot", "worker", "serve"]):
            await street.add(street.role(name), stage)
        pids = [street.pid(name) for name in ["postgres", "bot", "worker", "serve"]]
    assert (tmp_path / "diary").read_text().split() == ["serve", "worker", "bot", "postgres"]
    assert not any(Path(f"/proc/{pid}").exists() for pid in pids)
    assert read_state(tmp_path).pid is None
    assert read_state(tmp_path).children == {}


async def test_child_that_does_not_listen_is_killed(tmp_path: Path) -> None:
    """A child that ignores SIGTERM has its seconds, then it ends all the same."""
    command = Command((sys.executable, "-c", STUBBORN), folder=tmp_path, log=tmp_path / "log", stop_seconds=0.3)
    process = await Process.start(command)
    async with asyncio.timeout(HANG_SECONDS):
        while "up" not in process.said():
            await asyncio.sleep(0.02)
    assert await process.stop() == -signal.SIGKILL


async def test_child_that_is_never_ready_is_given_up(tmp_path: Path) -> None:
    """A start does not wait for ever, and leaves no process."""
    command = (sys.executable, "-c", "import time; time.sleep(600)")
    role = HttpRole("bot", command, port=free_port(), folder=tmp_path, log=tmp_path / "log", start_seconds=0.5)
    with pytest.raises(StartError, match=r"bot was not ready after 0 s|bot was not ready after 1 s"):
        await start(role)


async def test_ports_are_kept_from_run_to_run(tmp_path: Path) -> None:
    """Addresses that somebody wrote down stay right after a restart."""
    async with a_street(tmp_path) as first:
        first.tree.announce(ports={"bot": 4242}, urls={"bot": "http://127.0.0.1:4242"})
        assert read_state(tmp_path).urls == {"bot": "http://127.0.0.1:4242"}
    async with a_street(tmp_path) as second:
        assert second.tree.kept_ports == {"bot": 4242}
        assert read_state(tmp_path).urls == {}
