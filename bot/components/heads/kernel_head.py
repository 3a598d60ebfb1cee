"""What lines mean, by how alike they are: least squares over all lines that are learnt (kernel ridge regression).

What it would say of some lines, had it not learnt from any of them, follows from the fit itself: whatever weighs it
beside other opinions is fitted on that, hand by hand, and nothing is fitted twice.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Collection, Dict, Iterable, List, Sequence, Tuple

import numpy as np

from bot.components.heads.text_bank import TextBank, written

REGULARISATION = 0.3
_TOGETHER = 512
"""Rows that are compared with all others at once: all at once would take a gigabyte more."""


@dataclass(frozen=True)
class KernelHead:
    """`weights` is names × lines, `bias` one number a name. A score is near 1 where a name is meant, else near 0."""

    names: List[str]
    weights: np.ndarray
    bias: np.ndarray

    @classmethod
    def fit(
        cls, bank: TextBank, meant: Sequence[Collection[str]], hands: Sequence[str]
    ) -> Tuple["KernelHead", Dict[str, np.ndarray]]:
        """Fits one on the texts of a bank; a text means none, one or several names.

        Gives with it, by hand, the scores of the hand's lines as learnt without them; "" is no hand.
        """
        from scipy.linalg import cho_factor, cho_solve

        names = sorted({name for of_one in meant for name in of_one})
        place = {name: number for number, name in enumerate(names)}
        wanted = np.zeros((len(meant), len(names)), np.float32)
        for row, of_one in enumerate(meant):
            wanted[row, [place[name] for name in of_one]] = 1
        bias = wanted.mean(axis=0)
        factor = cho_factor(_alike(bank), lower=True, overwrite_a=True, check_finite=False)
        weights = cho_solve(factor, wanted - bias, check_finite=False).astype(np.float32)
        apart = {}
        for hand in sorted({*hands} - {""}):
            own = np.flatnonzero(np.array(hands) == hand)
            apart[hand] = wanted[own] - _missed(factor, weights, own)
        return cls(names, np.ascontiguousarray(weights.T), bias), apart

    def scores(self, alike: np.ndarray, places: Iterable[int]) -> np.ndarray:
        """Gives the scores of some names, by their places, of a message that is so like each of the lines.

        One after the other: the weights of all are more than a processor keeps at hand.
        """
        return np.array([self.weights[place] @ alike + self.bias[place] for place in places], np.float32)

    def save(self, folder: Path) -> None:
        """Writes it into a model's folder."""
        written(folder / "kernel.json", self.names)
        np.savez(folder / "kernel.npz", weights=self.weights.T.astype(np.float16), bias=self.bias)

    @classmethod
    def load(cls, folder: Path) -> "KernelHead":
        """Reads it from a model's folder."""
        names = json.loads((folder / "kernel.json").read_text(encoding="utf-8"))
        with np.load(folder / "kernel.npz") as kept:
            return cls(names, np.ascontiguousarray(kept["weights"].T, np.float32), kept["bias"])


def _alike(bank: TextBank) -> np.ndarray:
    """Gives how much each two lines have in common, and on the diagonal what holds the weights small."""
    count = bank.ngrams.shape[0]
    alike = np.empty((count, count), np.float32, order="F")  # as LAPACK wants it, or it makes a copy
    for begin in range(0, count, _TOGETHER):
        rows = np.arange(begin, min(begin + _TOGETHER, count))
        alike[:, rows] = bank.among_themselves(rows).alike().T
    alike[np.diag_indices(count)] += np.float32(REGULARISATION)
    return alike


def _missed(factor: Tuple[np.ndarray, bool], weights: np.ndarray, own: np.ndarray) -> np.ndarray:
    """Gives by how much some lines would be missed by a fit without them (leave-one-out, for several)."""
    from scipy.linalg import cho_solve

    picked = np.zeros((len(weights), len(own)), np.float32, order="F")
    picked[own, np.arange(len(own))] = 1
    inverse = cho_solve(factor, picked, overwrite_b=True, check_finite=False)[own]
    return np.linalg.solve(inverse.astype(np.float64), weights[own].astype(np.float64)).astype(np.float32)
