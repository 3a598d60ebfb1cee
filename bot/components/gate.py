"""Decides the intent from both heads, how sure that is, and whether it is sure enough to act on.

The confidence is calibrated: of the lines that get 0.8, eight in ten are right. It is fitted, and the gate's
threshold chosen, on guesses about lines set apart in training. What falls below the threshold is
`nlu_fallback`; the ranking then holds the likeliest meanings, which the dialogue offers as buttons.
"""

import json
from dataclasses import asdict, dataclass
from typing import Any, Dict, List, Optional, Sequence

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import INTENT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.components import DENSE, SHADOW, SPARSE
from bot.components.blend import blend

FALLBACK = "nlu_fallback"
RANKED = 5
_FILE = "gate.json"


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


def evidence(sparse: np.ndarray, dense: Optional[np.ndarray]) -> np.ndarray:
    """What speaks for the likeliest intent: its odds, its lead over the next, and whether both heads agree."""
    blended = blend(sparse, dense)
    second, first = np.partition(blended, -2)[-2:]
    agreed = dense is None or sparse.argmax() == dense.argmax()
    odds = np.log(max(first, 1e-6) / max(1.0 - first, 1e-6))
    return np.array([odds, first - second, float(agreed), float(dense is None)])


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class Gate(GraphComponent):
    """Sets intent and ranking of each message."""

    @staticmethod
    def get_default_config() -> Dict[str, Any]:
        """`refused`: the share of right guesses in scope that may fall below the threshold."""
        return {"refused": 0.015}

    def __init__(
        self,
        config: Dict[str, Any],
        storage: ModelStorage,
        resource: Resource,
        calibration: Optional[Calibration] = None,
    ) -> None:
        self._config, self._storage, self._resource, self._calibration = config, storage, resource, calibration

    @classmethod
    def create(
        cls,
        config: Dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> "Gate":
        """One that is to be trained."""
        return cls(config, model_storage, resource)

    def train(self, training_data: TrainingData) -> Resource:
        """Fits the calibration and chooses the threshold, and writes them."""
        intents = sorted({line.get(INTENT) for line in training_data.intent_examples})
        apart = [line for line in training_data.intent_examples if line.get(SPARSE) is not None]
        calibration = _fit(intents, apart, self._config["refused"])
        with self._storage.write_to(self._resource) as folder:
            (folder / _FILE).write_text(json.dumps(asdict(calibration)), encoding="utf-8")
        return self._resource

    def process(self, messages: List[Message]) -> List[Message]:
        """Sets intent and ranking."""
        for message in messages:
            self._decide(message)
        return messages

    def _decide(self, message: Message) -> None:
        sparse, dense = message.get(SPARSE), message.get(DENSE)
        blended = blend(sparse, dense)
        best = np.argsort(-blended)[:RANKED]
        ranking = [{"name": self._calibration.intents[place], "confidence": float(blended[place])} for place in best]
        confidence = self._calibration.confidence(evidence(sparse, dense))
        name = ranking[0]["name"]
        if confidence < self._calibration.refuse_below or not message.get(SHADOW).strip():
            name = FALLBACK
        message.set(INTENT, {"name": name, "confidence": confidence}, add_to_output=True)
        message.set("intent_ranking", ranking, add_to_output=True)

    @classmethod
    def load(
        cls,
        config: Dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **_: Any,
    ) -> "Gate":
        """Reads a trained one."""
        with model_storage.read_from(resource) as folder:
            calibration = Calibration(**json.loads((folder / _FILE).read_text(encoding="utf-8")))
        return cls(config, model_storage, resource, calibration)


def _fit(intents: List[str], lines: Sequence[Message], refused: float) -> Calibration:
    from sklearn.linear_model import LogisticRegression

    labels = [line.get(INTENT) for line in lines]
    evidences = np.stack([evidence(line.get(SPARSE), line.get(DENSE)) for line in lines])
    guesses = [intents[int(blend(line.get(SPARSE), line.get(DENSE)).argmax())] for line in lines]
    right = np.array([guess == label for guess, label in zip(guesses, labels, strict=True)])
    if right.all():  # so few and easy lines that there is nothing to learn from
        return Calibration(intents, [0.0] * evidences.shape[1], 4.0, 0.0)
    model = LogisticRegression(C=1.0).fit(evidences, right)
    calibration = Calibration(intents, model.coef_[0].tolist(), float(model.intercept_[0]), 0.0)
    sure = np.array([calibration.confidence(row) for row in evidences])
    in_scope = right & np.array([label != "out_of_scope" for label in labels])
    return Calibration(intents, calibration.weights, calibration.bias, float(np.quantile(sure[in_scope], refused)))
