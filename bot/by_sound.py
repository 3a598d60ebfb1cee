"""What the normaliser makes of messages: `python -m bot.by_sound < job > result`, in the project's root.

The job is a list of messages. The result: {"read": [[text, normalised text]], the text null where it stays as it was
typed; "ms": milliseconds of each, "training_seconds", of processor time}. It learns from all lines of training first.
For `desk nlu benchmark`.
"""

from bot.quiet import hush, one_thread, without_unused

one_thread()
hush()
without_unused()

import json  # noqa: E402
import sys  # noqa: E402
import time  # noqa: E402
from pathlib import Path  # noqa: E402
from tempfile import TemporaryDirectory  # noqa: E402
from typing import Any, List, Tuple  # noqa: E402

from rasa.shared.nlu.constants import TEXT  # noqa: E402
from rasa.shared.nlu.training_data.message import Message  # noqa: E402

from bot.components import NORMALISED, TYPED  # noqa: E402
from bot.components.text.normaliser import Normaliser  # noqa: E402
from bot.importer import ServiceImporter  # noqa: E402


def main() -> int:
    """Learns, reads the messages, writes."""
    messages = json.load(sys.stdin)
    lines = ServiceImporter("config.yml", "domain.yml").get_nlu_data()
    normaliser = Normaliser({})
    began = time.process_time()
    with TemporaryDirectory() as folder:
        normaliser.learn(lines, Path(folder))
    trained = time.process_time()
    _read(normaliser, "wo yao")  # what is made at the first message is part of loading
    read = [_read(normaliser, message) for message in messages]
    answer = {
        "read": [found for found, _ in read],
        "ms": [ms for _, ms in read],
        "training_seconds": trained - began,
    }
    json.dump(answer, sys.stdout, ensure_ascii=False)
    return 0


def _read(normaliser: Normaliser, text: str) -> Tuple[List[Any], float]:
    began = time.process_time()
    message = normaliser.process([Message({TEXT: text})])[0]
    ms = 1000 * (time.process_time() - began)
    return [message.get(TEXT) if message.get(TYPED) else None, message.get(NORMALISED)], ms


if __name__ == "__main__":
    sys.exit(main())
