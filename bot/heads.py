"""The heads of the pipeline without Rasa, fitted on any labelled sentences: for `bot.classify`."""

import math
from dataclasses import dataclass
from functools import partial
from typing import Any, List, Optional, Sequence

import numpy as np

from bot.components.encoders import encoder, slow_encoder
from bot.components.encoders.ngrams import NgramSpace, template
from bot.components.entities.spans import values_in
from bot.components.heads.blend import blend
from bot.components.heads.calibration import Opinion
from bot.components.heads.few_lines_head import EncoderHead, fit_encoder_head
from bot.components.heads.hard_lines import hard_lines
from bot.components.heads.intent_names import named_lines
from bot.components.heads.linear_head import LinearHead
from bot.components.heads.slow_head import SlowHead, fit_slow_head, inputs, stand_in, unsure_below
from bot.components.heads.sparse_head import SparseHead
from bot.components.heads.unseen import unseen
from values.writing import normalised

_fit_dense = partial(fit_encoder_head, vectors=encoder.VECTORS)


def _fit_sparse(matrix: Any, labels: Sequence[str]) -> LinearHead:
    return LinearHead.fit(matrix, labels, SparseHead.get_default_config()["inverse_regularisation"])


@dataclass(frozen=True)
class Heads:
    """Both encoders' heads, when the slow one is asked, and the n-grams' unless the encoders stand alone."""

    dense: EncoderHead
    slow: EncoderHead
    asked_below: float
    space: Optional[NgramSpace]
    sparse: Optional[LinearHead]

    @classmethod
    def fit(cls, texts: Sequence[str], labels: Sequence[str], both: bool) -> "Heads":
        """Fits them on lines of training, as the pipeline does. `both`: n-grams and encoders.

        Without n-grams the lines asked about are in another language than those learnt: how sure the first head is of
        its own then tells nothing of theirs, and the slow one is always asked.
        """
        of_names = named_lines(labels)
        labels = [*labels, *(intent for _, intent in of_names)]
        normal_texts, named = tuple(map(normalised, [*texts, *(line for line, _ in of_names)])), np.array(labels)
        first = encoder.encode(normal_texts)
        space, matrix = NgramSpace.fit([_sentence(line) for line in normal_texts]) if both else (None, None)
        hard = hard_lines(_fit_sparse, matrix, labels) if both else hard_lines(_fit_dense, first, labels)
        ahead = slow_encoder.Encoding(tuple(np.array(normal_texts, dtype=object)[hard]))
        dense, sparse = _fit_dense(first, labels), _fit_sparse(matrix, labels) if both else None
        slow = fit_slow_head(inputs(first[hard], ahead.rows()), named[hard])
        if not both:
            return cls(dense, slow, math.inf, space, sparse)
        guesses = zip(unseen(_fit_sparse, matrix, labels), unseen(_fit_dense, first, labels), strict=True)
        confidence = [blend(guess, other).max() for guess, other in guesses if guess is not None]
        asked_below = unsure_below(slow, confidence, SlowHead.get_default_config())
        return cls(dense, slow, asked_below, space, sparse)

    @property
    def intents(self) -> List[str]:
        """The labels, in the order of the probabilities."""
        return self.dense.intents

    def opinion(self, text: str) -> Opinion:
        """Gives what the heads say of a text; the slow one where the others are unsure."""
        line = normalised(text)
        first = encoder.encode((line,))
        dense = self.dense.probabilities(first)[0]
        sparse = None
        if self.space is not None and self.sparse is not None:
            sparse = self.sparse.probabilities_at(*self.space.vector(_sentence(line)))
        opinion = Opinion(sparse, dense)
        if opinion.together().max() >= self.asked_below:
            return opinion
        found = self.slow.probabilities(inputs(first, slow_encoder.encode(line)[None]))[0]
        return Opinion(sparse, dense, stand_in(self.slow, found, dense))


def _sentence(line: str) -> str:
    return template(line, values_in(line))
