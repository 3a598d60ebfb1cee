"""Sets right, for reading, characters that were written for others of the same sound.

In dianfei (electricity bill) the fei of "waste" for that of "fee", in guangchang (square) the chang of "factory" for
that of "place".

Only where what is written was hardly ever written so, and what sounds like it often. The text stays as it is: a name
that nobody knows may be of any characters.
"""

import math
from functools import lru_cache
from typing import Iterator, Sequence, Tuple

from bot.components.text.language_model import LATIN, MARK, NUMBER, UNREAD, LanguageModel, places, signs
from bot.components.text.readings import readings

STRANGE = -5.0
"""Log probability of a character and the two after it, in the mean, below which it is looked at."""
AHEAD = 9.0
"""Log odds by which another of the same sound must be ahead: of 477 lines with a homophone 60 % are set right, of 564
strangers' lines without 1 % are changed (with 7: 70 and 4 %)."""
MOST = 3
"""So many characters of a message are set right."""
CACHED_TRIPLES = 50_000
THOUGHT_OF = 40
"""Characters of a sound, the commonest."""


class Homophones:
    """By what is likely in Chinese."""

    def __init__(self, chinese: LanguageModel) -> None:
        self._chinese = chinese
        self._after = lru_cache(CACHED_TRIPLES)(self._looked_up)

    def corrected(self, normalised: str) -> str:
        """Gives a normalised text with the characters that are meant, as long as it is."""
        number = self._chinese.number
        written = signs(normalised)
        line = [0, 0, *(number.get(sign, 0) for sign in written), 0, 0]
        likely = [0.0, 0.0, *(self._likely(line, place) for place in range(2, len(line) - 1)), 0.0]
        corrected = False
        for _ in range(MOST):
            found = max(self._better(line, likely, written), default=None)
            if found is None or found[0] < AHEAD:
                break
            _, place, character = found
            line[place], corrected = character, True
            likely[place : place + 3] = [self._likely(line, at) for at in range(place, min(place + 3, len(line) - 1))]
        return self._written(normalised, line) if corrected else normalised

    def _better(
        self, line: Sequence[int], likely: Sequence[float], written: Sequence[str]
    ) -> Iterator[Tuple[float, int, int]]:
        """Gives by how much another character of the sound is likelier, where it stands, and which it is."""
        for place, sign in enumerate(written, start=2):
            ends = range(place, min(place + 3, len(line) - 1))
            now = sum(likely[at] for at in ends)
            if now < STRANGE * len(ends) and sign in readings().of_character:
                changed = list(line)
                for other, _ in self._chinese.alone(readings().sound(sign))[:THOUGHT_OF]:
                    changed[place] = other
                    ahead = self._likely(changed, place) - now
                    if ahead >= AHEAD:  # what follows only takes from it
                        yield ahead + sum(self._likely(changed, at) for at in ends[1:]), place, other

    def _likely(self, line: Sequence[int], place: int) -> float:
        """Gives the log probability of a character of a line, whatever its reading."""
        return self._after(line[place - 2], line[place - 1], line[place])

    def _looked_up(self, before: int, one: int, two: int) -> float:
        symbol = self._chinese.symbols[two]
        known = readings().of_character.get(symbol)
        if known is None:
            known = ((symbol if symbol in (MARK, NUMBER, LATIN) else UNREAD, 1.0),)
        sound, share = known[0]
        return self._chinese.likely(before, one, two, sound) - math.log(share)

    def _written(self, normalised: str, line: Sequence[int]) -> str:
        characters = list(normalised)
        for place, number in zip(places(normalised), line[2:], strict=False):
            if "\u3400" <= characters[place] <= "\u9fff":
                characters[place] = self._chinese.symbols[number]
        return "".join(characters)
