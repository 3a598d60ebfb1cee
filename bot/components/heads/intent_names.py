"""An intent's name is a line too, where it has few of them: `pay_traffic_fine` says what its lines say.

Where another language is asked than the one learnt, some two in a hundred more are then right (from one fewer to five
more), and half of one where it is the same (docs/decisions/0008-understanding.md).
"""

import re
from collections import Counter
from typing import List, Sequence, Tuple

from bot.components.heads.few_lines_head import FEW

_NOT_A_LETTER = re.compile("[^A-Za-z]+")
_WITHIN_CAMEL_CASE = re.compile("(?<=[a-z])(?=[A-Z])")


def named_lines(intents: Sequence[str]) -> List[Tuple[str, str]]:
    """Gives a line and its intent for each that has up to `FEW` lines. `intents`: one for each line that there is."""
    return [(_words(intent), intent) for intent, lines in sorted(Counter(intents).items()) if lines <= FEW]


def _words(intent: str) -> str:
    return _WITHIN_CAMEL_CASE.sub(" ", _NOT_A_LETTER.sub(" ", intent)).lower().strip()
