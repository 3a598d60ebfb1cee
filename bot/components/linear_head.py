"""A linear classifier over intents: multinomial logistic regression, kept as two arrays."""

import json
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any, List, Sequence

import numpy as np
from scipy.special import softmax

FOLDS = 4


@dataclass(frozen=True)
class LinearHead:
    """`weights` is inputs × intents, `bias` one number an intent."""

    intents: List[str]
    weights: np.ndarray
    bias: np.ndarray

    @classmethod
    def fit(cls, inputs: Any, labels: Sequence[str], inverse_regularisation: float) -> "LinearHead":
        """Fits it; `inputs` is a dense or sparse matrix, a row a line. Deterministic."""
        from sklearn.linear_model import LogisticRegression

        model = LogisticRegression(C=inverse_regularisation, max_iter=300, tol=1e-3)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # "failed to converge" within max_iter costs no accuracy here
            model.fit(inputs, labels)
        weights, bias = model.coef_.T, model.intercept_
        if len(model.classes_) == 2:  # scikit-learn keeps one column for two classes
            weights, bias = np.hstack([-weights / 2, weights / 2]), np.array([-bias[0] / 2, bias[0] / 2])
        return cls(list(model.classes_), np.ascontiguousarray(weights, np.float32), bias.astype(np.float32))

    @classmethod
    def out_of_fold(cls, inputs: Any, labels: Sequence[str], inverse_regularisation: float) -> np.ndarray:
        """Gives each line's probabilities by a head that has not seen it, for choosing thresholds honestly.

        Intents in the order of `fit` on all lines; one that a fold lacks gets probability 0 there.
        """
        from sklearn.model_selection import StratifiedKFold

        everything = np.array(labels)
        intents = sorted(set(labels))
        result = np.zeros((len(everything), len(intents)), dtype=np.float32)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an intent with fewer lines than folds
            folds = list(StratifiedKFold(FOLDS, shuffle=True, random_state=7).split(everything, everything))
        for known, unknown in folds:
            head = cls.fit(inputs[known], everything[known], inverse_regularisation)
            columns = [intents.index(intent) for intent in head.intents]
            result[np.ix_(unknown, columns)] = head.probabilities(inputs[unknown])
        return result

    def probabilities(self, inputs: Any) -> np.ndarray:
        """Gives a row of probabilities for each row of inputs."""
        return softmax(np.asarray(inputs @ self.weights) + self.bias, axis=1)

    def probabilities_at(self, places: np.ndarray, values: np.ndarray) -> np.ndarray:
        """Gives the probabilities of one sparse vector, without building a matrix."""
        scores = values @ self.weights[places] + self.bias
        odds = np.exp(scores - scores.max())
        return odds / odds.sum()

    def save(self, folder: Path) -> None:
        """Writes it into a model's folder."""
        (folder / "intents.json").write_text(json.dumps(self.intents), encoding="utf-8")
        np.savez(folder / "head.npz", weights=self.weights, bias=self.bias)

    @classmethod
    def load(cls, folder: Path) -> "LinearHead":
        """Reads it from a model's folder."""
        arrays = np.load(folder / "head.npz")
        intents = json.loads((folder / "intents.json").read_text(encoding="utf-8"))
        return cls(intents, arrays["weights"], arrays["bias"])
