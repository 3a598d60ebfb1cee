"""Understands lines, one after the other: `python -m bot.understand --model PATH < lines > understood`.

A line of input is a JSON string, a line of output what a model makes of it: {"intent", "confidence", "ranking",
"entities", "language", "emergency", "inquiry"}; the last line of output is {"seconds", "load_seconds",
"memory_bytes"}: the processor time of one core for all lines together, and what the process took. For `desk nlu`.
"""

import sys

from bot.quiet import hush, one_thread, without_unused

NEURAL = "--neural"

one_thread()
hush()
if NEURAL not in sys.argv:
    without_unused()

import argparse  # noqa: E402
import asyncio  # noqa: E402
import json  # noqa: E402
import time  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any, Dict, Iterable, Iterator, List, Optional  # noqa: E402

from bot.memory import resident  # noqa: E402

_GIVEN = ("entity", "start", "end", "value", "role")


def main(argv: Optional[List[str]] = None) -> int:
    """Reads all lines, understands them, writes."""
    parser = argparse.ArgumentParser(prog="python -m bot.understand", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--model", type=Path, required=True, help="the model (.tar.gz)")
    parser.add_argument(NEURAL, action="store_true", help="for a model with components that need TensorFlow")
    arguments = parser.parse_args(argv)
    if not arguments.model.exists():
        sys.stderr.write(f"There is no model {arguments.model}. Train one with: desk train\n")
        return 1
    texts = [json.loads(line) for line in sys.stdin]
    started = time.process_time()
    understood = _understanding(arguments.model)
    loaded = time.process_time()
    next(understood(["?"]))  # what is made at the first message is part of loading
    before = time.process_time()
    parses = list(understood(texts))
    seconds = time.process_time() - before
    for parse in parses:
        print(json.dumps(parse, ensure_ascii=False))
    told = {"seconds": seconds, "load_seconds": loaded - started, "memory_bytes": resident()}
    print(json.dumps(told))
    return 0


def _understanding(model: Path) -> Any:
    from rasa.core.agent import Agent
    from rasa.core.channels.channel import UserMessage

    agent = Agent()
    agent.load_model(model)
    loop = asyncio.new_event_loop()

    def understand(texts: Iterable[str]) -> Iterator[Dict[str, Any]]:
        for text in texts:
            message = UserMessage()
            message.text = text
            yield _plain(loop.run_until_complete(agent.processor.parse_message(message)))

    return understand


def _plain(parsed: Dict[str, Any]) -> Dict[str, Any]:
    entities = [{name: found[name] for name in _GIVEN if found.get(name) is not None} for found in parsed["entities"]]
    return {
        "intent": parsed["intent"]["name"],
        "confidence": float(parsed["intent"]["confidence"]),
        "ranking": [[guess["name"], float(guess["confidence"])] for guess in parsed.get("intent_ranking", [])],
        "entities": entities,
        "language": parsed.get("language"),
        "emergency": parsed.get("emergency"),
        "inquiry": parsed.get("inquiry"),
    }


if __name__ == "__main__":
    sys.exit(main())
