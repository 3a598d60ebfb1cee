"""The second sentence encoder (multilingual-e5-small, in its wheel): slower than the first, and right where that errs.

While it works other threads go on: what training needs is encoded beside the fitting of the other heads.

Sentences of one language lie nearer to each other than those of one meaning: what is given is how far a sentence lies
from the middle of its language, so that an intent whose lines are Chinese is also found in English. The centroids are
those of the lines in `nlu/` (`python -m bot.centroids`), and stay as they are when lines are added.
"""

import json
import re
from concurrent.futures import Future, ThreadPoolExecutor
from functools import lru_cache
from itertools import count
from pathlib import Path
from typing import Iterator, List, Sequence, Tuple

import numpy as np

from bot.components.encoders.layers import WIDTH, Last, file

_TOGETHER = 128  # sentences; more are not faster, fewer would wait more often for the tagger, whose fit keeps the lock
READ = 200
"""Characters of a sentence that are read: each takes most of a millisecond, and what is meant has been said by then."""
_HAN = re.compile("[\u3400-\u9fff]")
_LATIN = re.compile("[a-z]")
CENTROIDS = Path(__file__).with_name("centroids.json")


@lru_cache(maxsize=1)
def _last() -> Last:
    return Last({})


def pieces() -> Iterator[Tuple[str, float]]:
    """Gives the pieces of words by which the encoder reads, each with its share of what it was made from."""
    yield from file().pieces


def awaken() -> None:
    """Reads the weights; otherwise the first sentence waits for them."""
    _last().encode("?")


@lru_cache(maxsize=1)  # a sentence's vector is asked for by more than one
def encode(sentence: str) -> np.ndarray:
    """Gives the `WIDTH` numbers of one sentence."""
    return about_the_centroid([sentence], vectors([sentence]))[0]


def vectors(sentences: Sequence[str]) -> np.ndarray:
    """Gives what the encoder says of each sentence, a row each, length one, its language included."""
    return np.array([_last().encode(sentence[:READ]) for sentence in sentences], np.float32).reshape(-1, WIDTH)


def about_the_centroid(sentences: Sequence[str], rows: np.ndarray) -> np.ndarray:
    """Gives each row less the centroid of its language, or of what lies between for a sentence that mixes them."""
    shares = np.array([[chinese_share(sentence)] for sentence in sentences], np.float32)
    chinese, english = _centroids()
    return np.asarray(rows - shares * chinese - (1 - shares) * english)


def chinese_share(sentence: str) -> float:
    """Gives how much of a sentence, by its letters, is Chinese rather than English: half of one without letters."""
    han, latin = len(_HAN.findall(sentence)), len(_LATIN.findall(sentence))
    return han / (han + latin) if han + latin else 0.5


@lru_cache(maxsize=1)
def _centroids() -> Tuple[np.ndarray, np.ndarray]:
    kept = json.loads(CENTROIDS.read_text(encoding="utf-8"))
    return np.array(kept["chinese"], np.float32), np.array(kept["english"], np.float32)


class Encoding:
    """Sentences that are being encoded by a thread of their own, until somebody needs them and helps."""

    def __init__(self, sentences: Tuple[str, ...]) -> None:
        self._parts = [sentences[first : first + _TOGETHER] for first in range(0, len(sentences), _TOGETHER)]
        self._rows: List[np.ndarray] = [np.zeros((0, WIDTH), np.float32)] * len(self._parts)
        self._next = count()
        awaken()
        self._worker = ThreadPoolExecutor(1)
        self._done: "Future[None]" = self._worker.submit(self._work)

    def _work(self) -> None:
        for place in self._next:  # a step of `count` is never shared by two threads
            if place >= len(self._parts):
                return
            self._rows[place] = about_the_centroid(self._parts[place], vectors(self._parts[place]))

    def rows(self) -> np.ndarray:
        """Gives a row of `WIDTH` numbers for each sentence."""
        self._work()
        self._done.result()
        self._worker.shutdown()
        return np.concatenate([np.zeros((0, WIDTH), np.float32), *self._rows])


@lru_cache(maxsize=1)  # begun early by one component, asked for by a later one
def begin(sentences: Tuple[str, ...]) -> Encoding:
    """Begins to encode; the same sentences again give what was begun."""
    return Encoding(sentences)
