"""A fresh bot takes over from another: over small programs of its own."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import pytest

from desk.app.choice import ANSWERING, RELEASE, TRIAL, Choice, Start, read, write
from desk.http.sockets import free_port
from desk.store.running import read_state
from tools.supervisor.http_role import HttpRole
from tools.supervisor.tree import Tree
from tools.takeover import Takeover

BOT = """
import http.server, pathlib, signal, sys, threading, time
port, model = int(sys.argv[1]), pathlib.Path(sys.argv[2])
if model.read_text() == "broken":
    sys.exit("this model cannot be loaded")

class Bot(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/turn":
            time.sleep(4)
        self.send_response(200); self.end_headers(); self.wfile.write(model.name.encode())
    def log_message(self, *_): pass

class Server(http.server.ThreadingHTTPServer):
    daemon_threads = False

server = Server(("127.0.0.1", port), Bot)
signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
server.serve_forever()
server.server_close()
"""


@dataclass
class Stage:
    """A tree with a bot on it, and what was said of it."""

    data_dir: Path
    tree: Tree
    notices: list[str]
    ports: dict[str, int] = field(default_factory=dict)

    def fresh_bot(self, name: str, model: Path) -> HttpRole:
        port = self.ports.setdefault(name, free_port())
        command = (sys.executable, "-c", BOT, str(port), str(model))
        log = self.data_dir / f"{name}.log"
        return HttpRole(
            name=name, program=command, port=port, folder=self.data_dir, log=log, start_seconds=20, stop_seconds=9
        )

    def move(self, name: str, tried: str | None = None) -> None:
        names = {"bot": name, **({"candidate": tried} if tried else {})}
        urls = {role: f"http://127.0.0.1:{self.ports[place]}" for role, place in names.items()}
        self.tree.announce(ports=self.ports, urls=urls)

    def have(self, name: str, said: str = "good") -> Path:
        """A model that lies there."""
        path = self.data_dir / "models" / f"{name}.tar.gz"
        path.parent.mkdir(exist_ok=True)
        path.write_text(said, encoding="utf-8")
        return path

    def want(self, model: str, release: str) -> None:
        write(self.data_dir, RELEASE, Choice(model=model, files="files", release=release))

    def have_tried(self, model: str, trial: str) -> None:
        write(self.data_dir, TRIAL, Choice(model=model, files="", trial=trial))

    async def until_children(self, *names: str) -> None:
        async with asyncio.timeout(30):
            while self.children != {*names}:
                await asyncio.sleep(0.05)

    async def until(self, release: str) -> Choice:
        """Wait until something became of a release."""
        async with asyncio.timeout(30):
            while (found := read(self.data_dir, ANSWERING)) is None or found.release != release:
                await asyncio.sleep(0.05)
        return found

    async def until_noticed(self, text: str) -> None:
        async with asyncio.timeout(30):
            while not any(text in one for one in self.notices):
                await asyncio.sleep(0.05)

    @property
    def url(self) -> str:
        return read_state(self.data_dir).urls["bot"]

    @property
    def children(self) -> set[str]:
        return set(read_state(self.data_dir).children)


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    """A bot that answers with the model `old`."""
    async with staged(tmp_path) as stage:
        yield stage


@asynccontextmanager
async def staged(folder: Path, standby_seconds: float = 0.0) -> AsyncIterator[Stage]:
    notices: list[str] = []
    tree = Tree(folder, lambda _, text: notices.append(text))
    stage = Stage(folder, tree, notices)
    takeover = Takeover(folder, tree, stage, 0, lambda _, text: notices.append(text), standby_seconds=standby_seconds)
    async with asyncio.TaskGroup() as group:
        start = Start(stage.have("old"), Choice(model="old", files="files"))
        await takeover.begin(stage.data_dir / "models" / "old.tar.gz", start, group)
        stage.move("bot")
        following = group.create_task(takeover.follow(group))
        yield stage
        following.cancel()
        await tree.stop()


async def asked(url: str, path: str = "/health") -> str:
    """Which model answers there."""
    async with aiohttp.ClientSession(trust_env=False) as http, http.get(f"{url}{path}") as answer:
        return await answer.text()


async def test_a_fresh_bot_takes_over_and_the_old_one_finishes_its_turns(stage: Stage) -> None:
    """Nobody waits: the old one answers until the fresh one is ready, and what it had begun to the end."""
    before = stage.url
    stage.have("new")
    stage.want("new", "1")
    assert (await stage.until("1")).model == "new"
    assert await asked(stage.url) == "new.tar.gz"
    turn = asyncio.create_task(asked(before, "/turn"))
    assert await turn == "old.tar.gz"
    await stage.until_children("bot_2")
    with pytest.raises(aiohttp.ClientError):
        await asked(before)


async def test_one_goes_back_the_same_way(stage: Stage) -> None:
    """To the place where the first was."""
    stage.have("new")
    stage.want("new", "1")
    await stage.until_noticed("Model new answers")
    await stage.until_children("bot_2")
    stage.want("old", "2")
    await stage.until_noticed("Model old answers")
    assert await asked(stage.url) == "old.tar.gz"
    await stage.until_children("bot")


@pytest.mark.parametrize("said", ["broken", None], ids=["cannot be loaded", "is not kept"])
async def test_a_model_that_cannot_be_started_is_not_taken(stage: Stage, said: str | None) -> None:
    """The old one goes on, the reason is kept, and another release may follow."""
    if said is not None:
        stage.have("bad", said)
    stage.want("bad", "1")
    found = await stage.until("1")
    assert (found.model, found.refused) == ("old", "bad")
    assert ("cannot be loaded" if said else "is not kept") in found.why
    assert await asked(stage.url) == "old.tar.gz"
    assert stage.children == {"bot"}
    stage.have("new")
    stage.want("new", "2")
    assert (await stage.until("2")).model == "new"


async def test_the_model_that_answers_is_not_started_again(stage: Stage) -> None:
    """A release of what answers is done at once."""
    stage.want("old", "1")
    assert (await stage.until("1")).model == "old"
    assert stage.children == {"bot"}


async def test_going_back_within_a_while_starts_nothing(tmp_path: Path) -> None:
    """The one before still stands there: it is named again, at once."""
    async with staged(tmp_path, standby_seconds=600) as stage:
        before, pid = stage.url, read_state(tmp_path).children["bot"].pid
        stage.have("new")
        stage.want("new", "1")
        await stage.until("1")
        assert stage.children == {"bot", "bot_2"}
        (tmp_path / "models" / "old.tar.gz").unlink()  # nothing of it is needed
        async with asyncio.timeout(5):
            stage.want("old", "2")
            await stage.until("2")
        assert (stage.url, read_state(tmp_path).children["bot"].pid) == (before, pid)
        assert await asked(before) == "old.tar.gz"


async def test_a_model_on_trial_stands_beside_and_goes(stage: Stage) -> None:
    """`run.json` names it as long as it is tried; the other answers all the time."""
    stage.have("new")
    stage.have_tried("new", "7")
    await stage.until_children("bot", "bot_2")
    async with asyncio.timeout(30):
        while "candidate" not in (urls := read_state(stage.data_dir).urls):
            await asyncio.sleep(0.05)
    assert (await asked(urls["candidate"]), await asked(urls["bot"])) == ("new.tar.gz", "old.tar.gz")
    stage.have_tried("", "")
    await stage.until_children("bot")
    assert "candidate" not in read_state(stage.data_dir).urls


async def test_a_model_on_trial_takes_over_without_a_start(stage: Stage) -> None:
    """It stands there already."""
    stage.have("new")
    stage.have_tried("new", "7")
    async with asyncio.timeout(30):
        while "candidate" not in read_state(stage.data_dir).urls:
            await asyncio.sleep(0.05)
    pid = read_state(stage.data_dir).children["bot_2"].pid
    stage.want("new", "1")
    assert (await stage.until("1")).model == "new"
    urls = read_state(stage.data_dir).urls
    assert ("candidate" in urls, await asked(urls["bot"])) == (False, "new.tar.gz")
    await stage.until_children("bot_2")
    assert read_state(stage.data_dir).children["bot_2"].pid == pid


async def test_a_model_that_cannot_be_tried_is_told_of_once(stage: Stage) -> None:
    """The other goes on; another trial may follow."""
    stage.have("bad", "broken")
    stage.have_tried("bad", "7")
    await stage.until_noticed("cannot be tried")
    found = read(stage.data_dir, ANSWERING)
    assert found is not None
    assert (found.model, found.refused, found.trial) == ("old", "bad", "7")
    await asyncio.sleep(1.5)
    assert sum("cannot be tried" in one for one in stage.notices) == 1
    stage.have("new")
    stage.have_tried("new", "8")
    await stage.until_children("bot", "bot_2")
