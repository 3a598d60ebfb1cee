"""The first guess at the intent: n-grams and a linear head. Fast, and right wherever the words are familiar.

While training it hands on what it would say of the lines set apart (`unseen.py`) without having seen them.
"""

from functools import lru_cache
from itertools import compress
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence, Tuple

import numpy as np
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.nlu.constants import INTENT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.sparse import csr_matrix

from bot.components import HARD, NORMALISED, SPARSE, VALUES
from bot.components.component import Learner
from bot.components.encoders import encoder, slow_encoder
from bot.components.encoders.ngrams import NgramSpace, template
from bot.components.heads.hard_lines import hard_lines
from bot.components.heads.linear_head import LinearHead
from bot.components.heads.unseen import unseen

CACHED_SENTENCES = 4096


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=True)
class SparseHead(Learner):
    """Sets the n-gram probabilities of each message."""

    @staticmethod
    def get_default_config() -> Dict[str, Any]:
        """`inverse_regularisation`: the larger, the closer to the training lines."""
        return {"inverse_regularisation": 60.0}

    def __init__(self, config: Dict[str, Any]) -> None:
        super().__init__(config)
        self._space: Optional[NgramSpace] = None
        self._head: Optional[LinearHead] = None
        self._probabilities = lru_cache(CACHED_SENTENCES)(self._guess)

    def learn(self, training_data: TrainingData, folder: Path) -> None:
        """Learns n-grams and head from all lines, and writes them. Says which lines are hard.

        Meanwhile the encoders begin with the lines: the first with all, the slow one with those that are hard.
        """
        lines = training_data.intent_examples
        normal_texts, labels = [line.get(NORMALISED) for line in lines], [line.get(INTENT) for line in lines]
        encoder.begin(tuple(normal_texts))
        self._space, matrix = _learnt(tuple(map(_sentence, lines)))
        hard = hard_lines(self._fit, matrix, labels)
        for line, is_hard in zip(lines, hard, strict=True):
            line.set(HARD, bool(is_hard))
        slow_encoder.begin(tuple(compress(normal_texts, hard)))
        self._head = self._fit(matrix, labels)
        self._space.save(folder)
        self._head.save(folder)

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Sets the probabilities of each line set apart as by a head that has not seen it."""
        lines = training_data.intent_examples
        _, matrix = _learnt(tuple(map(_sentence, lines)))
        for line, guess in zip(lines, unseen(self._fit, matrix, [line.get(INTENT) for line in lines]), strict=True):
            line.set(SPARSE, guess)
        return training_data

    def _fit(self, inputs: Any, labels: Sequence[str]) -> LinearHead:
        return LinearHead.fit(inputs, labels, self.config["inverse_regularisation"])

    def process(self, messages: List[Message]) -> List[Message]:
        """Sets the probabilities."""
        for message in messages:
            message.set(SPARSE, self._probabilities(_sentence(message)))
        return messages

    def _guess(self, sentence: str) -> np.ndarray:
        return self._head.probabilities_at(*self._space.vector(sentence))

    def read(self, folder: Path) -> None:
        """Reads n-grams and head."""
        self._space, self._head = NgramSpace.load(folder), LinearHead.load(folder)


@lru_cache(maxsize=1)  # training asks twice
def _learnt(sentences: Tuple[str, ...]) -> Tuple[NgramSpace, csr_matrix]:
    return NgramSpace.fit(sentences)


def _sentence(message: Message) -> str:
    return template(message.get(NORMALISED), message.get(VALUES))
