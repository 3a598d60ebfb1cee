"""Pieces of a message in which an emergency may be told as an aside ("my gas bill, wait, I smell gas in the kitchen").

An encoder reads a message as a whole, and a wish beside it hides the danger: so each piece is heard by itself, too.
What was dictated without a mark is cut into windows that overlap. A piece wants more than a whole message does, and a
sign of danger in its words: docs/decisions/0010-emergencies.md has what each costs.
"""

import re
from typing import Iterator, Tuple

PIECE, WINDOW = 4.0, 3.0
"""So much more than the threshold a piece between marks, or a window of what has none, must score (log odds)."""
SIGN = 1.5
"""And so much the words alone must say of danger (log odds of the n-grams): torn from its message a piece that is
merely in a mood ("he argues with me again", "the baby cries") sounds worse than it is."""
_HAN = "[\u3400-\u9fff]"
_MARKS = re.compile(rf"[。！？!?;；,，.、…\n]+|(?<={_HAN})\s+|\s+(?={_HAN})")
_LONG, _WIDE, _STEP, _LAST = 22, 15, 7, 8
"""A piece of more Han characters is dictated: windows are so wide, so far apart, and the last one no shorter."""


def asides(text: str) -> Iterator[Tuple[str, float]]:
    """Gives each piece of a text with how much more it must score; none where the text is one short piece."""
    pieces = [piece for piece in map(str.strip, _MARKS.split(text)) if piece]
    if len(pieces) > 1:
        yield from ((piece, PIECE) for piece in pieces)
    for piece in pieces:
        if len(piece) > _LONG and re.search(_HAN, piece):
            yield from ((piece[at : at + _WIDE], WINDOW) for at in range(0, len(piece) - _LAST, _STEP))
