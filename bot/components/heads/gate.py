"""Decides the intent from all heads, how sure that is (`calibration.py`), and whether it is sure enough to act on.

Fitted, and the threshold chosen, on guesses about lines set apart in training. What falls below the threshold is
`nlu_fallback`; the ranking then holds the likeliest meanings, which the dialogue offers as buttons.
"""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any, Dict, List, Optional

import numpy as np
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.nlu.constants import INTENT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.components import BY_SIGN, CAUTION, DENSE, EMERGENCY, NORMALISED, SLOW, SPARSE
from bot.components.component import Learner
from bot.components.heads.calibration import Calibration, Opinion
from bot.components.heads.emergency_head import BODILY, LIVES, settled

FALLBACK = "nlu_fallback"
RANKED = 5
_FILE = "gate.json"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class Gate(Learner):
    """Sets intent and ranking of each message."""

    @staticmethod
    def get_default_config() -> Dict[str, Any]:
        """`refused`: the share of right guesses in scope that may fall below the threshold. Of lines that are out of
        scope the heads know nine in ten by themselves."""
        return {"refused": 0.005}

    def __init__(self, config: Dict[str, Any]) -> None:
        super().__init__(config)
        self._calibration: Optional[Calibration] = None

    def learn(self, training_data: TrainingData, folder: Path) -> None:
        """Fits the calibration and chooses the threshold, and writes them."""
        intents = sorted({line.get(INTENT) for line in training_data.intent_examples})
        apart = [line for line in training_data.intent_examples if line.get(SPARSE) is not None]
        opinions, labels = [_opinion(line) for line in apart], [line.get(INTENT) for line in apart]
        calibration = Calibration.fit(intents, opinions, labels, self.config["refused"])
        (folder / _FILE).write_text(json.dumps(asdict(calibration)), encoding="utf-8")

    def process(self, messages: List[Message]) -> List[Message]:
        """Sets intent and ranking."""
        for message in messages:
            self._decide(message)
        return messages

    def _decide(self, message: Message) -> None:
        opinion = _opinion(message)
        blended = opinion.together()
        best = np.argsort(-blended)[:RANKED]
        ranking = [{"name": self._calibration.intents[place], "confidence": float(blended[place])} for place in best]
        confidence = self._calibration.confidence(opinion.evidence())
        name = ranking[0]["name"]
        if confidence < self._calibration.refuse_below or not message.get(NORMALISED).strip():
            name = FALLBACK
        message.set(INTENT, {"name": name, "confidence": confidence}, add_to_output=True)
        message.set("intent_ranking", ranking, add_to_output=True)
        if message.get(EMERGENCY) is None and name in BODILY:
            message.set(EMERGENCY, message.get(BY_SIGN), add_to_output=True)
        if message.get(EMERGENCY) is not None:
            heard, caution = settled(message.get(EMERGENCY), name, confidence)
            message.set(EMERGENCY, heard, add_to_output=True)
            by_sign = message.get(CAUTION)
            message.set(CAUTION, by_sign if by_sign in LIVES else caution or by_sign, add_to_output=True)

    def read(self, folder: Path) -> None:
        """Reads calibration and threshold."""
        self._calibration = Calibration(**json.loads((folder / _FILE).read_text(encoding="utf-8")))


def _opinion(line: Message) -> Opinion:
    return Opinion(line.get(SPARSE), line.get(DENSE), line.get(SLOW))
