"""The last opinion on the intent: both encoders and a head, asked only where the others together are still unsure.

It learns from the hard lines (`hard_lines.py`), and is asked about a tenth of what residents write: its encoder takes
four times as long as all else together. What it says stands in the place of what the dense head said: where there are
many lines, weighed with that; where there are few, without it, as a network over all that the first encoder sees then
knows the words of its lines rather than what they mean. Of few lines the n-grams know least: it then counts twice.
"""

import json
from functools import lru_cache
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence, Tuple

import numpy as np
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.nlu.constants import INTENT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.components import DENSE, HARD, NORMALISED, SLOW, SPARSE
from bot.components.component import Learner
from bot.components.encoders import encoder, slow_encoder
from bot.components.heads.blend import NEVER_SAY_NEVER, blend
from bot.components.heads.few_lines_head import EncoderHead, FewLinesHead, fit_encoder_head, load_encoder_head
from bot.components.heads.unseen import of_all

CACHED_SENTENCES = 4096
_THRESHOLD = "unsure_below.json"
_APART = np.float32(2.0)  # vectors of the slow encoder lie half as far from each other
_END = encoder.VECTOR + slow_encoder.WIDTH
_VECTORS = ((0, encoder.VECTOR), (encoder.VECTOR, _END), (0, _END))


def inputs(first: np.ndarray, slow: np.ndarray) -> np.ndarray:
    """Gives what the head reads: the sentence vectors of both encoders, about as far from each other, a row each."""
    return np.hstack([first[:, -encoder.VECTOR :], slow * _APART])


def fit_slow_head(rows: np.ndarray, labels: Sequence[str]) -> EncoderHead:
    """Fits the head that suits the number of lines."""
    return fit_encoder_head(rows, labels, _VECTORS)


def stand_in(head: EncoderHead, found: np.ndarray, dense: np.ndarray) -> np.ndarray:
    """Gives what stands in the place of the dense head's probabilities, from what `head` found, a row each."""
    other = found if isinstance(head, FewLinesHead) else dense
    product = (found + NEVER_SAY_NEVER) * (other + NEVER_SAY_NEVER)
    return np.asarray(product / product.sum(axis=-1, keepdims=True))


def unsure_below(head: EncoderHead, confidence: Sequence[float], config: Dict[str, Any]) -> float:
    """Gives how sure the others must be not to ask `head`, from how sure they are of the lines set apart."""
    asked = config["asked_of_few"] if isinstance(head, FewLinesHead) else config["asked"]
    return float(np.quantile(confidence, asked))


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=True)
class SlowHead(Learner):
    """Sets the slow encoder's probabilities of each message that the other heads are unsure of."""

    @staticmethod
    def get_default_config() -> Dict[str, Any]:
        """`asked`: the share of the lines set apart, those that the others are least sure of, that are asked about, and
        `asked_of_few` where an intent has few lines, of which the others know less. They bound the cost."""
        return {"asked": 0.3, "asked_of_few": 0.45}

    def __init__(self, config: Dict[str, Any]) -> None:
        super().__init__(config)
        self._head: Optional[EncoderHead] = None
        self._unsure_below = 1.0
        self._probabilities = lru_cache(CACHED_SENTENCES)(self._guess)

    def learn(self, training_data: TrainingData, folder: Path) -> None:
        """Learns the head from the hard lines and the threshold from the other heads' guesses, and writes them."""
        lines, rows = _hard(training_data.intent_examples)
        self._head = fit_slow_head(rows, [line.get(INTENT) for line in lines])
        apart = [line for line in training_data.intent_examples if line.get(SPARSE) is not None]
        confidence = [blend(line.get(SPARSE), line.get(DENSE)).max() for line in apart]
        self._unsure_below = unsure_below(self._head, confidence, self.config)
        self._head.save(folder)
        (folder / _THRESHOLD).write_text(json.dumps(self._unsure_below), encoding="utf-8")

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Sets the opinion of each line set apart that the others are unsure of, as by a head that has not seen it."""
        lines, rows = _hard(training_data.intent_examples)
        learnt = np.array([line.get(SPARSE) is None for line in lines])
        head = fit_slow_head(rows[learnt], [line.get(INTENT) for line in lines if line.get(SPARSE) is None])
        asked = [line for line in training_data.intent_examples if line.get(SPARSE) is not None and self._asks(line)]
        known = {id(line): row for line, row in zip(lines, rows, strict=True)}
        others = [line for line in asked if id(line) not in known]
        sentences = tuple(line.get(NORMALISED) for line in others)
        new = inputs(encoder.encode(sentences), slow_encoder.Encoding(sentences).rows())
        known.update((id(line), row) for line, row in zip(others, new, strict=True))
        seen = np.array([known[id(line)] for line in asked]).reshape(len(asked), rows.shape[1])
        for line in training_data.intent_examples:
            line.set(SLOW, None)
        for line, found in zip(asked, of_all(self._head.intents, head, seen), strict=True):
            line.set(SLOW, stand_in(head, found, line.get(DENSE)))
        return training_data

    def process(self, messages: List[Message]) -> List[Message]:
        """Sets the opinion where it is needed."""
        for message in messages:
            found = self._probabilities(message.get(NORMALISED)) if self._asks(message) else None
            message.set(SLOW, None if found is None else stand_in(self._head, found, message.get(DENSE)))
        return messages

    def _asks(self, message: Message) -> bool:
        dense = message.get(DENSE)
        return dense is not None and bool(blend(message.get(SPARSE), dense).max() < self._unsure_below)

    def _guess(self, sentence: str) -> np.ndarray:
        seen = inputs(encoder.encode((sentence,)), slow_encoder.encode(sentence)[None])
        return self._head.probabilities(seen)[0]

    def read(self, folder: Path) -> None:
        """Reads head and threshold, and wakes the encoder, so that no resident waits for it."""
        slow_encoder.awaken()
        self._head = load_encoder_head(folder)
        self._unsure_below = json.loads((folder / _THRESHOLD).read_text(encoding="utf-8"))


def _hard(lines: Sequence[Message]) -> Tuple[List[Message], np.ndarray]:
    """Gives the hard lines and what the head reads of them."""
    places = [place for place, line in enumerate(lines) if line.get(HARD)]
    first = encoder.encode(tuple(line.get(NORMALISED) for line in lines))[places]
    hard = [lines[place] for place in places]
    return hard, inputs(first, slow_encoder.begin(tuple(line.get(NORMALISED) for line in hard)).rows())
