"""The head over an encoder where an intent has few lines: the network and linear heads, which agree or are unsure.

Of twenty lines an intent or less a network learns what is chance in them, and a linear head on the sentence vector
too little; their product is right more often than either, and beside the n-grams each then weighs the same
(docs/decisions/0008-understanding.md). Sentence vectors have length one, so that a linear head with the usual
regularisation hardly moves: about their centre, and six long, they are fitted as closely as they should be.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import List, Sequence, Tuple, Union

import numpy as np
from scipy.special import softmax

from bot.components.heads.blend import NEVER_SAY_NEVER
from bot.components.heads.linear_head import LinearHead
from bot.components.heads.network_head import NetworkHead

FEW = 20
"""Lines an intent, on average, up to which this head is used, its name not counted (`intent_names.py`)."""
ITS_NAME = 1
LENGTH = 6.0
_LINEAR, _NETWORK, _VECTORS = "linear", "network", "vectors.json"

Columns = Tuple[int, int]
"""The first of some inputs, and the one after the last."""


@dataclass(frozen=True)
class FewLinesHead:
    """All heads, over the same intents: a linear one for each of the sentence vectors among the inputs."""

    vectors: Sequence[Columns]
    linear: Sequence[LinearHead]
    network: NetworkHead

    @property
    def intents(self) -> List[str]:
        """The intents, in the order of the probabilities."""
        return self.network.intents

    @classmethod
    def fit(cls, inputs: np.ndarray, labels: Sequence[str], vectors: Sequence[Columns]) -> "FewLinesHead":
        """Fits one on a row a line. Deterministic."""
        linear = [_fit_linear(inputs[:, first:end], labels) for first, end in vectors]
        return cls(vectors, linear, NetworkHead.fit(inputs, labels))

    def probabilities(self, inputs: np.ndarray) -> np.ndarray:
        """Gives a row of probabilities for each row of inputs."""
        product = self.network.probabilities(inputs) + NEVER_SAY_NEVER
        for (first, end), head in zip(self.vectors, self.linear, strict=True):
            product = product * (softmax(inputs[:, first:end] @ head.weights + head.bias, axis=1) + NEVER_SAY_NEVER)
        return np.asarray(product / product.sum(axis=1, keepdims=True))

    def save(self, folder: Path) -> None:
        """Writes it into a model's folder."""
        heads = {_NETWORK: self.network, **{f"{_LINEAR}{place}": head for place, head in enumerate(self.linear)}}
        for name, head in heads.items():
            (folder / name).mkdir()
            head.save(folder / name)
        (folder / _VECTORS).write_text(json.dumps(self.vectors), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> "FewLinesHead":
        """Reads it from a model's folder."""
        vectors = [tuple(columns) for columns in json.loads((folder / _VECTORS).read_text(encoding="utf-8"))]
        linear = [LinearHead.load(folder / f"{_LINEAR}{place}") for place in range(len(vectors))]
        return cls(vectors, linear, NetworkHead.load(folder / _NETWORK))


def _fit_linear(vectors: np.ndarray, labels: Sequence[str]) -> LinearHead:
    from sklearn.linear_model import LogisticRegression

    centre = vectors.mean(axis=0)
    size = LENGTH / max(float(np.linalg.norm(vectors - centre, axis=1).mean()), 1e-6)
    model = LogisticRegression(C=1.0, max_iter=300).fit((vectors - centre) * size, labels)
    weights, bias = model.coef_.T * size, model.intercept_ - (centre * size) @ model.coef_.T
    if len(model.classes_) == 2:  # scikit-learn keeps one column for two classes
        weights, bias = np.hstack([-weights, weights]) / 2, np.array([-bias[0], bias[0]]) / 2
    return LinearHead(list(model.classes_), np.ascontiguousarray(weights, np.float32), bias.astype(np.float32))


EncoderHead = Union[NetworkHead, FewLinesHead]


def fit_encoder_head(inputs: np.ndarray, labels: Sequence[str], vectors: Sequence[Columns]) -> EncoderHead:
    """Fits the head that suits the number of lines. `vectors`: where sentence vectors stand among the inputs."""
    few = len(labels) <= (FEW + ITS_NAME) * len(set(labels))
    return FewLinesHead.fit(inputs, labels, vectors) if few else NetworkHead.fit(inputs, labels)


def load_encoder_head(folder: Path) -> EncoderHead:
    """Reads whichever was written."""
    return FewLinesHead.load(folder) if (folder / _VECTORS).exists() else NetworkHead.load(folder)
