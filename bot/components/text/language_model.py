"""Which Chinese character follows which, as residents, guides and names have it: it tells those of one sound apart.

Trigrams with back-off by Witten and Bell (https://doi.org/10.1109/18.87000), each with how it sounds, so that the
characters that may go on with a syllable stand together. A run of digits, one of Latin letters, and any mark, the
begin and end of a line too, count as one sign each.
"""

import math
import re
from array import array
from bisect import bisect_left
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import Any, Dict, List, Mapping, Sequence, Tuple

import numpy as np

from bot.components.text.readings import readings

NUMBER, LATIN, MARK = "0", "A", "."
"""The signs for what is no Chinese character."""
UNREAD = ""
"""The sound of a character that no table reads."""
RAREST = 2.0
"""Weight from which on three characters in a row are kept."""
_PIECE = re.compile(r"[\u3400-\u9fff]|\d+|[a-z]+|[^\s\u3400-\u9fff\da-z]+")
_FILE = "language_model.npz"
_LEAST = 0.5
"""Weight of a character that no line has."""
_DECIMALS = 3
"""Of a log probability: the last bits of a logarithm are not the same on every processor."""
_BITS = 16
"""Of a character's number."""

Symbols = Sequence[int]
Following = List[Tuple[int, float]]


def signs(normalised: str) -> List[str]:
    """Gives the characters and signs of a line."""
    return [_sign(piece) for piece in _PIECE.findall(normalised)]


def places(normalised: str) -> List[int]:
    """Gives where each of the signs of a line begins."""
    return [found.start() for found in _PIECE.finditer(normalised)]


def _sign(piece: str) -> str:
    if "\u3400" <= piece[0] <= "\u9fff":
        return piece
    if piece[0].isdigit():
        return NUMBER
    return LATIN if "a" <= piece[0] <= "z" else MARK


@dataclass(frozen=True)
class _Table:
    """What goes on after contexts: rows (context and sound, character, log probability), and their back-off."""

    rows: "array[int]"
    characters: "array[int]"
    likely: "array[float]"
    contexts: "array[int]"
    back_off: "array[float]"

    @classmethod
    def of(cls, part: Mapping[str, np.ndarray], name: str) -> "_Table":
        return cls(*(_array(part[f"{name}_{field}"]) for field in ("rows", "characters", "likely", "contexts", "off")))

    def following(self, row: int) -> Following:
        """Gives the characters of a sound that were seen after a context, both in the number of a row."""
        place, found = bisect_left(self.rows, row), []
        while place < len(self.rows) and self.rows[place] == row:
            found.append((self.characters[place], self.likely[place]))
            place += 1
        return found

    def off(self, context: int) -> float:
        """Gives the log weight of what is known without the first character of a context."""
        place = bisect_left(self.contexts, context)
        known = place < len(self.contexts) and self.contexts[place] == context
        return self.back_off[place] if known else 0.0


class LanguageModel:
    """Characters by number: 0 is `MARK`."""

    def __init__(self, parts: Mapping[str, np.ndarray]) -> None:
        self._parts = parts
        self.symbols = str(parts["symbols"])
        self.number: Dict[str, int] = {symbol: place for place, symbol in enumerate(self.symbols)}
        self._sounds = {sound: place for place, sound in enumerate(_sounds())}
        self._two, self._three = _Table.of(parts, "two"), _Table.of(parts, "three")
        self._alone: List[Following] = [[] for _ in self._sounds]
        self._of_one = [float(likely) for likely in parts["alone"]]
        for symbol, likely in zip(self.symbols, self._of_one, strict=True):
            for sound, share in _sounds_of(symbol):
                self._alone[self._sounds[sound]].append((self.number[symbol], likely + share))
        for ranked in self._alone:
            ranked.sort(key=lambda pair: -pair[1])
        self.after_one = lru_cache(50_000)(self._after_one)
        self.after_two = lru_cache(50_000)(self._after_two)

    def alone(self, sound: str) -> Following:
        """Gives the characters of a sound, the commonest first, each with its log probability."""
        return self._alone[self._sounds[sound]]

    def _after_one(self, one: int, sound: str) -> Tuple[Following, float]:
        """Gives the characters of a sound seen after a character, and the log weight of those that were not."""
        return self._two.following(one * len(self._sounds) + self._sounds[sound]), self._two.off(one)

    def _after_two(self, before: int, one: int, sound: str) -> Tuple[Following, float]:
        """Gives the same after two characters."""
        context = before * len(self.symbols) + one
        row = context * len(self._sounds) + self._sounds[sound]
        return self._three.following(row), self._three.off(context)

    def likely(self, before: int, one: int, two: int, sound: str) -> float:
        """Gives the log probability of a character of a sound after two others."""
        for characters, off in self._steps(before, one, sound):
            for character, found in characters:
                if character == two:
                    return found + off
        return -math.inf

    def _steps(self, before: int, one: int, sound: str) -> List[Tuple[Following, float]]:
        three, off_three = self.after_two(before, one, sound)
        two, off_two = self.after_one(one, sound)
        return [(three, 0.0), (two, off_three), (self.alone(sound), off_three + off_two)]

    @classmethod
    def fit(cls, lines: Sequence[str], words: Mapping[str, float]) -> "LanguageModel":
        """Learns from normalised lines, and from words with a weight each, which stand in no line."""
        split = [signs(line) for line in lines]
        known = {char for char in chain.from_iterable([*split, *words]) if char not in (MARK, NUMBER, LATIN)}
        symbols = MARK + NUMBER + LATIN + "".join(sorted(known.union(readings().of_character)))
        number = {symbol: place for place, symbol in enumerate(symbols)}
        said = [[0, 0, *(number[sign] for sign in line), 0] for line in split if line]
        written = [[number[char] for char in word] for word in words]
        grams = [_grams(said, written, list(words.values()), length) for length in (1, 2, 3)]
        return cls({"symbols": np.array(symbols), **_fitted(symbols, grams)})

    def save(self, folder: Path) -> None:
        """Writes it into a model's folder."""
        np.savez_compressed(folder / _FILE, **self._parts)

    @classmethod
    def load(cls, folder: Path) -> "LanguageModel":
        """Reads it from a model's folder."""
        with np.load(folder / _FILE) as kept:
            return cls({name: kept[name] for name in kept.files})


Grams = Tuple[np.ndarray, np.ndarray]
"""Rows of characters in a row, in order, and the weight of each."""


def _grams(said: Sequence[Symbols], words: Sequence[Symbols], weights: Sequence[float], length: int) -> Grams:
    """Counts what stands in a row: in lines the begins too, in words only what is inside."""
    rows, counts = [], []
    for lines, line_weights, first in ((said, [1.0] * len(said), 3 - length), (words, weights, 0)):
        kept = [(line[first:], weight) for line, weight in zip(lines, line_weights, strict=True)]
        kept = [(line, weight) for line, weight in kept if len(line) >= length]
        sizes = [len(line) - length + 1 for line, _ in kept]
        flat = np.fromiter(chain.from_iterable(line for line, _ in kept), dtype=np.int64)
        begins = np.concatenate([np.zeros(0, np.int64), *_begins([len(line) for line, _ in kept], length)])
        rows.append(sum(flat[begins + place] << (_BITS * (length - 1 - place)) for place in range(length)))
        counts.append(np.repeat([weight for _, weight in kept], sizes))
    unique, places = np.unique(np.concatenate(rows), return_inverse=True)
    characters = [unique >> (_BITS * (length - 1 - place)) & ((1 << _BITS) - 1) for place in range(length)]
    return np.stack(characters, axis=1), np.bincount(places, weights=np.concatenate(counts))


def _begins(sizes: Sequence[int], length: int) -> List[np.ndarray]:
    ends = np.cumsum([0, *sizes])
    return [np.arange(first, first + size - length + 1) for first, size in zip(ends, sizes, strict=False)]


def _fitted(symbols: str, grams: Sequence[Grams]) -> Dict[str, np.ndarray]:
    size = len(symbols)
    alone = np.full(size, _LEAST)
    alone[grams[0][0][:, 0]] += grams[0][1]
    alone /= alone.sum()
    pairs, weight = grams[1]
    two, off_two = _smoothed(pairs[:, 0], weight, alone[pairs[:, 1]], np.zeros(len(weight), dtype=bool))
    triples, weight = grams[2]
    context = triples[:, 0] * size + triples[:, 1]
    below = _looked_up(pairs[:, 0] * size + pairs[:, 1], two, triples[:, 1] * size + triples[:, 2])
    three, off_three = _smoothed(context, weight, below, weight < RAREST)
    kept = weight >= RAREST
    return {
        "alone": _log(alone),
        **_table("two", symbols, pairs[:, 0], pairs[:, 1], two, off_two),
        **_table("three", symbols, context[kept], triples[kept, 2], three[kept], off_three),
    }


def _smoothed(
    context: np.ndarray, weight: np.ndarray, below: np.ndarray, left_out: np.ndarray
) -> Tuple[np.ndarray, Grams]:
    """Gives the probability of each row, and of each context the weight of what is not kept after it."""
    contexts, places = np.unique(context, return_inverse=True)
    total = np.bincount(places, weights=weight)
    types = np.bincount(places, weights=np.minimum(weight, 1.0))
    probability = (weight + types[places] * below) / (total + types)[places]
    left = np.bincount(places, weights=weight * left_out)
    return probability, (contexts, (types + left) / (total + types))


def _looked_up(known: np.ndarray, values: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    return values[np.searchsorted(known, wanted)]


def _table(
    name: str, symbols: str, context: np.ndarray, character: np.ndarray, probability: np.ndarray, off: Grams
) -> Dict[str, np.ndarray]:
    """Gives the parts of a `_Table`: a row for each sound of a character."""
    number = {sound: place for place, sound in enumerate(_sounds())}
    of_symbol = [[(number[sound], share) for sound, share in _sounds_of(symbol)] for symbol in symbols]
    most = max(map(len, of_symbol))
    sounds = np.full((len(symbols), most), -1)
    shares = np.zeros((len(symbols), most))
    for place, pairs in enumerate(of_symbol):
        for turn, (sound, share) in enumerate(pairs):
            sounds[place, turn], shares[place, turn] = sound, share
    row = context[:, None] * len(number) + sounds[character]
    likely = np.round(np.log(probability)[:, None] + shares[character], _DECIMALS)
    real = sounds[character] >= 0
    rows, likely, characters = row[real], likely[real], np.repeat(character, real.sum(axis=1))
    order = np.lexsort((-likely, rows))
    return {
        f"{name}_rows": rows[order].astype(np.int64),
        f"{name}_characters": characters[order].astype(np.uint16),
        f"{name}_likely": likely[order].astype(np.float32),
        f"{name}_contexts": off[0].astype(np.int64),
        f"{name}_off": _log(off[1]).astype(np.float32),
    }


def _log(values: np.ndarray) -> np.ndarray:
    return np.round(np.log(values), _DECIMALS)


@lru_cache(maxsize=1)
def _sounds() -> Tuple[str, ...]:
    """All sounds: syllables, and the signs, and what no table reads, each as a sound of its own."""
    return (MARK, NUMBER, LATIN, UNREAD, *sorted(readings().of_sound))


def _sounds_of(symbol: str) -> List[Tuple[str, float]]:
    """Gives the sounds of a symbol with the log share of each."""
    if symbol in (MARK, NUMBER, LATIN):
        return [(symbol, 0.0)]
    known = readings().of_character.get(symbol)
    return [(sound, math.log(share)) for sound, share in known] if known else [(UNREAD, 0.0)]


def _array(values: np.ndarray) -> Any:
    return array({"int64": "q", "uint16": "H", "float32": "f"}[values.dtype.name], values.tobytes())
