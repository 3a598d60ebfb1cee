"""Whether a question wants a yes or a no: a list that was told before does not answer it."""

import re

from actions.phrases import plain
from values.lexicon import lexicon

MARKS = ("?", "？")
_WORDS = lexicon(__file__)
_CHINESE = _WORDS.pattern("chinese")
_ENGLISH = _WORDS.pattern("english", re.IGNORECASE)


def is_polar(text: str) -> bool:
    """Whether a text asks whether something is so, by the grammar of either language."""
    return _CHINESE.search(plain(text)) is not None or _ENGLISH.search(text) is not None


def is_asked(clause: str, whole: str) -> bool:
    """Whether a clause of a message asks by its grammar, or by the mark behind it."""
    behind = whole[whole.find(clause) + len(clause) :].lstrip() if clause in whole else ""
    return is_polar(clause) or clause.rstrip().endswith(MARKS) or behind.startswith(MARKS)
