"""How sure the heads are together: a logistic regression over what speaks for their guess, and the gate's threshold.

The confidence is calibrated: of the lines that get 0.8, eight in ten are right. It is fitted, and the threshold
chosen, on guesses about lines that the heads have not learnt.
"""

from dataclasses import dataclass
from typing import List, Optional, Sequence

import numpy as np

from bot.components.heads.blend import NEVER_SAY_NEVER, blend


@dataclass(frozen=True)
class Opinion:
    """What the heads say of a sentence; None from one that was not asked. The slow one stands in for the dense one."""

    sparse: Optional[np.ndarray]
    dense: Optional[np.ndarray] = None
    slow: Optional[np.ndarray] = None

    def together(self) -> np.ndarray:
        """Gives the probabilities that they agree on."""
        last = self.dense if self.slow is None else self.slow
        if self.sparse is None:
            assert last is not None, "somebody was asked"
            return last
        return blend(self.sparse, last)

    def evidence(self) -> np.ndarray:
        """Gives what speaks for the likeliest intent: its odds, its lead over the next, and which heads guess it."""
        together = self.together()
        best = int(together.argmax())
        second, first = np.partition(together, -2)[-2:]
        odds = np.log(max(first, 1e-6) / max(1.0 - first, 1e-6))
        heads = (self.sparse, self.dense, self.slow)
        least = np.log(min(head[best] for head in heads if head is not None) + NEVER_SAY_NEVER)
        agreed = [float(head is None or head.argmax() == best) for head in heads]
        return np.array([odds, first - second, least, *agreed, float(self.dense is None), float(self.slow is None)])


@dataclass(frozen=True)
class Calibration:
    """Intents in the order of the heads, the weights that turn evidence into confidence, and the gate."""

    intents: List[str]
    weights: List[float]
    bias: float
    refuse_below: float

    def confidence(self, evidence: np.ndarray) -> float:
        """Gives the probability that the likeliest intent is right."""
        return float(1.0 / (1.0 + np.exp(-(evidence @ np.array(self.weights) + self.bias))))

    @classmethod
    def fit(
        cls,
        intents: List[str],
        opinions: Sequence[Opinion],
        labels: Sequence[str],
        refused: float,
        foreign: str = "out_of_scope",
    ) -> "Calibration":
        """Fits one on opinions of lines that the heads have not learnt.

        Args:
            refused: the share of right guesses in scope that may fall below the threshold.
            foreign: the label of lines that are out of scope.
        """
        from sklearn.linear_model import LogisticRegression

        evidences = np.stack([opinion.evidence() for opinion in opinions])
        guesses = [intents[int(opinion.together().argmax())] for opinion in opinions]
        right = np.array([guess == label for guess, label in zip(guesses, labels, strict=True)])
        if right.all():  # so few and easy lines that there is nothing to learn from
            return cls(intents, [0.0] * evidences.shape[1], 4.0, 0.0)
        model = LogisticRegression(C=1.0).fit(evidences, right)
        ungated = cls(intents, model.coef_[0].tolist(), float(model.intercept_[0]), 0.0)
        sure = np.array([ungated.confidence(row) for row in evidences])
        in_scope = right & np.array([label != foreign for label in labels])
        return cls(intents, ungated.weights, ungated.bias, float(np.quantile(sure[in_scope], refused)))
