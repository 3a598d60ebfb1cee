"""Puts the shadow of the text beside it (`shadow.py`); the text itself stays as the resident wrote it."""

from typing import Any, Dict, List

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.components import SHADOW
from bot.components.shadow import shadow


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class Normaliser(GraphComponent):
    """Sets the shadow of each message."""

    @classmethod
    def create(
        cls,
        config: Dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> "Normaliser":
        """It has neither settings nor training."""
        return cls()

    def process(self, messages: List[Message]) -> List[Message]:
        """Sets the shadows."""
        for message in messages:
            message.set(SHADOW, shadow(message.get(TEXT) or ""))
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Sets the shadows of the training lines."""
        self.process(training_data.training_examples)
        return training_data
