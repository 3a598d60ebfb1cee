"""Cantonese words of danger and of asking what to do, as standard Chinese has them, in a shadow.

What is asked in a fright (點算) is learnt from small worries mostly: of twelve short cries of fires, falls and thieves
three were heard as they are and eight are with this; strangers' lines are heard as before.
"""

import json
import re
from functools import lru_cache
from pathlib import Path
from typing import Dict, Pattern, Tuple

TABLE = Path(__file__).with_name("cantonese.json")


def standard(shadow: str) -> str:
    """Gives a shadow with those words as standard Chinese has them; the longest word wins."""
    words, pattern = _table()
    return pattern.sub(lambda found: words[found[0]], shadow)


@lru_cache(maxsize=1)
def _table() -> Tuple[Dict[str, str], Pattern[str]]:
    words: Dict[str, str] = json.loads(TABLE.read_text(encoding="utf-8"))
    return words, re.compile("|".join(map(re.escape, sorted(words, key=len, reverse=True))))
