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
    from typing import Any, Callable, Dict, List, Optional

    import pytest
    from rasa.core.agent import Agent
    from rasa.core.channels.channel import UserMessage
    from rasa.engine.constants import PLACEHOLDER_MESSAGE, PLACEHOLDER_TRACKER
    from rasa.shared.core.trackers import DialogueStateTracker

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
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=1800)
        assert done.returncode == 0, done.stderr
        return out

    class Pipeline:
        """The model's pipeline."""

        def __init__(self, model: Path) -> None:
            agent = Agent()
            agent.load_model(model)
            self._processor = agent.processor
            self._whole = cache(self._of_text)

        def whole(self, text: str) -> Dict[str, Any]:
            """Gives what all of it makes of a text; each is understood once, however many tests look at it."""
            return self._whole(text)

        def _of_text(self, text: str) -> Dict[str, Any]:
            message = UserMessage()
            message.text = text
            return asyncio.run(self._processor.parse_message(message))

        def up_to(self, component: str, text: str, situation: Optional[Dict[str, Any]] = None) -> Dict[str, Any]:
            """Gives what it makes of a text up to a component, which is named by its class; what comes later costs most
            and has no say in what that sets."""
            message = UserMessage(metadata={"context": {"situation": situation}})
            message.text = text
            nodes = self._processor.model_metadata.predict_schema.nodes
            (target,) = [name for name, node in nodes.items() if node.uses.__name__ == component]
            tracker = DialogueStateTracker.from_events(message.sender_id, [])
            inputs = {PLACEHOLDER_MESSAGE: [message], PLACEHOLDER_TRACKER: tracker}
            found = self._processor.graph_runner.run(inputs=inputs, targets=[target])
            return found[target][0].as_dict(only_output_properties=True)

    @pytest.fixture(scope="session")
    def pipeline(city_model: Path) -> Pipeline:
        """The project's model, loaded."""
        return Pipeline(city_model)

    @pytest.fixture(scope="session")
    def understand(pipeline: Pipeline) -> Callable[[str], Dict[str, Any]]:
        """Gives what the model understands of a text."""
        return pipeline.whole
