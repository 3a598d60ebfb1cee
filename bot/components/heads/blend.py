"""One opinion from two: the geometric mean of what the heads say, so that a head which rules an intent out is heard.

It is right in 0.4 of a hundred lines more than the arithmetic mean (docs/decisions/0008-understanding.md).
"""

from typing import Optional

import numpy as np

NEVER_SAY_NEVER = 1e-4  # no head's word alone makes an intent impossible


def blend(sparse: np.ndarray, dense: Optional[np.ndarray]) -> np.ndarray:
    """Gives the probabilities; without a second opinion the first stands."""
    if dense is None:
        return sparse
    both = np.sqrt((sparse + NEVER_SAY_NEVER) * (dense + NEVER_SAY_NEVER))
    return np.asarray(both / both.sum())
