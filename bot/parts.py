"""The parts of a message that may each mean something of their own: cut at marks and at words that join wishes.

“check my pension, then line 28” is two wishes, and each is understood as if it had been written alone. A cut never
goes through a value: the "he" (and) of Heping Road is no join, nor is the comma of 2,000.
"""

from typing import Any, Dict, Iterable, List, Tuple

from values.joins import CUT

MOST = 8
"""So many parts are looked at; what is longer is told, not asked for."""
SHORTEST = 2
"""A part of fewer characters means nothing alone."""


def parts(text: str, values: Iterable[Dict[str, Any]] = ()) -> List[Tuple[int, int]]:
    """Gives where the parts of a text stand, in order; one or none where it cannot be cut.

    Args:
        values: entities with their `start` and `end`.
    """
    spans = [(one["start"], one["end"]) for one in values]
    found, begin = [], 0
    for cut in CUT.finditer(text):
        if any(start < cut.end() and cut.start() < end for start, end in spans):
            continue
        found.append((begin, cut.start()))
        begin = cut.end()
    found.append((begin, len(text)))
    kept = [(start, end) for start, end in found if sum(char.isalnum() for char in text[start:end]) >= SHORTEST]
    return kept if len(kept) <= MOST else []
