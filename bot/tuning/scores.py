"""What the cheap heads say of lines by writers that they have not learnt from: beside them the tuned one is weighed."""

from typing import Sequence, Tuple

import numpy as np

from bot.components.encoders.encoder import encode
from bot.components.encoders.ngrams import NgramSpace
from bot.components.heads.emergency_head import fit_dense, fit_sparse, scores
from bot.tuning.lines import Line

NEAR_WEIGHT = 2.0
INVERSE_REGULARISATION = 30.0


def cheap_scores(learnt: Sequence[Line], asked: Sequence[Line]) -> Tuple[np.ndarray, np.ndarray]:
    """Gives the scores of n-grams and of the first encoder, fitted on some lines, of others."""
    labels = np.array([bool(line.kind) for line in learnt])
    weights = np.array([NEAR_WEIGHT if line.kind == "" else 1.0 for line in learnt])
    space, matrix = NgramSpace.fit([line.text for line in learnt])
    sparse = fit_sparse(matrix, labels, weights, INVERSE_REGULARISATION)
    dense = fit_dense(encode(tuple(line.text for line in learnt)), labels, weights)
    ngrams = [float(values @ sparse.weights[places, 0]) for places, values in (space.vector(one.text) for one in asked)]
    return np.array(ngrams) + sparse.bias[0], scores(dense, encode(tuple(line.text for line in asked)))
