"""The slow encoder with its last four layers tuned on what people write to the account (`python -m bot.tuning …`).

`reading.npz` holds the tuned layers in the four bits of the wheel's own file, and the heads that were tuned with them:
what a message is in its situation, whether it asks or wishes, which part of a matter it asks about, and whose matter it
is. It is asked only where what costs less is unsure.
"""

from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import Any, Dict, List, Sequence

import numpy as np

from bot.components.encoders.tuned_encoder import Patched
from bot.components.heads.softmax import softmax

READING, KEPT = (Path(__file__).with_name(name) for name in ("reading.npz", "guide_vectors.npz"))
SHARPNESS = np.float32(12.0)
"""Vectors have length one; heads see them so much longer."""
CACHED_SENTENCES = 2048
"""Greetings, thanks and the like are parts of many messages, and each vector is asked for by several heads."""
EIGHT_BITS = 127


class _Reading(Patched):
    def __init__(self) -> None:
        super().__init__(READING)
        names = ("commands", "signs", "about", "matters")
        self.names: Dict[str, List[str]] = {name: [str(one) for one in self.kept[f"{name}_names"]] for name in names}

    def _linear(self, name: str, inputs: np.ndarray) -> np.ndarray:
        return np.asarray(inputs @ self.kept[f"{name}_weights"] + self.kept[f"{name}_bias"])

    def commands(self, vector: np.ndarray, situation: np.ndarray) -> np.ndarray:
        """Gives the probability of each command, from a sentence's vector and the signs of its situation."""
        sharp = SHARPNESS * vector
        gated = sharp * (1 + np.tanh(self._linear("gate", situation)))
        hidden = np.maximum(self._linear("hidden", np.concatenate([gated, situation])), 0)
        return np.asarray(softmax(self._linear("commands", hidden) + self._linear("bias", situation)))

    def scores(self, head: str, vector: np.ndarray) -> np.ndarray:
        """Gives the probabilities of a head that needs no situation: `asks` (no, yes), `about`, `matters`."""
        return np.asarray(softmax(self._linear(head, SHARPNESS * vector)))


@lru_cache(maxsize=1)
def reading() -> _Reading:
    """Gives the encoder, read once."""
    return _Reading()


@lru_cache(maxsize=CACHED_SENTENCES)
def vector(sentence: str) -> np.ndarray:
    """Gives the `WIDTH` numbers of a sentence, length one."""
    found: Any = reading().encode(sentence)
    return np.asarray(found / np.maximum(np.linalg.norm(found), 1e-6))


def vectors(sentences: Sequence[str]) -> np.ndarray:
    """Gives a row for each sentence; of those that are kept, without encoding them again."""
    known = kept_vectors()
    return np.array([known[mark(one)] if mark(one) in known else reading().encode(one) for one in sentences])


def mark(sentence: str) -> int:
    """What a sentence's vector is kept under."""
    return int.from_bytes(blake2b(sentence.encode("utf-8"), digest_size=8).digest(), "big")


@lru_cache(maxsize=1)
def kept_vectors() -> Dict[int, np.ndarray]:
    """Gives the vectors of what guides and facts say, made when the encoder was tuned: training is minutes shorter."""
    if not KEPT.exists():
        return {}
    with np.load(KEPT) as kept:
        return dict(zip(map(int, kept["marks"]), kept["rows"].astype(np.float32) / EIGHT_BITS, strict=True))


def keep(sentences: Sequence[str], *, anew: bool = False) -> None:
    """Writes the vectors of some sentences to be kept, at length one and in eight bits.

    `anew`: also of those that are kept already, since the encoder was tuned.
    """
    if anew:
        KEPT.unlink(missing_ok=True)
        kept_vectors.cache_clear()
    distinct = sorted(set(sentences))
    found = vectors(distinct)
    found /= np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-6)
    rows = np.round(found * EIGHT_BITS).astype(np.int8)
    np.savez_compressed(KEPT, marks=np.array([mark(one) for one in distinct], np.uint64), rows=rows)
    kept_vectors.cache_clear()
