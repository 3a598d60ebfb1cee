"""Whether a sentence names a value only to refuse it ("not A, B", "A is not my car, B is")."""

import re

from values.lexicon import lexicon
from values.writing import plain

_WORDS = lexicon(__file__)
_BEFORE = _WORDS.pattern("before", re.IGNORECASE)
_AFTER = _WORDS.pattern("after", re.IGNORECASE)
REACH = 24
"""So many characters beside a value say whether it is refused."""


def is_refused(text: str, value: str) -> bool:
    """Whether every mention of a value in a text is one that refuses it; False where it is not mentioned."""
    said, name = plain(text), plain(value)
    if not name or name not in said:  # before a pattern is made of it
        return False
    places = [found.start() for found in re.finditer(re.escape(name), said)]
    return bool(places) and all(_refuses(said, place, place + len(name)) for place in places)


def _refuses(said: str, start: int, end: int) -> bool:
    return bool(_BEFORE.search(said[max(0, start - REACH) : start]) or _AFTER.match(said[end : end + REACH]))
