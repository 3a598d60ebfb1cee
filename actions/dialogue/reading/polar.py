"""Whether a text is a question by its grammar, and whether it wants a yes or a no: a list that was told before does not
answer that.
"""

import re

from actions.phrases import plain
from values.lexicon import lexicon

MARKS = ("?", "？")
_WORDS = lexicon(__file__)
_CHINESE = _WORDS.pattern("chinese")
_ENGLISH = _WORDS.pattern("english", re.IGNORECASE)
_OPEN = _WORDS.pattern("open")
_WHY = _WORDS.pattern("why")


def is_polar(text: str) -> bool:
    """Whether a text asks whether something is so, by the grammar of either language."""
    return _CHINESE.search(plain(text)) is not None or _ENGLISH.search(text) is not None


def is_asked(clause: str, whole: str) -> bool:
    """Whether a clause of a message asks by its grammar, or by the mark behind it."""
    behind = whole[whole.find(clause) + len(clause) :].lstrip() if clause in whole else ""
    return is_polar(clause) or clause.rstrip().endswith(MARKS) or behind.startswith(MARKS)


def asks_something(text: str) -> bool:
    """Whether a text asks anything: by a word that asks, by its grammar, or by a mark."""
    return is_polar(text) or any(mark in text for mark in MARKS) or _OPEN.search(plain(text)) is not None


def asks_why(text: str) -> bool:
    """Whether a text asks for a reason."""
    return _WHY.search(plain(text)) is not None
