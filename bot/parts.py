"""The parts of a message that may each mean something of their own: cut at marks and at words that join wishes.

“查社保，再看下28路” is two wishes, and each is understood as if it had been written alone. A cut never goes through a
value: 和平路 is no join, nor is 2,000.
"""

import re
from typing import Any, Dict, Iterable, List, Tuple

MOST = 5
"""So many parts are looked at; what is longer is told, not asked for."""
SHORTEST = 2
"""A part of fewer characters means nothing alone."""
_HAN = "[\u3400-\u9fff]"
_MARK = rf"(?<={_HAN})\s+(?={_HAN}|\d)|" r"(?<!\d)[,.，。；;！!？?\n、]+|[，。；;！!？?\n、]+|[,.](?!\d)"
_HAN_JOIN = "|".join(
    [
        *(
            "然后",
            "然後",
            "(?:还有|還有|仲有)(?!.{0,2}[多几幾无無没沒冇])",
            "另外",
            "顺便",
            "順便",
            "顺带",
            "順帶",
            "同时",
            "同時",
            "以及",
            "并且",
            "並且",
        ),
        *("同埋", "跟住", "加上", "和", "跟", "再(?=帮|幫|查|看|问|問|给|給)"),
    ]
)
_LATIN_JOIN = r"\b(?:and|then|also|plus|as well as|but)\b|[&+]"
_CUT = re.compile(f"{_MARK}|{_HAN_JOIN}|{_LATIN_JOIN}", re.IGNORECASE)


def parts(text: str, values: Iterable[Dict[str, Any]] = ()) -> List[Tuple[int, int]]:
    """Gives where the parts of a text stand, in order; one or none where it cannot be cut.

    Args:
        values: entities with their `start` and `end`.
    """
    spans = [(one["start"], one["end"]) for one in values]
    found, begin = [], 0
    for cut in _CUT.finditer(text):
        if any(start < cut.end() and cut.start() < end for start, end in spans):
            continue
        found.append((begin, cut.start()))
        begin = cut.end()
    found.append((begin, len(text)))
    kept = [(start, end) for start, end in found if sum(char.isalnum() for char in text[start:end]) >= SHORTEST]
    return kept if len(kept) <= MOST else []
