"""Which of some candidates is meant, and whether any is: weighed from figures of each, and of the message.

Candidates share one probability; how likely it is that any of them answers is weighed apart, on what stands out. Both
are fitted on messages of hands whom no figure has learnt from.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Callable, Dict, Sequence, Tuple

import numpy as np
from scipy.special import expit

from bot.components.heads.softmax import softmax

HELD = 1.0
"""What holds the weights of candidates small; a figure counts in its standard deviations."""
ANY_HELD = 0.1
"""The inverse of what holds those of the second step small."""
LEAST = 1e-6


@dataclass(frozen=True)
class Scaled:
    """A weighed sum of figures, each less its mean and in its standard deviations."""

    mean: np.ndarray
    scale: np.ndarray
    weights: np.ndarray
    bias: float = 0.0

    def __call__(self, figures: np.ndarray) -> np.ndarray:
        return np.asarray((figures - self.mean) / self.scale @ self.weights + self.bias)


@dataclass(frozen=True)
class Example:
    """A message to fit on: a row of figures a candidate, those of the message, and which candidates are right.

    `answered` is whether anything that is published answers it, be it among the candidates or not.
    """

    candidates: np.ndarray
    message: np.ndarray
    right: np.ndarray
    answered: bool


@dataclass(frozen=True)
class Chooser:
    """`one` weighs a candidate against the others, `some` whether any is meant."""

    one: Scaled
    some: Scaled

    @classmethod
    def fit(cls, examples: Sequence[Example]) -> "Chooser":
        """Fits both steps; deterministic."""
        from sklearn.linear_model import LogisticRegression

        one = _fitted([example for example in examples if example.right.any()])
        rows = np.array([_standing_out(one, example.candidates, example.message) for example in examples])
        mean, scale = rows.mean(axis=0), rows.std(axis=0) + LEAST
        answered = [example.answered for example in examples]
        model = LogisticRegression(C=ANY_HELD, max_iter=1000).fit((rows - mean) / scale, answered)
        return cls(one, Scaled(mean, scale, model.coef_[0], float(model.intercept_[0])))

    def likely(self, candidates: np.ndarray, message: np.ndarray) -> np.ndarray:
        """Gives the probability of each candidate; what is missing to one is that none is meant."""
        some = float(expit(self.some(_standing_out(self.one, candidates, message))))
        return np.asarray(some * softmax(self.one(candidates)))

    def save(self, file: Path) -> None:
        """Writes it into a model's folder."""
        arrays: Dict[str, np.ndarray] = {}
        for name, of in (("one", self.one), ("some", self.some)):
            parts = {"mean": of.mean, "scale": of.scale, "weights": of.weights, "bias": np.float64(of.bias)}
            arrays.update({f"{name}_{part}": np.asarray(value) for part, value in parts.items()})
        np.savez(file, **arrays)

    @classmethod
    def load(cls, file: Path) -> "Chooser":
        """Reads it from a model's folder."""
        with np.load(file) as kept:
            parts = ("mean", "scale", "weights")
            return cls(
                *(
                    Scaled(*(kept[f"{name}_{part}"] for part in parts), float(kept[f"{name}_bias"]))
                    for name in ("one", "some")
                )
            )


def _standing_out(one: Callable[[np.ndarray], np.ndarray], candidates: np.ndarray, message: np.ndarray) -> np.ndarray:
    """Gives the figures of the likeliest candidate, how far it stands out, and those of the message."""
    scores = one(candidates)
    order = np.argsort(-scores)
    highest = scores[order[0]]
    grown = np.exp(scores - highest)
    total = grown.sum()
    shares = grown / total
    second = scores[order[1]] if len(order) > 1 else scores[order[0]]
    spread = -float((shares * np.log(shares + LEAST)).sum())
    ahead = [highest, highest - second, highest + np.log(total), shares.max(), spread]
    return np.concatenate([candidates[order[0]], ahead, message])


def _fitted(examples: Sequence[Example]) -> Scaled:
    """Fits the likelihood of the right candidates together."""
    from scipy.optimize import minimize

    ends = np.cumsum([0, *(len(example.candidates) for example in examples)])
    begins, rows = ends[:-1], np.concatenate([example.candidates for example in examples])
    right = np.concatenate([example.right for example in examples]).astype(float)
    of = np.repeat(np.arange(len(examples)), np.diff(ends))
    mean, scale = rows.mean(axis=0), rows.std(axis=0) + LEAST
    scaled = (rows - mean) / scale

    def loss(weights: np.ndarray) -> Tuple[float, np.ndarray]:
        scores = scaled @ weights
        grown = np.exp(scores - np.maximum.reduceat(scores, begins)[of])
        likely = grown / np.add.reduceat(grown, begins)[of]
        together = np.add.reduceat(likely * right, begins) + LEAST
        slope = scaled.T @ (likely - likely * right / together[of])
        return float(HELD * weights @ weights - np.log(together).sum()), slope + 2 * HELD * weights

    found = minimize(loss, np.zeros(rows.shape[1]), jac=True, method="L-BFGS-B").x
    return Scaled(mean, scale, found)
