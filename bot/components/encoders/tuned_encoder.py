"""The slow encoder with its last four layers tuned on what people write in emergencies (`python -m bot.tuning …`).

Frozen sentence vectors tell what a sentence is about; whether somebody is in danger now, or was last week, they hardly
tell (docs/decisions/0010-emergencies.md). `tuned.npz` holds the tuned layers, in the four bits of the wheel's own file,
and the heads on the vectors that they give.
"""

import re
from functools import lru_cache
from pathlib import Path
from typing import Any, List

import numpy as np

from bot.components.encoders.layers import Last
from bot.components.encoders.slow_encoder import READ

TUNED = Path(__file__).with_name("tuned.npz")
HEADS = ("kinds", "follows", "down", "denies")
"""Parts of `tuned.npz` beside the layers: `<head>_weights` (inputs × names), `<head>_bias` and `<head>_names`. `kinds`
reads this encoder's numbers, the others the first encoder's, too. `down` (somebody does not respond, does not breathe
or has collapsed) and `denies` (what was said is not so) have one name each: log odds."""
LAYER = re.compile(r"l\d+\.")


class Patched:
    """The encoder with its last layers tuned; `kept` is what else stands in the archive."""

    def __init__(self, archive: Path) -> None:
        with np.load(archive) as content:
            arrays = {name: content[name] for name in content.files}
        self._last = Last({name: array for name, array in arrays.items() if LAYER.match(name)})
        self.kept = {name: array for name, array in arrays.items() if not LAYER.match(name)}

    def encode(self, sentence: str) -> np.ndarray:
        """Gives the numbers of a sentence, length one."""
        return self._last.encode(sentence[:READ])


class _Tuned(Patched):
    """The encoder for emergencies, with its heads."""

    def __init__(self) -> None:
        super().__init__(TUNED)
        self.heads = {name: _Head(self.kept, name) for name in HEADS}
        self.settings = {name: float(self.kept[name]) for name in ("ngrams", "use", "threshold", "sooner_by")}
        self.sooner = frozenset(map(str, self.kept["sooner"]))


class _Head:
    """A linear head on the vectors."""

    def __init__(self, kept: Any, name: str) -> None:
        self.names: List[str] = [str(one) for one in kept[f"{name}_names"]]
        self._weights, self._bias = kept[f"{name}_weights"], kept[f"{name}_bias"]

    def scores(self, vector: np.ndarray) -> np.ndarray:
        """Gives a score (log odds but for a common constant) for each name."""
        return np.asarray(vector @ self._weights + self._bias)


@lru_cache(maxsize=1)
def tuned() -> _Tuned:
    """Gives the encoder, read once."""
    return _Tuned()
