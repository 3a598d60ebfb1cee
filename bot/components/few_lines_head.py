"""The head over the encoder where an intent has few lines: the network and a linear head, which agree or are unsure.

Of twenty lines an intent or less a network learns what is chance in them, and a linear head on the sentence vector
too little; their product is right more often than either, and beside the n-grams each then weighs a third
(docs/decisions/0008-understanding.md). The vectors have length one, so that a linear head with the usual regularisation
hardly moves: made six times as long, they are fitted as closely as they should be.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import List, Sequence, Union

import numpy as np
from scipy.special import softmax

from bot.components.blend import NEVER_SAY_NEVER
from bot.components.linear_head import LinearHead
from bot.components.network_head import NetworkHead

FEW = 20
"""Lines an intent, on average, up to which this head is used."""
LENGTH = np.float32(6.0)
VECTOR = 512
"""The last so many of the encoder's numbers are the sentence vector."""
_LINEAR, _NETWORK = "linear", "network"


@dataclass(frozen=True)
class FewLinesHead:
    """Both heads, over the same intents."""

    linear: LinearHead
    network: NetworkHead

    @property
    def intents(self) -> List[str]:
        """The intents, in the order of the probabilities."""
        return self.network.intents

    @classmethod
    def fit(cls, inputs: np.ndarray, labels: Sequence[str]) -> "FewLinesHead":
        """Fits one on a row a line. Deterministic."""
        from sklearn.linear_model import LogisticRegression

        model = LogisticRegression(C=1.0, max_iter=300).fit(inputs[:, -VECTOR:] * LENGTH, labels)
        weights, bias = model.coef_.T, model.intercept_
        if len(model.classes_) == 2:  # scikit-learn keeps one column for two classes
            weights, bias = np.hstack([-weights, weights]) / 2, np.array([-bias[0], bias[0]]) / 2
        weights = np.ascontiguousarray(weights, np.float32)
        linear = LinearHead(list(model.classes_), weights, bias.astype(np.float32))
        return cls(linear, NetworkHead.fit(inputs, labels))

    def probabilities(self, inputs: np.ndarray) -> np.ndarray:
        """Gives a row of probabilities for each row of inputs."""
        linear = softmax(inputs[:, -VECTOR:] * LENGTH @ self.linear.weights + self.linear.bias, axis=1)
        both = (linear + NEVER_SAY_NEVER) * (self.network.probabilities(inputs) + NEVER_SAY_NEVER)
        return np.asarray(both / both.sum(axis=1, keepdims=True))

    def save(self, folder: Path) -> None:
        """Writes it into a model's folder."""
        for name, head in ((_LINEAR, self.linear), (_NETWORK, self.network)):
            (folder / name).mkdir()
            head.save(folder / name)

    @classmethod
    def load(cls, folder: Path) -> "FewLinesHead":
        """Reads it from a model's folder."""
        return cls(LinearHead.load(folder / _LINEAR), NetworkHead.load(folder / _NETWORK))


EncoderHead = Union[NetworkHead, FewLinesHead]


def fit_encoder_head(inputs: np.ndarray, labels: Sequence[str]) -> EncoderHead:
    """Fits the head that suits the number of lines."""
    few = len(labels) <= FEW * len(set(labels))
    return FewLinesHead.fit(inputs, labels) if few else NetworkHead.fit(inputs, labels)


def load_encoder_head(folder: Path) -> EncoderHead:
    """Reads whichever was written."""
    return FewLinesHead.load(folder) if (folder / _LINEAR).exists() else NetworkHead.load(folder)
