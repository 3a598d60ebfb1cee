"""What the bot's tests share: a small assistant trained once, a fake actions server, the bot as a process."""

import sys
from importlib.util import find_spec

if find_spec("rasa") is None:  # these tests run in the bot's own environment only
    collect_ignore_glob = ["test_*.py"]
else:
    from bot.quiet import hush, one_thread, without_unused

    one_thread()
    hush()
    without_unused()

    import fcntl
    import os
    import shutil
    import subprocess
    from contextlib import contextmanager
    from pathlib import Path
    from typing import Iterator

    import pytest

    sys.path.insert(0, str(Path(__file__).parent))

    from bot_process import ROOT, BotProcess
    from fake_actions import FakeActions, greet

    _LINES = {
        "greet": ["hello", "hi there", "good morning", "你好", "您好", "早上好呀"],
        "next_bus": [
            "when is the next bus",
            "next bus to [Harbour](stop)",
            "how long until the [28](bus_line) comes",
            "下一班车还有多久",
            "[28路](bus_line)什么时候到[东门](stop)",
            "[B1](bus_line)到哪了",
        ],
        "traffic_fines": [
            "pay my traffic fine",
            "do I have a speeding ticket",
            "fines of [浙A12345](plate)",
            "我要交违章罚款",
            "查一下违章",
            "[浙A8K37P](plate)有没有违章",
        ],
        "inform": ["[浙A12345](plate)", "[083517](vin_last6)", "my plate is [浙B12345](plate)", "at [Harbour](stop)"],
        "restart": ["start over", "from the beginning", "重新开始", "重来一遍"],
        "out_of_scope": ["tell me a joke", "who won the match", "讲个笑话", "股票今天涨了吗"],
    }

    @pytest.fixture(scope="session")
    def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
        """An assistant of a few lines: our pipeline, our domain, its own words. All workers of a run share it."""
        own = tmp_path_factory.getbasetemp()
        root = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "项目 with blanks"
        with _alone(root):
            if not root.exists():
                _write(root)
        return root

    def _write(root: Path) -> None:
        root.mkdir()
        for name in ("config.yml", "domain.yml"):
            shutil.copy(ROOT / name, root / name)
        for intent, lines in _LINES.items():
            folder = root / "nlu" / intent
            folder.mkdir(parents=True)
            examples = "".join(f"    - {line}\n" for line in lines)
            (folder / "mixed.yml").write_text(
                f'version: "3.1"\nnlu:\n- intent: {intent}\n  examples: |\n{examples}', encoding="utf-8"
            )

    @pytest.fixture(scope="session")
    def model(project: Path) -> Path:
        """That assistant, trained by the command that the product uses: by one worker, for which the others wait."""
        out = project / "models" / "small.tar.gz"
        command = [sys.executable, "-m", "bot.train", "--root", str(project), "--out", str(out)]
        with _alone(project):
            if not out.exists():
                done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=900)
                assert done.returncode == 0, done.stderr
                (project / "progress.txt").write_text(done.stdout, encoding="utf-8")
        return out

    @contextmanager
    def _alone(root: Path) -> Iterator[None]:
        """Holds a folder against other workers, while the block lasts."""
        with root.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    @pytest.fixture(scope="session")
    def actions_server() -> Iterator[FakeActions]:
        """A fake actions server that runs all the time."""
        server = FakeActions()
        server.start()
        yield server
        server.stop()

    @pytest.fixture
    def actions(actions_server: FakeActions) -> FakeActions:
        """The fake actions server, forgetful and friendly again."""
        actions_server.answer = greet
        actions_server.signs = True
        actions_server.calls.clear()
        actions_server.traces.clear()
        actions_server.connections.clear()
        return actions_server

    @pytest.fixture(scope="session")
    def running_bot(
        model: Path, actions_server: FakeActions, tmp_path_factory: pytest.TempPathFactory
    ) -> Iterator[BotProcess]:
        """The bot, ready."""
        process = BotProcess(model, actions_server.url, tmp_path_factory.mktemp("bot") / "bot.log")
        process.wait_ready()
        yield process
        process.stop()

    @pytest.fixture
    def bot(running_bot: BotProcess, actions: FakeActions) -> BotProcess:
        """The bot, ready, with friendly actions behind it."""
        return running_bot
