"""The second opinion on the intent: sentence encoder and a head. Knows what was never said in these words.

Asked only where the n-grams are unsure, since it is ten times as slow. `unsure_below` is measured while training: the
least confidence of the n-grams from which on they are right in `sure_enough` of the lines that they have not seen.
Together with them it also says of each training line what the heads might guess of it, from which the tagger learns.
"""

import json
from concurrent.futures import Future, ThreadPoolExecutor
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, Dict, List, Optional, Sequence, Tuple

import numpy as np
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.nlu.constants import INTENT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.components import DENSE, GUESS, NORMALISED, SPARSE
from bot.components.component import Learner
from bot.components.encoders.encoder import VECTORS, ahead, awaken, encode
from bot.components.heads.blend import blend
from bot.components.heads.few_lines_head import EncoderHead, fit_encoder_head, load_encoder_head
from bot.components.heads.unseen import likely_guesses, unseen

CACHED_SENTENCES = 4096
_THRESHOLD = "unsure_below.json"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=True)
class DenseHead(Learner):
    """Sets the encoder's probabilities of each message that the n-grams are unsure of."""

    @staticmethod
    def get_default_config() -> Dict[str, Any]:
        """`sure_enough`: share of right guesses above the threshold. On our lines every second one is then asked
        about, and no more come out right when all are."""
        return {"sure_enough": 0.985}

    def __init__(self, config: Dict[str, Any]) -> None:
        super().__init__(config)
        self._head: Optional[EncoderHead] = None
        self._unsure_below = 1.0
        self._probabilities = lru_cache(CACHED_SENTENCES)(self._guess)

    def learn(self, training_data: TrainingData, folder: Path) -> None:
        """Learns the head from all lines and the threshold from the n-grams' guesses, and writes them."""
        lines = training_data.intent_examples
        normal_texts, labels = _texts(lines)
        _begin_unseen(normal_texts, labels)
        self._head = _fit(encode(normal_texts), labels)
        apart = [(line.get(SPARSE), line.get(INTENT)) for line in lines]
        guessed = [(guess, label) for guess, label in apart if guess is not None]
        guesses = np.stack([guess for guess, _ in guessed])
        right = np.array([self._head.intents[guess.argmax()] == label for guess, label in guessed])
        self._unsure_below = _threshold(guesses.max(axis=1), right, self.config["sure_enough"])
        self._head.save(folder)
        (folder / _THRESHOLD).write_text(json.dumps(self._unsure_below), encoding="utf-8")

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Sets the probabilities of each unsure line set apart as by a head that has not seen it, and all guesses."""
        lines = training_data.intent_examples
        normal_texts, labels = _texts(lines)
        for line, row in zip(lines, _begin_unseen(normal_texts, labels).result(), strict=True):
            line.set(DENSE, row if row is not None and self._is_unsure(line) else None)
        guessed = [_guess(line, self._head.intents) for line in lines]
        for line, guess in zip(lines, likely_guesses(self._head.intents, labels, guessed), strict=True):
            line.set(GUESS, guess)
        return training_data

    def process(self, messages: List[Message]) -> List[Message]:
        """Sets the probabilities where they are needed, and what both heads guess.

        Of several messages, the parts of one, the heads behind ask the encoder, too.
        """
        ahead([message.get(NORMALISED) for message in messages])
        for message in messages:
            message.set(DENSE, self._probabilities(message.get(NORMALISED)) if self._is_unsure(message) else None)
            message.set(GUESS, _guess(message, self._head.intents))
        return messages

    def _is_unsure(self, message: Message) -> bool:
        return bool(message.get(SPARSE).max() < self._unsure_below)

    def _guess(self, sentence: str) -> np.ndarray:
        return self._head.probabilities(encode((sentence,)))[0]

    def read(self, folder: Path) -> None:
        """Reads head and threshold, and wakes the encoder, so that no resident waits for it."""
        awaken()
        self._head = load_encoder_head(folder)
        self._unsure_below = json.loads((folder / _THRESHOLD).read_text(encoding="utf-8"))


_fit = partial(fit_encoder_head, vectors=VECTORS)


@lru_cache(maxsize=1)  # begun beside the fitting of the head, asked for later
def _begin_unseen(normal_texts: Tuple[str, ...], labels: Tuple[str, ...]) -> "Future[List[Optional[np.ndarray]]]":
    worker = ThreadPoolExecutor(1)
    begun = worker.submit(unseen, _fit, encode(normal_texts), labels)
    worker.shutdown(wait=False)
    return begun


def _texts(lines: Sequence[Message]) -> Tuple[Tuple[str, ...], Tuple[str, ...]]:
    return tuple(line.get(NORMALISED) for line in lines), tuple(line.get(INTENT) for line in lines)


def _guess(line: Message, intents: Sequence[str]) -> Optional[str]:
    """Gives the intent that the heads guess of a line set apart."""
    sparse = line.get(SPARSE)
    return None if sparse is None else intents[int(blend(sparse, line.get(DENSE)).argmax())]


def _threshold(confidence: np.ndarray, right: np.ndarray, sure_enough: float) -> float:
    """Gives the least confidence above which at least `sure_enough` of the guesses are right; 1.0 if there is none."""
    order = np.argsort(-confidence)
    shares = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    enough = np.flatnonzero(shares >= sure_enough)
    return float(confidence[order][enough[-1]]) if len(enough) else 1.0
