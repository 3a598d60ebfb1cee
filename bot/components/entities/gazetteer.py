"""Names known beforehand — cities, districts, agencies, topics, stops, lines — as a hint for the character tagger.

They come with the training data, as Rasa's lookup tables, and travel in the model. A name is no sure entity: Chengqu
("urban district") is a district of one city and any city's centre. Besides names it knows the words that names of a
kind end with.
"""

from dataclasses import dataclass
from typing import Dict, Iterable, List, Mapping, Sequence, Tuple

from bot.components.text.tokenizer import split
from values.lexicon import lexicon
from values.writing import normalised

_ENDING = lexicon(__file__).pattern("ending")
_FARTHEST = 6  # tokens from an ending in which its name is looked for


@dataclass(frozen=True)
class Gazetteer:
    """The kind of each name, by its tokens; `longest` counts tokens."""

    names: Mapping[Tuple[str, ...], str]
    longest: int

    @classmethod
    def of(cls, tables: Mapping[str, Iterable[str]]) -> "Gazetteer":
        """Makes one of names by kind; a name of two kinds is of the first."""
        names: Dict[Tuple[str, ...], str] = {}
        for kind, written in tables.items():
            for name in written:
                names.setdefault(tuple(normalised(token.text) for token in split(name)), kind)
        return cls(names, max(map(len, names), default=0))

    def marks(self, words: Sequence[str]) -> List[str]:
        """Gives each token B- or I- and the kind of the longest name it is in, or O."""
        result = ["O"] * len(words)
        place = 0
        while place < len(words):
            for length in range(min(self.longest, len(words) - place), 0, -1):
                kind = self.names.get(tuple(words[place : place + length]))
                if kind is not None:
                    result[place : place + length] = [f"B-{kind}", *[f"I-{kind}"] * (length - 1)]
                    place += length - 1
                    break
            place += 1
        return result


def endings(shaded: str, starts: Sequence[int]) -> List[str]:
    """Gives each token, by where it starts, the kind of ending that it is in or that follows soon, and how soon."""
    result = ["-"] * len(starts)
    for found in _ENDING.finditer(shaded):
        first = next((place for place, start in enumerate(starts) if start >= found.start()), len(starts))
        for place in range(max(0, first - _FARTHEST), first):
            if result[place] == "-":
                result[place] = f"{found.lastgroup}{'<' if first - place <= 3 else '<<'}"
        for place in range(first, len(starts)):
            if starts[place] < found.end():
                result[place] = f"{found.lastgroup}="
    return result
