"""Turns: messages in the situation that they were written in, as lines of training.

`nlu/<folder>/turns/<language>.yml` holds them, `nlu/situations.json` the situations, by name: how each was reached,
what was said, and what the dialogue stated then. They have no intent: a command is learnt beside it.
"""

import json
from pathlib import Path
from typing import Any, Dict, List

import yaml
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message

SITUATIONS = "situations.json"
SITUATION = "situation"
"""dict or None: where the conversation stood, as `desk.contract.situation` has it."""
COMMAND = "command"
"""str: of a line of training, the command that it is; of several, the first."""
GIVEN = "given"
"""list of [entity, text]: of a line of training, the values that it gives."""

EMPTY: Dict[str, Any] = {"step": "idle"}
"""Nothing was said but a greeting."""


def turns(nlu: Path) -> List[Message]:
    """Gives all turns below `nlu/`, those for tests left out.

    Raises:
        KeyError: a turn names a situation that there is not.
    """
    path = nlu / SITUATIONS
    if not path.exists():
        return []
    situations = json.loads(path.read_text(encoding="utf-8"))
    return [
        Message(
            {
                TEXT: one["say"],
                SITUATION: situations[one["in"]][SITUATION],
                COMMAND: one["commands"][0].partition(":")[0],
                GIVEN: one.get("values", []),
            }
        )
        for file in sorted(nlu.glob("*/turns/*.yml"))
        for one in yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)["turns"]
    ]
