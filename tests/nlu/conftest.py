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
    from typing import Any, Callable, Dict, List, Optional, Sequence

    import pytest
    from rasa.core.agent import Agent
    from rasa.core.channels.channel import UserMessage
    from rasa.engine.constants import PLACEHOLDER_MESSAGE, PLACEHOLDER_TRACKER
    from rasa.shared.core.trackers import DialogueStateTracker
    from rasa.shared.nlu.training_data.message import Message

    from bot.importer import ServiceImporter

    ROOT = Path(__file__).resolve().parents[2]
    APART = ("EmergencyHead", "CommandHead", "QuestionHead")
    """Heads that set what no other reads, in their order in the pipeline: five sixths of the time."""

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
            self._nodes = agent.processor.model_metadata.predict_schema.nodes
            self._whole = cache(self._of_text)

        def whole(self, text: str) -> Dict[str, Any]:
            """Gives what all of it makes of a text; each is understood once, however many tests look at it."""
            return self._whole(text)

        def _of_text(self, text: str) -> Dict[str, Any]:
            message = UserMessage()
            message.text = text
            return asyncio.run(self._processor.parse_message(message))

        def up_to(
            self, component: str, text: str, situation: Optional[Dict[str, Any]] = None, without: Sequence[str] = ()
        ) -> Dict[str, Any]:
            """Gives what it makes of a text up to a component, `without` some before it; each is named by its class.
            What has no say in what is looked at costs most."""
            message = UserMessage(metadata={"context": {"situation": situation}})
            message.text = text
            tracker = DialogueStateTracker.from_events(message.sender_id, [])
            inputs = {PLACEHOLDER_MESSAGE: [message], PLACEHOLDER_TRACKER: tracker}
            for left_out in without:
                node = self._node(left_out)
                (before,) = self._nodes[node].needs.values()
                inputs[node] = self._run(inputs, before)
            return self._run(inputs, self._node(component))[0].as_dict(only_output_properties=True)

        def _node(self, component: str) -> str:
            (name,) = [name for name, node in self._nodes.items() if node.uses.__name__ == component]
            return name

        def _run(self, inputs: Dict[str, Any], target: str) -> List[Message]:
            """Gives the messages as a node hands them on; a node among the inputs hands on what stands there."""
            return self._processor.graph_runner.run(inputs=inputs, targets=[target])[target]

    @pytest.fixture(scope="session")
    def pipeline(city_model: Path) -> Pipeline:
        """The project's model, loaded."""
        return Pipeline(city_model)

    @pytest.fixture(scope="session")
    def understand(pipeline: Pipeline) -> Callable[[str], Dict[str, Any]]:
        """Gives what the model understands of a text, but for emergencies, commands and questions, which have no say in
        intents, entities and language; each text once, however many tests look at it."""
        return cache(lambda text: pipeline.up_to("LanguageSignal", text, without=APART))
