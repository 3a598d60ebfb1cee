"""What the tests of our words share: the lines of nlu/, and the model they make."""

import sys
from importlib.util import find_spec

if find_spec("rasa") is None:  # these need the pipeline, which runs in the bot's own environment only
    collect_ignore = ["test_spans.py", "test_held_out.py", "test_turns.py", "test_questions.py"]
else:
    from bot.quiet import hush, one_thread, without_unused

    one_thread()
    hush()
    without_unused()

    import asyncio
    import json
    import os
    import subprocess
    from functools import cache
    from pathlib import Path
    from typing import Any, Callable, Dict, List

    import pytest
    from rasa.core.agent import Agent
    from rasa.core.channels.channel import UserMessage

    from bot.importer import ServiceImporter

    ROOT = Path(__file__).resolve().parents[2]

    @pytest.fixture(scope="session")
    def importer() -> ServiceImporter:
        """The importer over the project's own nlu/."""
        return ServiceImporter(str(ROOT / "config.yml"))

    @pytest.fixture(scope="session")
    def held_out() -> List[Dict[str, Any]]:
        """The lines that nobody trains on: {"text", "intent", "lang", "entities"}."""
        files = sorted(ROOT.glob("nlu/*/tests/held_out.jsonl"))
        return [json.loads(line) for file in files for line in file.read_text(encoding="utf-8").splitlines()]

    @pytest.fixture(scope="session")
    def city_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
        """The project's model: the one that CITYDESK_MODEL names, or trained now (about a minute)."""
        if "CITYDESK_MODEL" in os.environ:
            return Path(os.environ["CITYDESK_MODEL"])
        out = tmp_path_factory.mktemp("model") / "model.tar.gz"
        command = [sys.executable, "-m", "bot.train", "--root", str(ROOT), "--out", str(out)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600)
        assert done.returncode == 0, done.stderr
        return out

    @pytest.fixture(scope="session")
    def understand(city_model: Path) -> Callable[[str], Dict[str, Any]]:
        """Gives what the model understands of a text; each is understood once, however many tests look at it."""
        agent = Agent()
        agent.load_model(city_model)

        @cache
        def parse(text: str) -> Dict[str, Any]:
            message = UserMessage()
            message.text = text
            return asyncio.run(agent.processor.parse_message(message))

        return parse
