"""How near texts are in meaning: the cosine of the first encoder's vectors."""

from collections import OrderedDict
from typing import List, Sequence

import numpy as np

from bot.components.encoders.encoder import VECTOR, encode
from values.writing import normalised

KEPT = 4096
"""Vectors of so many texts are kept: messages are held against the same ones again and again."""
_kept: "OrderedDict[str, np.ndarray]" = OrderedDict()


def likeness(text: str, others: Sequence[str]) -> List[float]:
    """Gives how near each of some texts is in meaning, from -1 to 1."""
    if not others:
        return []
    vector = _vectors([normalised(text)])[0]
    return [float(near) for near in _known([normalised(other) for other in others]) @ vector]


def _known(sentences: Sequence[str]) -> np.ndarray:
    """Gives their vectors; what is not kept is encoded together, which takes a third of the time."""
    missing = [one for one in dict.fromkeys(sentences) if one not in _kept]
    found = {one: _kept[one] for one in sentences if one in _kept}
    if missing:
        found.update(zip(missing, _vectors(missing), strict=True))
    for one in sentences:
        _kept[one] = found[one]
        _kept.move_to_end(one)
    while len(_kept) > KEPT:
        _kept.popitem(last=False)
    return np.array([found[one] for one in sentences])


def _vectors(sentences: Sequence[str]) -> np.ndarray:
    rows = encode(tuple(sentences))[:, -VECTOR:]
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-6))
