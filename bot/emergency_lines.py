"""What people write in emergencies, and what merely sounds like it, as lines of training (`nlu/safety/`).

They have no intent: an emergency is heard beside the intent, and before it.
"""

import json
from pathlib import Path
from typing import Any, Dict, Iterator, List

from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message

KIND = "emergency_kind"
"""str: of a line of training, the kind of emergency that it tells of; "" where it merely sounds like one."""
ALSO = "emergency_also"
"""list of str: kinds that would be as right."""
NEXT = "emergency_next"
"""str: of a line of training that was written in an emergency: goes_on, over or wish."""

HAND = "emergency_hand"
"""str: who wrote a line of training."""


def emergency_lines(nlu: Path) -> List[Message]:
    """Gives all lines of `nlu/safety/`, those for tests left out."""
    folder = nlu / "safety"
    lines = [
        Message({TEXT: line["text"], KIND: path.parent.name, ALSO: line.get("also", []), HAND: line["hand"]})
        for path in sorted(folder.glob("*/lines.jsonl"))
        for line in _read(path)
    ]
    near = [
        Message({TEXT: line["text"], KIND: "", ALSO: [], HAND: line["hand"]})
        for path in sorted(folder.glob("*/near_misses.jsonl"))
        for line in _read(path)
    ]
    following = folder / "next.jsonl"
    after = [Message({TEXT: line["text"], NEXT: line["next"], HAND: line["hand"]}) for line in _read(following)]
    return [*lines, *near, *after]


def _read(path: Path) -> Iterator[Dict[str, Any]]:
    if path.exists():
        yield from (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip())
